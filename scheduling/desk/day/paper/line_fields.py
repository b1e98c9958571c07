"""A line of a day on paper: what came of it, and what the sheet says otherwise than it was planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.errors import ClinicError
from clinic.models import Resource
from clinic.time.wall_clock import instant_at
from clinic.web.desk.inputs import ClockField, set_choices
from clinic.wording import told
from scheduling.attendance.completion import Completion
from scheduling.desk.day.completion_form import CompletionFields
from scheduling.models import Outcome

MISSED, UNSAID = "missed", ""
CAME = (
    (Outcome.GIVEN.value, _("Came, done")),
    (Outcome.PARTLY.value, _("Partly given")),
    (Outcome.NOT_GIVEN.value, _("Nothing given")),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The day of the sheet, the clock on the wall there, and who may have treated."""

    on: date
    zone: ZoneInfo
    practitioners: Sequence[Resource] = ()


class LineFields(CompletionFields):
    """Times are typed as on the wall of the site, and read as instants."""

    arrived = ClockField(required=False, label=_("Came at"))
    finished = ClockField(required=False, label=_("Left at"))
    practitioner = forms.ChoiceField(
        required=False,
        label=_("Treated by"),
        error_messages={"invalid_choice": _("They do not work here any more. Choose again.")},
    )

    places_of_refusals: Mapping[str, str] = MappingProxyType(
        {**CompletionFields.places_of_refusals, "times_impossible": "arrived", "not_yet": "arrived"}
    )

    def __init__(self, *args: Any, sheet: Sheet, unsaid: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.sheet = sheet
        known = [(str(one.uuid), one.name) for one in sheet.practitioners]
        set_choices(self, practitioner=[("", unsaid), *known])

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        for name in ("arrived", "finished"):
            if typed.get(name) is not None:
                try:
                    typed[name] = instant_at(self.sheet.on, typed[name], self.sheet.zone)
                except ClinicError as refusal:
                    self.add_error(name, told(refusal.sentence))
        return typed

    def completion(self) -> Completion:
        typed = self.cleaned_data
        return replace(super().completion(), arrived_at=typed["arrived"], finished_at=typed["finished"])

    def who(self) -> Resource | None:
        """Who treated, if it is said."""
        said = self.cleaned_data["practitioner"]
        return next((one for one in self.sheet.practitioners if str(one.uuid) == said), None)

    @property
    def is_otherwise(self) -> bool:
        """Whether more is typed than what came of it."""
        return any(self[name].value() for name in ("arrived", "finished", "practitioner"))
