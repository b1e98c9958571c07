"""What is asked on the page that books one session. The rules are the use cases' own."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from clinic.models import Patient
from clinic.web.desk.inputs import day_input
from scheduling.booking.single_session import SingleSession
from scheduling.desk.shared.choices import OnOffer
from scheduling.search.free_starts import StartsAsked
from treatments.models import SessionType


class SessionFields(forms.Form):
    """What, with whom, where and on which day; `starts_at` comes with the button of one start."""

    use_required_attribute = False

    session_type = forms.ChoiceField(label="What")
    practitioner = forms.ChoiceField(required=False, label="With")
    site = forms.ChoiceField(required=False, label="At")
    on = forms.DateField(required=False, label="Day", widget=day_input())
    starts_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offer: OnOffer, types: Sequence[SessionType], **named: Any) -> None:
        super().__init__(*args, **named)
        self.types = {str(row.uuid): row for row in types}
        self.people = {str(row.uuid): row for row in offer.practitioners}
        self.places = {str(row.uuid): row for row in offer.sites}
        choices = {
            "session_type": [
                (uuid, f"{row.name}, {row.patient_minutes} minutes") for uuid, row in self.types.items()
            ],
            "practitioner": [("", "Anyone"), *((uuid, row.name) for uuid, row in self.people.items())],
            "site": [("", "Any site"), *((uuid, row.name) for uuid, row in self.places.items())],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered

    @property
    def day(self) -> date | None:
        on: date | None = self.cleaned_data["on"]
        return on

    def asked(self, *, patient: Patient) -> StartsAsked:
        typed = self.cleaned_data
        return StartsAsked(
            session_type=self.types[typed["session_type"]],
            site=self.places.get(typed["site"]),
            practitioner=self.people.get(typed["practitioner"]),
            patient=patient,
        )

    def session(self, *, patient: Patient) -> SingleSession:
        asked = self.asked(patient=patient)
        return SingleSession(
            patient, asked.session_type, self.cleaned_data["starts_at"], asked.site, asked.practitioner
        )
