"""Finding a patient and registering one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.desk.forms import PatientFields, patient_fields
from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.people.patients import find_patients, register_patient
from clinic.web.clock import now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.trail import saw

PATIENTS_A_PAGE = 25
LONGEST_SEARCH = 100
# Under which field a refusal is said.
FIELDS = {
    "born_in_the_future": "born_on",
    "malformed_email": "email",
    "malformed_phone": "phone",
    "unknown_zone": "zone",
}


@require_safe
@desk_page(Act.SEE_PATIENTS)
def patients(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    refuse_if_too_many(SEARCHES, who=actor.reference, now=now())
    words = request.GET.get("search", "")[:LONGEST_SEARCH].replace("\0", "").strip()
    found = find_patients(by=actor, words=words).order_by("family_name", "given_name", "pk")
    page = Paginator(found, PATIENTS_A_PAGE).get_page(request.GET.get("page"))
    saw(AuditAction.SAW_PATIENTS, [patient.uuid for patient in page.object_list], by=actor)
    return render(request, "clinic/patients/patients.html", {"words": words, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.REGISTER_PATIENT)
def patient_new(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    language = desk_of(request).clinic.language
    if request.method != "POST":
        return _form_page(request, patient_fields(language=language))
    form = patient_fields(typed=request.POST, language=language)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        patient = register_patient(new=form.patient(), by=actor, now=now())
    except ClinicError as refusal:
        return _form_page(request, form, status=refuse_form(form, refusal=refusal, fields=FIELDS))
    messages.info(request, "The patient is registered. Next: prescribe a course.")
    return redirect("patient", patient.uuid)


def _form_page(request: HttpRequest, form: PatientFields, status: int = 200) -> HttpResponse:
    return render(request, "clinic/patients/patient_new.html", {"form": form}, status=status)
