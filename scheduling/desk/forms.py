"""Shapes of what is typed in about prescriptions and wishes. The rules are the use cases' own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from clinic.identity.actors import Actor
from clinic.models import Patient, Resource, ResourceKind, Site
from clinic.web.desk.inputs import clock_input, day_input
from scheduling.desk.companions import LONGEST_NAME, Companions
from scheduling.desk.shared.wording import date_words, wishes_words
from scheduling.search.propose import Asked
from treatments.models import HarvestSite, Plan, Protocol
from treatments.prescribing import Prescription
from treatments.wishes import Wishes, wishes_from

WEEKDAYS = ((1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (7, "Sun"))


@dataclass(frozen=True, slots=True)
class OnOffer:
    """What can be chosen in this clinic, read once a page."""

    practitioners: tuple[Resource, ...]
    sites: tuple[Site, ...]

    @property
    def doctors(self) -> list[tuple[str, str]]:
        """Those with the skill; where nobody has it, everyone."""
        doctors = [row for row in self.practitioners if _is_doctor(row)] or self.practitioners
        return [(str(row.uuid), row.name) for row in doctors]


def on_offer(*, by: Actor) -> OnOffer:
    """Three queries."""
    practitioners = (
        Resource.objects.seen_by(by)
        .filter(kind=ResourceKind.PRACTITIONER, is_active=True)
        .prefetch_related("skills")
        .order_by("name")
    )
    sites = Site.objects.seen_by(by).filter(is_active=True).order_by("name")
    return OnOffer(tuple(practitioners), tuple(sites))


def protocols_on_offer(*, by: Actor) -> list[Protocol]:
    """What can be prescribed today, with its steps. Two queries."""
    rows = Protocol.objects.seen_by(by).current()
    return list(rows.prefetch_related("steps").order_by("name", "pk"))


class WishFields(forms.Form):
    """When the patient can and likes to come."""

    use_required_attribute = False

    weekdays = forms.TypedMultipleChoiceField(
        coerce=int, choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    after = forms.TimeField(required=False, label="Not before", widget=clock_input())
    before = forms.TimeField(required=False, label="Over by", widget=clock_input())
    practitioner = forms.ChoiceField(required=False, label="With")
    site = forms.ChoiceField(required=False, label="At")
    same_hour = forms.BooleanField(
        required=False, label="Always on the same weekday and hour", label_suffix=""
    )
    same_practitioner = forms.BooleanField(
        required=False, label="Always with the same practitioner", label_suffix=""
    )
    # Wished for over the interface; a form keeps them as they are.
    companion = forms.UUIDField(required=False, widget=forms.HiddenInput)
    within_minutes = forms.IntegerField(required=False, widget=forms.HiddenInput)
    hard = forms.BooleanField(
        required=False, label="Show only calendars that keep every wish", label_suffix=""
    )

    def __init__(self, *args: Any, offer: OnOffer, **named: Any) -> None:
        super().__init__(*args, **named)
        self.people = {str(row.uuid): row.name for row in offer.practitioners}
        _choices(self, "practitioner", [("", "Anyone"), *self.people.items()])
        places = [(str(row.uuid), row.name) for row in offer.sites]
        _choices(self, "site", [("", "Any site"), *places])
        if len(places) < 2:
            del self.fields["site"]

    def wishes(self) -> Wishes:
        """Raises Malformed for wishes that contradict each other."""
        typed = self.cleaned_data
        said = {
            "weekdays": typed["weekdays"],
            "after": typed["after"] and f"{typed['after']:%H:%M}",
            "before": typed["before"] and f"{typed['before']:%H:%M}",
            "practitioner": typed["practitioner"],
            "site": typed.get("site", ""),
            "same_hour": typed["same_hour"],
            "same_practitioner": typed["same_practitioner"],
            "companion": typed.get("companion"),
            "within_minutes": typed["within_minutes"],
            "hard": typed["hard"],
        }
        return wishes_from(said)


class SearchFields(WishFields):
    """Another search on the page of calendars: its dates and wishes stand in its address."""

    first_on = forms.DateField(
        required=False,
        label="First visit from",
        widget=day_input(),
    )
    last_on = forms.DateField(
        required=False,
        label="Last visit until",
        widget=day_input(),
    )

    together_with = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        label="Together with",
        help_text="Another patient’s name",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    companion = forms.ChoiceField(  # type: ignore[assignment]  # here somebody chooses it
        required=False,
        label="Whose visits?",
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "That course is not on offer. Look for the name again."},
    )
    within_minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=480,
        label="Minutes apart",
        help_text="At most; 60 if left out",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, companions: Companions = Companions(), **named: Any) -> None:
        super().__init__(*args, **named)
        self._companions = companions
        if companions.choices:
            _choices(self, "companion", [("", "Nobody"), *companions.choices])
        else:
            del self.fields["companion"]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if self._companions.is_looked_for and not self._companions.has_found:
            sentence = "No other patient of that name has visits ahead. Check the name, or book theirs first."
            self.add_error("together_with", sentence)
        elif self._companions.has_more and not typed.get("companion"):
            self.add_error("together_with", "More patients have that name. Type more of it.")
        return typed

    @property
    def is_to_choose(self) -> bool:
        """A name was typed, and nobody of that name is chosen yet."""
        return self._companions.has_found and not self.data.get("companion")

    def asked(self) -> Asked:
        typed = self.cleaned_data
        return Asked(first_on=typed["first_on"], last_on=typed["last_on"], wishes=self.wishes())

    def in_words(self, *, today: date) -> str:
        """What is looked for; nothing when it is the plainest search, or makes no sense."""
        if not self.is_valid():
            return ""
        typed = self.cleaned_data
        words = [wishes_words(self.wishes(), practitioner=self.people.get(typed["practitioner"], ""))]
        if typed["first_on"]:
            words.append(f"from {date_words(typed['first_on'], today=today)}")
        if typed["last_on"]:
            words.append(f"until {date_words(typed['last_on'], today=today)}")
        return ", ".join(word for word in words if word)


class PrescriptionFields(WishFields):
    """A prescription as the doctor gives it or the desk enters it."""

    protocol = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what is prescribed.",
            "invalid_choice": "That is not on offer any more. Choose again.",
        },
    )
    session_count = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=99,
        label="Number of sessions",
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "data-session-count": ""}),
    )
    prescribed_by = forms.ChoiceField(
        label="Prescribed by", error_messages={"required": "Say which doctor prescribes it."}
    )
    indication = forms.CharField(required=False, max_length=200, label="What it is for")
    harvest_site = forms.ChoiceField(
        required=False,
        label="Where fat is taken from",
        choices=[("", "Not needed"), *HarvestSite.choices],
    )
    waiver = forms.CharField(
        required=False,
        max_length=300,
        label="Reason for another number",
        help_text="Only if the number of sessions is not what the protocol says: why you decide so.",
    )

    def __init__(
        self,
        *args: Any,
        offer: OnOffer,
        protocols: Sequence[Protocol],
        may_waive: bool,
        **named: Any,
    ) -> None:
        super().__init__(*args, offer=offer, **named)
        self.protocols = {str(row.uuid): row for row in protocols}
        self.doctors = {str(row.uuid): row for row in offer.practitioners}
        _choices(self, "protocol", [(uuid, row.name) for uuid, row in self.protocols.items()])
        _choices(self, "prescribed_by", [("", "Choose a doctor"), *offer.doctors])
        if not may_waive:
            del self.fields["waiver"]

    def clean(self) -> dict[str, Any]:
        """A protocol of exactly so many sessions needs no number."""
        typed = super().clean() or self.cleaned_data
        protocol = self.protocols.get(typed.get("protocol", ""))
        if protocol and typed.get("session_count") is None and "session_count" not in self.errors:
            if protocol.min_sessions == protocol.max_sessions:
                typed["session_count"] = protocol.min_sessions
            else:
                self.add_error("session_count", f"Say how many: {sessions_words(protocol)}.")
        return typed

    def prescription(self, *, patient: Patient) -> Prescription:
        """Raises Malformed for wishes that contradict each other."""
        typed = self.cleaned_data
        return Prescription(
            patient=patient,
            protocol=self.protocols[typed["protocol"]],
            session_count=typed["session_count"],
            prescribed_by=self.doctors[typed["prescribed_by"]],
            wishes=self.wishes(),
            indication=typed["indication"],
            harvest_site=typed["harvest_site"],
            waiver=typed.get("waiver", ""),
        )


def stored_search(plan: Plan) -> MultiValueDict[str, Any]:
    """The wishes stored on the plan, as if they had been typed in."""
    return MultiValueDict(
        {key: said if isinstance(said, list) else [said] for key, said in plan.wishes.items()}
    )


def sessions_words(protocol: Protocol) -> str:
    """“4 to 6 sessions”."""
    low, high = protocol.min_sessions, protocol.max_sessions
    if low == high:
        return f"{low} session" if low == 1 else f"{low} sessions"
    return f"{low} to {high} sessions"


def _is_doctor(practitioner: Resource) -> bool:
    return any(skill.key == "doctor" for skill in practitioner.skills.all())


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
