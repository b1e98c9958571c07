"""Finding a patient and registering one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.desk.patient_fields import FIELDS, PatientFields
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.people.finding.find import Found, find_patients, patients_seen
from clinic.people.finding.look_alikes import LookAlikes, look_alikes
from clinic.people.patients import NewPatient, refusals, register_patient
from clinic.web.clock import now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.trail import saw

PATIENTS_A_PAGE = 25
# As someone types.
MOST_OFFERED = 8
LONGEST_SEARCH = 100


@require_safe
@desk_page(Act.SEE_PATIENTS)
def patients(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """All of them by name; or who fits what is searched, the likest first. Who is the only one is opened."""
    words = _words(request.GET.get("search", ""))
    found = _found(words, actor)
    if found.sole is not None:
        return redirect("patient", found.sole.uuid)
    rows = found.patients if words else patients_seen(by=actor).order_by("family_name", "given_name", "pk")
    page = Paginator(rows, PATIENTS_A_PAGE).get_page(request.GET.get("page"))
    saw(AuditAction.SAW_PATIENTS, [patient.uuid for patient in page.object_list], by=actor)
    shown = {"words": words, "page": page, "is_cut": found.is_cut}
    return render(request, "clinic/patients/patients.html", shown)


@require_POST
@desk_page(Act.SEE_PATIENTS)
def patients_found(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """The likest few, as someone types: sent, so that no address holds the words."""
    found = _found(_words(request.POST.get("search", "")), actor).first(MOST_OFFERED)
    if found.patients:
        saw(AuditAction.SAW_PATIENTS, [patient.uuid for patient in found.patients], by=actor)
    return render(request, "clinic/patients/found.html", {"found": found})


def _words(typed: str) -> str:
    return typed[:LONGEST_SEARCH].replace("\0", "").strip()


def _found(words: str, actor: Actor) -> Found:
    refuse_if_too_many(SEARCHES, who=actor.reference, now=now())
    return find_patients(by=actor, words=words) if words else Found()


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.REGISTER_PATIENT)
def patient_new(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """Whoever may be there already is shown first; registering anyway is one press more."""
    language = desk_of(request).clinic.language
    form = PatientFields(
        request.POST if request.method == "POST" else None, by=actor, initial={"language": language}
    )
    if alike := _alike(request, form, actor):
        return render(request, "clinic/patients/patient_new.html", {"form": form, "alike": alike}, status=409)
    sent = send(
        request,
        form,
        lambda: register_patient(new=NewPatient.of(form.facts()), by=actor, now=now()),
        fields=FIELDS,
    )
    if sent.done is None:
        return render(request, "clinic/patients/patient_new.html", {"form": form}, status=sent.status)
    messages.info(request, gettext("The patient is registered. Next: prescribe a course."))
    return redirect("patient", sent.done.uuid)


def _alike(request: HttpRequest, form: PatientFields, actor: Actor) -> LookAlikes:
    """Whom it may be, unless it is to be registered anyway or will be refused."""
    if request.method != "POST" or "register_anyway" in request.POST or not form.is_valid():
        return LookAlikes()
    new = NewPatient.of(form.facts())
    if refusals(new=new, clinic_id=actor.clinic_id, now=now()):
        return LookAlikes()
    refuse_if_too_many(SEARCHES, who=actor.reference, now=now())
    alike = look_alikes(new=new, by=actor)
    if alike.patients:
        saw(AuditAction.SAW_PATIENTS, [patient.uuid for patient in alike.patients], by=actor)
    return alike
