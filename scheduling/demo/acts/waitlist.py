"""The demo's waitlist, and answers to its offers."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from random import Random

from clinic.errors import Conflict, Refused
from clinic.identity.actors import Actor, ActorKind, Way
from scheduling.demo.cast.crew import Crew, minutes
from scheduling.models import Offer, OfferState, Session, Wait
from scheduling.waitlist.matching import queue_of
from scheduling.waitlist.offers import accept_offer, decline_offer, end_expired_offers
from scheduling.waitlist.queue import WaitAsked, join_waitlist

_WOULD_COME_EARLIER = 0.06
# The desk keeps its list short.
_MOST_WAITING = 5
_NOTES = ("Lives around the corner.", "Can come in the lunch break.", "Call, do not write.", "")
_YES, _NO = 0.6, 0.2


@dataclass
class Waitlist:
    """The desk's list, and the patients who read their mail."""

    crew: Crew
    _asked: set[int] = field(default_factory=set, init=False)

    def consider(self, session: Session, chance: Random, at: datetime) -> None:
        """Some would rather come earlier than what they got."""
        if chance.random() < _WOULD_COME_EARLIER:
            waiting = queue_of(clinic_id=self.crew.premises.clinic.pk)
            if waiting.count() < _MOST_WAITING:
                self.join(session, chance, at)

    def join(self, session: Session, chance: Random, at: datetime) -> Wait:
        asked = WaitAsked(is_urgent=chance.random() < 0.2, note=chance.choice(_NOTES))
        return join_waitlist(session=session, asked=asked, by=self.crew.reception, now=at)

    def round(self, at: datetime) -> None:
        """Offers that ran out go on; who has a new one will answer, or will not."""
        end_expired_offers(now=at)
        for offer in Offer.objects.filter(state=OfferState.OPEN).order_by("pk"):
            if offer.pk not in self._asked:
                self._asked.add(offer.pk)
                chance = self.crew.chance("offer", len(self._asked))
                self.crew.expect(partial(self._answer, offer, chance), at=at + minutes(chance.randint(4, 50)))

    def _answer(self, offer: Offer, chance: Random, at: datetime) -> None:
        stands = Offer.objects.select_related(
            "wait__patient", "wait__session__plan", "wait__session__patient", "hold", "site"
        ).get(pk=offer.pk)
        patient, luck = stands.wait.patient, chance.random()
        by = Actor(patient.clinic_id, ActorKind.PATIENT, "Patient", Way.LINK, str(patient.uuid))
        try:
            if luck < _YES:
                accept_offer(offer=stands, by=by, now=at)
            elif luck < _YES + _NO:
                decline_offer(offer=stands, by=by, now=at)
        except (Conflict, Refused):
            # Too late, or their session was changed meanwhile.
            return
