"""Rights of patients: everything the clinic keeps about them, and to be forgotten."""

import json
from io import BytesIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may
from clinic.lookup import find
from clinic.models import Patient
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.form_actions import send
from clinic.web.desk.idle_lock import refuse_wrong_password
from clinic.web.trail import saw
from scheduling.privacy.erasure import erase_patient
from scheduling.privacy.export import PatientExport, export_patient

# A ZIP file knows no zone and no year before this one; the file says itself when it was made.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


class PasswordFields(forms.Form):
    """Who takes a whole record along says once more who they are."""

    password = forms.CharField(
        label=_("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Type your password.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.EXPORT_PATIENT)
def export(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient = find(Patient.objects.seen_by(actor), uuid=uuid)
    if patient.is_erased:
        return redirect("patient", patient.uuid)
    form = PasswordFields(request.POST if request.method == "POST" else None, use_required_attribute=False)

    def take_along() -> PatientExport:
        refuse_wrong_password(request, form.cleaned_data["password"], by=actor)
        return export_patient(patient=patient, by=actor, now=now())

    sent = send(request, form, take_along, fields={"password_refused": "password"})
    if sent.done is None:
        saw(AuditAction.SAW_PATIENT, [patient.uuid], by=actor, about=patient)
        shown = {"patient": patient, "form": form, "sees_all": may(by=actor, act=Act.SEE_CONCERNS)}
        return render(request, "scheduling/patients/export.html", shown, status=sent.status)
    answer = HttpResponse(_zipped(sent.done), content_type="application/zip")
    # Files are seen in lists of downloads: the name tells no patient's.
    answer["Content-Disposition"] = f'attachment; filename="patient-{patient.uuid.hex[:8]}.zip"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.ERASE_PATIENT)
def erase(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    patient = find(Patient.objects.seen_by(actor), uuid=uuid)
    if patient.is_erased:
        return redirect("patient", patient.uuid)
    saw(AuditAction.SAW_PATIENT, [patient.uuid], by=actor, about=patient)
    if request.method != "POST":
        return render(request, "scheduling/patients/erase.html", {"patient": patient})
    try:
        erase_patient(patient=patient, by=actor, now=now())
    except ClinicError as refusal:
        form = forms.Form(request.POST)
        status = refuse_form(form, refusal=refusal)
        shown = {"patient": patient, "form": form}
        return render(request, "scheduling/patients/erase.html", shown, status=status)
    messages.info(request, gettext("The patient is erased. Past sessions stay, of nobody in particular."))
    return redirect("patient", patient.uuid)


def _zipped(kept: PatientExport) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as folder:
        for name, text in (
            ("patient.json", json.dumps(kept.document, ensure_ascii=False, indent=2)),
            ("visits.ics", kept.calendar),
        ):
            folder.writestr(ZipInfo(name, date_time=_NO_DATE), text, compress_type=ZIP_DEFLATED)
    return held.getvalue()
