"""The form of a prescription, as the doctor gives it or the desk enters it."""

from collections.abc import Sequence
from typing import Any

from django import forms

from clinic.identity.actors import Actor
from clinic.models import Patient
from clinic.web.desk.inputs import set_choices
from scheduling.desk.search.wish_forms import WishFields
from scheduling.desk.shared.choices import OnOffer
from treatments.models import HarvestSite, Protocol
from treatments.prescribing import Prescription


def protocols_on_offer(*, by: Actor) -> list[Protocol]:
    """What can be prescribed today, with its steps. Two queries."""
    rows = Protocol.objects.seen_by(by).current()
    return list(rows.prefetch_related("steps").order_by("name", "pk"))


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
        set_choices(self, protocol=[(uuid, row.name) for uuid, row in self.protocols.items()])
        set_choices(self, prescribed_by=[("", "Choose a doctor"), *offer.doctors])
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


def sessions_words(protocol: Protocol) -> str:
    """“4 to 6 sessions”."""
    low, high = protocol.min_sessions, protocol.max_sessions
    if low == high:
        return f"{low} session" if low == 1 else f"{low} sessions"
    return f"{low} to {high} sessions"
