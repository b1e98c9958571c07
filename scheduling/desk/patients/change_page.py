"""Changing what is known of a patient, at the desk."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.desk.patient_fields import FIELDS, PatientFields
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.trail import saw
from scheduling.people.change import ChangedPatient, PatientChanged, change_patient


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.CHANGE_PATIENT)
def change(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient = find(Patient.objects.seen_by(actor), uuid=uuid)
    if patient.is_erased:
        return redirect("patient", patient.uuid)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=actor, about=patient)
    form = PatientFields.of(patient, request.POST if request.method == "POST" else None, by=actor)

    def save() -> ChangedPatient:
        # A form without a version never saw anything.
        version = form.cleaned_data["version"] or 0
        try:
            return change_patient(
                patient=patient, said=form.facts(), version=version, by=actor, now=database_now()
            )
        except PatientChanged as changed:
            form.show_what_stands(changed.patient, tuple(changed.wanted))
            raise

    sent = send(request, form, save, fields=FIELDS)
    if sent.done is None:
        shown = {"patient": patient, "form": form}
        return render(request, "scheduling/patients/change.html", shown, status=sent.status)
    messages.info(request, _said(sent.done))
    return redirect("patient", patient.uuid)


def _said(done: ChangedPatient) -> str:
    if not done.columns:
        return gettext("Nothing was different, so nothing was written.")
    if not done.revived:
        return gettext("Saved.")
    return ngettext(
        "Saved. {count} message that could not be sent goes out now.",
        "Saved. {count} messages that could not be sent go out now.",
        len(done.revived),
    ).format(count=len(done.revived))
