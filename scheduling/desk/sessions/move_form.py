"""The form of a move: when, where and with whom, and what may move along."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import Site
from clinic.time.wall_clock import instant_at
from clinic.web.desk.inputs import ClockField, DayField, WordFields, set_choices
from scheduling.desk.shared.choices import OnOffer
from scheduling.models import Session
from scheduling.moving.ripple import Destination, RippleAsked
from scheduling.search.free_starts import StartsAsked

LONGEST_REASON = 200


class MoveFields(WordFields):
    """Without a time it asks what is free; with the button that moves, it says why and on whose wish."""

    use_required_attribute = False

    on = DayField(label=_("Day"))
    practitioner = forms.ChoiceField(required=False, label=_("With"))
    site = forms.ChoiceField(required=False, label=_("At"))
    at = ClockField(required=False, label=_("Arrives at"))
    alone = forms.BooleanField(required=False, label=_("Move this session alone"))
    moves_confirmed = forms.BooleanField(
        required=False, label=_("Sessions that the patient confirmed may move too")
    )
    bends_wishes = forms.BooleanField(required=False, label=_("The patient’s firm wishes may give way"))
    reason = forms.CharField(required=False, label=_("Why"), max_length=LONGEST_REASON)
    by_patient = forms.BooleanField(required=False, label=_("The patient asked for it"))

    def __init__(self, *args: Any, offer: OnOffer, home: Site, **named: Any) -> None:
        super().__init__(*args, **named)
        self.people = {str(row.uuid): row for row in offer.practitioners}
        self.places = {str(row.uuid): row for row in offer.sites}
        self.home = home
        set_choices(
            self,
            practitioner=[
                ("", gettext("As before, if they are free")),
                *((key, row.name) for key, row in self.people.items()),
            ],
            site=[("", home.name), *((k, row.name) for k, row in self.places.items() if row != home)],
        )

    @property
    def site_chosen(self) -> Site:
        return self.places.get(self.cleaned_data["site"], self.home)

    @property
    def day(self) -> date:
        on: date = self.cleaned_data["on"]
        return on

    def destination(self) -> Destination:
        """Raises Malformed for a local time that the site's clock skips or shows twice."""
        said, site = self.cleaned_data, self.site_chosen
        starts_at = instant_at(said["on"], said["at"], site.tz)
        return Destination(starts_at, site, self.people.get(said["practitioner"]))

    def starts_asked(self, session: Session) -> StartsAsked:
        """What is free for it, there and with them; its own time is."""
        return StartsAsked(
            session_type=session.session_type,
            site=self.site_chosen,
            practitioner=self.people.get(self.cleaned_data["practitioner"]),
            patient=session.patient,
            plan=session.plan,
            leaving=frozenset([session.pk]),
        )

    def asked(self) -> RippleAsked:
        said = self.cleaned_data
        return RippleAsked(said["alone"], said["moves_confirmed"], said["bends_wishes"])

    def asked_again(self) -> str:
        """What is asked, for the address of another day or time."""
        kept = {name: self.cleaned_data[name] for name in ("practitioner", "site")}
        ticked = {
            name: "on"
            for name in ("alone", "moves_confirmed", "bends_wishes", "by_patient")
            if self.cleaned_data[name]
        }
        return urlencode({name: said for name, said in {**kept, **ticked}.items() if said})
