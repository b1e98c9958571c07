"""Shapes of what is typed in at the desk about people. The rules are the use cases' own."""

from typing import Any

from django import forms

from clinic.models import MessageConsent
from clinic.people.patients import NewPatient
from clinic.web.desk.inputs import day_input

LANGUAGES = (("en", "English"), ("nl", "Dutch"))


class PatientFields(forms.Form):
    """What the desk types in about a new patient."""

    given_name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the given name."},
    )
    family_name = forms.CharField(
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the family name."},
    )
    born_on = forms.DateField(
        required=False,
        label="Date of birth",
        help_text="Tells two patients of the same name apart.",
        widget=day_input(),
        error_messages={"invalid": "That is not a date. Write it as 1988-04-02."},
    )
    phone = forms.CharField(
        required=False,
        max_length=40,
        help_text="With its country code if it is not a number of this country.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.CharField(
        required=False,
        max_length=254,
        label="E-mail",
        help_text="Reminders go here. A family may share one address.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(choices=LANGUAGES, help_text="Reminders are written in it.")
    message_consent = forms.ChoiceField(
        label="May we send reminders?", choices=MessageConsent.choices, widget=forms.RadioSelect
    )
    zone = forms.CharField(
        required=False,
        max_length=64,
        label="Time zone",
        help_text="Only if the patient lives in another one, such as Europe/London.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    desk_note = forms.CharField(
        required=False,
        max_length=2000,
        label="Note for the desk",
        help_text="Shown on the patient’s page. Nothing medical.",
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
    choice = form.fields["language"]
    if isinstance(choice, forms.ChoiceField) and language not in dict(LANGUAGES):
        choice.choices = [(language, language), *LANGUAGES]
    return form
