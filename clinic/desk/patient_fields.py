"""The form of a patient's facts, for registering and for changing; with the intake for those who treat."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.utils.formats import date_format
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may
from clinic.models import ConsentWay, MessageConsent, Patient
from clinic.people.facts import PatientFacts
from clinic.people.intake import LONGEST_ANSWER, QUESTIONS
from clinic.plain_text import isolated
from clinic.web.desk.inputs import DayField, set_choices
from clinic.wording import choices_of, worded_later, written_languages

# Under which field a refusal is said.
FIELDS = {
    "born_in_the_future": "born_on",
    "consent_in_the_future": "consent_on",
    "consent_not_asked": "message_consent",
    "malformed_email": "email",
    "malformed_language": "language",
    "malformed_phone": "phone",
    "patient_name_missing": "given_name",
    "patient_name_too_long": "given_name",
    "unknown_language": "language",
    "unknown_zone": "zone",
}

# Those in which mails are written, in words of our catalogues.
_LANGUAGES = {"en": _("English"), "nl": _("Dutch")}


class PatientFields(forms.Form):
    """What the desk knows of a patient. `version` is the one that is being changed."""

    use_required_attribute = False

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
    language = forms.ChoiceField(label=_("Language"), help_text=_("Reminders are written in it."))
    message_consent = forms.ChoiceField(
        label=_("May we send reminders?"), choices=choices_of(MessageConsent), widget=forms.RadioSelect
    )
    consent_on = DayField(
        required=False,
        label=_("When they said so"),
        help_text=_("Left empty, a new answer is of today."),
    )
    consent_how = forms.ChoiceField(
        required=False,
        label=_("How they said so"),
        choices=[("", _("Not noted")), *choices_of(ConsentWay)],
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
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, typed: Any = None, *, by: Actor, initial: dict[str, Any]) -> None:
        super().__init__(typed, initial={"message_consent": MessageConsent.NOT_ASKED, **initial})
        self.sees_intake = may(by=by, act=Act.SEE_CONCERNS)
        for question in QUESTIONS if self.sees_intake else ():
            self.fields[question.field_name] = forms.CharField(
                required=False,
                max_length=LONGEST_ANSWER,
                label=worded_later(question.label),
                help_text=worded_later(question.hint),
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        # One that stands stays on offer, even if it is a rare one.
        codes = dict.fromkeys([initial["language"], *written_languages()])
        set_choices(self, language=[(code, language_name(code)) for code in codes])

    @classmethod
    def of(cls, patient: Patient, typed: Any = None, *, by: Actor) -> "PatientFields":
        """The form with what stands."""
        stands = {name: getattr(patient, name) for name in PatientFacts.__annotations__}
        answers = {question.field_name: patient.intake_facts.get(question.key, "") for question in QUESTIONS}
        return cls(typed, by=by, initial={**stands, **answers, "version": patient.version})

    @property
    def intake(self) -> list[BoundField]:
        """What is asked at intake; nothing for who may not see it."""
        return [self[question.field_name] for question in QUESTIONS] if self.sees_intake else []

    def facts(self) -> PatientFacts:
        """What was typed in, once the shape is right."""
        said = {
            name: value for name, value in self.cleaned_data.items() if name in PatientFacts.__annotations__
        }
        if self.sees_intake:
            said["intake_facts"] = {
                question.key: self.cleaned_data[question.field_name] for question in QUESTIONS
            }
        return cast(PatientFacts, said)

    def show_what_stands(self, patient: Patient, differing: Sequence[str]) -> None:
        """Somebody else was first: say beside these fields what stands now. Sent again, it is saved."""
        self.data = {name: self.data.get(name) for name in self.data} | {"version": str(patient.version)}
        for name in differing:
            if name == "intake_facts":
                self._show_intake(patient)
            else:
                self._show(name, getattr(patient, name))

    def _show_intake(self, patient: Patient) -> None:
        for question in QUESTIONS:
            stands = patient.intake_facts.get(question.key, "")
            if self.sees_intake and stands != self.cleaned_data.get(question.field_name):
                self._show(question.field_name, stands)

    def _show(self, name: str, stands: Any) -> None:
        words = gettext("It stands so now: {value}").format(value=isolated(self._written(name, stands)))
        self.add_error(name, words)

    def _written(self, name: str, value: Any) -> str:
        if not value:
            return gettext("nothing")
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            labels: dict[Any, Any] = dict(cast(Any, field.choices))
            return str(labels.get(value, value))
        return date_format(value, "j M Y") if isinstance(field, DayField) else str(value)


def language_name(code: str) -> str:
    """“Dutch”; of one that nobody here knows its code."""
    if code in _LANGUAGES:
        return str(_LANGUAGES[code])
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
