"""Finding a patient and registering one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import MessageConsent
from clinic.people.patients import NewPatient, find_patients, register_patient
from clinic.web.clock import now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import DayField, set_choices
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.trail import saw
from clinic.wording import choices_of

PATIENTS_A_PAGE = 25
LONGEST_SEARCH = 100
# Under which field a refusal is said.
FIELDS = {
    "born_in_the_future": "born_on",
    "malformed_email": "email",
    "malformed_phone": "phone",
    "patient_name_missing": "given_name",
    "unknown_zone": "zone",
}
LANGUAGES = (("en", _("English")), ("nl", _("Dutch")))


class PatientFields(forms.Form):
    """What the desk types in about a new patient."""

    given_name = forms.CharField(
        label=_("Given name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    family_name = forms.CharField(
        label=_("Family name"),
        required=False,
        max_length=100,
        help_text=_("Who has one name is entered with one."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    born_on = DayField(
        required=False,
        label=_("Date of birth"),
        help_text=_("Tells two patients of the same name apart."),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        help_text=_("With its country code if it is not a number of this country."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.CharField(
        required=False,
        max_length=254,
        label=_("E-mail"),
        help_text=_("Reminders go here. A family may share one address."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, help_text=_("Reminders are written in it.")
    )
    message_consent = forms.ChoiceField(
        label=_("May we send reminders?"), choices=choices_of(MessageConsent), widget=forms.RadioSelect
    )
    zone = forms.CharField(
        required=False,
        max_length=64,
        label=_("Time zone"),
        help_text=_("Only if the patient lives in another one, such as Europe/London."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    desk_note = forms.CharField(
        required=False,
        max_length=2000,
        label=_("Note for the desk"),
        help_text=_("Shown on the patient’s page. Nothing medical."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def patient(self) -> NewPatient:
        """What was typed in, once the shape is right."""
        return NewPatient(**self.cleaned_data)


def patient_fields(*, typed: Any = None, language: str) -> PatientFields:
    """The form, empty or as typed; a language the clinic uses is on offer even if it is a rare one."""
    form = PatientFields(
        typed,
        initial={"language": language, "message_consent": MessageConsent.NOT_ASKED},
        use_required_attribute=False,
    )
    if language not in dict(LANGUAGES):
        set_choices(form, language=[(language, language), *LANGUAGES])
    return form


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
    form = patient_fields(typed=request.POST if request.method == "POST" else None, language=language)
    sent = send(
        request, form, lambda: register_patient(new=form.patient(), by=actor, now=now()), fields=FIELDS
    )
    if sent.done is None:
        return render(request, "clinic/patients/patient_new.html", {"form": form}, status=sent.status)
    messages.info(request, gettext("The patient is registered. Next: prescribe a course."))
    return redirect("patient", sent.done.uuid)
