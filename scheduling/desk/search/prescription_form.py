"""The form of a prescription, as the doctor gives it or the desk enters it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clinic.identity.actors import Actor
from clinic.identity.permissions import LONGEST_WAIVER, may_waive
from clinic.models import Patient
from clinic.web.desk.inputs import WordFields, set_choices
from clinic.wording import choices_of
from scheduling.desk.search.wish_forms import WishFields
from scheduling.desk.shared.choices import OnOffer
from treatments.models import HarvestSite, Protocol
from treatments.prescribing import OUT_OF_RANGE, Prescription


def protocols_on_offer(*, by: Actor) -> list[Protocol]:
    """What can be prescribed today, with its steps. Two queries."""
    rows = Protocol.objects.seen_by(by).current()
    return list(rows.prefetch_related("steps").order_by("name", "pk"))


class PrescriptionFields(WordFields, WishFields):
    """A prescription as the doctor gives it or the desk enters it."""

    why = "waiver"

    protocol = forms.ChoiceField(
        label=_("Protocol"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what is prescribed."),
            "invalid_choice": _("That is not on offer any more. Choose again."),
        },
    )
    session_count = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=99,
        label=_("Number of sessions"),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "data-session-count": ""}),
    )
    prescribed_by = forms.ChoiceField(
        label=_("Prescribed by"), error_messages={"required": _("Say which doctor prescribes it.")}
    )
    indication = forms.CharField(required=False, max_length=200, label=_("What it is for"))
    region = forms.SlugField(
        required=False,
        label=_("Where on the body"),
        help_text=_(
            "Only if not where this treatment usually is: “left-cheek”. Sessions of different courses in one "
            "region keep their rest from each other."
        ),
        error_messages={"invalid": _("Write it in small letters, digits and hyphens.")},
    )
    harvest_site = forms.ChoiceField(
        required=False,
        label=_("Where fat is taken from"),
        choices=[("", _("Not needed")), *choices_of(HarvestSite)],
    )
    waiver = forms.CharField(
        required=False,
        max_length=LONGEST_WAIVER,
        label=_("Reason for another number"),
        help_text=_("Only if the number of sessions is not what the protocol says: why you decide so."),
    )

    def __init__(
        self,
        *args: Any,
        offer: OnOffer,
        protocols: Sequence[Protocol],
        by: Actor,
        **named: Any,
    ) -> None:
        super().__init__(*args, offer=offer, by=by, **named)
        self.protocols = {str(row.uuid): row for row in protocols}
        self.doctors = {str(row.uuid): row for row in offer.practitioners}
        set_choices(self, protocol=[(uuid, row.name) for uuid, row in self.protocols.items()])
        set_choices(self, prescribed_by=[("", gettext("Choose a doctor")), *offer.doctors])
        if not (self.speakers or may_waive(by=by, code=OUT_OF_RANGE)):
            del self.fields["waiver"]

    def clean(self) -> dict[str, Any]:
        """A protocol of exactly so many sessions needs no number."""
        typed = super().clean() or self.cleaned_data
        protocol = self.protocols.get(typed.get("protocol", ""))
        if protocol and typed.get("session_count") is None and "session_count" not in self.errors:
            if protocol.min_sessions == protocol.max_sessions:
                typed["session_count"] = protocol.min_sessions
            else:
                self.add_error(
                    "session_count",
                    gettext("Say how many: {sessions}.").format(sessions=sessions_words(protocol)),
                )
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
            region=typed["region"],
            harvest_site=typed["harvest_site"],
            waiver=typed.get("waiver", ""),
        )


def sessions_words(protocol: Protocol) -> str:
    """“4 to 6 sessions”."""
    low, high = protocol.min_sessions, protocol.max_sessions
    if low == high:
        return ngettext("{count} session", "{count} sessions", low).format(count=low)
    return gettext("{low} to {high} sessions").format(low=low, high=high)
