"""The form of a session that is done. The rules are the use case's own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.wording import choices_of
from scheduling.attendance.completion import LONGEST_REASON, LONGEST_RECORD, Completion
from scheduling.models import Outcome, Session

_RECORD = "record-"


class CompletionFields(forms.Form):
    """The outcome, and one field for each that the session type asks for."""

    use_required_attribute = False

    outcome = forms.ChoiceField(label=_("What came of it"), choices=choices_of(Outcome))
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label=_("Why, if it was not given whole"),
        help_text=_("A failed draw, for instance."),
    )
    counts = forms.BooleanField(
        required=False, initial=True, label=_("What was partly given counts: the course moves on")
    )

    # Under which field a refusal is said.
    places_of_refusals: Mapping[str, str] = MappingProxyType({"outcome_reason_missing": "reason"})

    def __init__(self, *args: Any, session: Session | None, **named: Any) -> None:
        super().__init__(*args, **named)
        if session is None:
            return
        planned = session.plan.harvest_site if session.plan else ""
        for asked in session.session_type.record_fields:
            self.fields[f"{_RECORD}{asked['key']}"] = _field(asked, planned)

    @property
    def recorded(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(_RECORD)]

    @staticmethod
    def key_of(field: forms.BoundField) -> str:
        """What the session type calls it."""
        return field.name.removeprefix(_RECORD)

    def completion(self) -> Completion:
        typed = self.cleaned_data
        record = {
            name.removeprefix(_RECORD): value for name, value in typed.items() if name.startswith(_RECORD)
        }
        return Completion(
            outcome=Outcome(typed["outcome"]),
            reason=typed["reason"],
            counts=typed["counts"],
            record={key: value for key, value in record.items() if value},
        )


def _field(asked: Mapping[str, Any], planned: str) -> forms.Field:
    """Nothing is required by the form: where nothing was given there may be nothing to write down."""
    if not asked.get("choices"):
        return forms.CharField(required=False, label=asked["label"], max_length=LONGEST_RECORD)
    named = [(choice, choice.replace("_", " ").capitalize()) for choice in asked["choices"]]
    initial = planned if planned in asked["choices"] else ""
    return forms.ChoiceField(
        required=False, label=asked["label"], choices=[("", "–"), *named], initial=initial
    )
