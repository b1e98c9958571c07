"""Entering a prescription."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may_waive
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.clock import now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.trail import saw
from scheduling.courses.prescribe import prescribe_course
from scheduling.desk.search.prescription_form import PrescriptionFields, protocols_on_offer
from scheduling.desk.search.protocol_cards import protocol_cards
from scheduling.desk.shared.choices import on_offer
from treatments.prescribing import OUT_OF_RANGE

# Under which field a refusal is said.
FIELDS = {
    "no_sessions": "session_count",
    "too_many_sessions": "session_count",
    "sessions_out_of_range": "session_count",
    "harvest_site_not_asked": "harvest_site",
    "indication_too_long": "indication",
    "wishes_contradict": "before",
    "protocol_outdated": "protocol",
}


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.PRESCRIBE)
def prescribe(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient = find(Patient.objects.seen_by(actor), uuid=uuid)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=actor, about=patient)
    form = _form(request, actor)
    if request.method != "POST":
        if patient.is_erased:
            return redirect("patient", patient.uuid)
        return _page(request, patient, form)
    if not form.is_valid():
        return _page(request, patient, form, status=422)
    try:
        prescription = form.prescription(patient=patient)
        plan = prescribe_course(prescription=prescription, by=actor, now=now())
    except ClinicError as refusal:
        return _page(request, patient, form, status=refuse_form(form, refusal=refusal, fields=FIELDS))
    messages.info(
        request, "The prescription is entered. Choose its calendar now, or later from the patient’s page."
    )
    return redirect("calendars", plan.uuid)


def _form(request: HttpRequest, actor: Actor) -> PrescriptionFields:
    me = desk_of(request).practitioner
    return PrescriptionFields(
        request.POST if request.method == "POST" else None,
        offer=on_offer(by=actor),
        protocols=protocols_on_offer(by=actor),
        may_waive=may_waive(by=actor, code=OUT_OF_RANGE),
        initial={"prescribed_by": str(me.uuid) if me else ""},
    )


def _page(
    request: HttpRequest, patient: Patient, form: PrescriptionFields, status: int = 200
) -> HttpResponse:
    shown = {"patient": patient, "form": form, "cards": protocol_cards(form)}
    return render(request, "scheduling/search/prescribe.html", shown, status=status)
