"""The waitlist over REST: who waits, whom a free time suits, offers and their answers."""

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Site
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Id, Instant, Shape, Text, WholeNumber, YesNo
from clinic.web.rest.json_types import Listed, Page
from clinic.web.rest.lists import ChangingShape, piece_of
from clinic.web.trail import saw
from scheduling.api.answers import MatchJson, OfferJson, SessionJson, WaitJson
from scheduling.api.output import match_json, offer_json, session_json, wait_json
from scheduling.api.refused import MOVE
from scheduling.api.sessions.sessions import session_of
from scheduling.api.telling import TellingShape, telling_in
from scheduling.booking.freed_time import FreeTime
from scheduling.models import Offer, Session, Wait
from scheduling.models.waitlist import WaitQuerySet
from scheduling.waitlist.matching import matches
from scheduling.waitlist.offers import accept_offer, decline_offer, offer_freed
from scheduling.waitlist.queue import WaitAsked, join_waitlist, leave_waitlist, put_in_turn


class WaitShape(Shape):
    """Between which dates they would come, and on how short notice."""

    from_ = Day(required=False)
    until = Day(required=False)
    notice_hours = WholeNumber(required=False, min_value=0, max_value=24 * 14, default=24)
    is_urgent = YesNo(required=False, default=False)
    note = Text(required=False, allow_blank=True)


class WaitFilter(ChangingShape):
    """In the order `since` who waits longest comes first."""

    orders = {"since": ("created_at",)}


class TurnShape(Shape):
    """The urgent are asked first, then the lowest rank, then who waits longest."""

    rank = WholeNumber(min_value=-10_000, max_value=10_000)


class FreeShape(Shape):
    """A free time."""

    site = Id()
    starts_at = Instant()
    ends_at = Instant()


class OfferedShape(FreeShape, TellingShape):
    """A free time, and how whoever it suits hears of the offer."""


class MadeOffer(TypedDict):
    """Null where the time suits nobody."""

    offer: OfferJson | None


@speaks(
    "join_waitlist",
    Act.WAIT,
    does=Does.MAKES,
    body=WaitShape,
    answers={201: WaitJson},
    refuses=("cannot_wait", "note_too_long", "patient_erased", "wait_dates_reversed"),
)
def join(call: Call, session_id: UUID) -> Answer[WaitJson]:
    """Wait for a session that is due, or for an earlier time.

    Asked again it changes what was asked.
    """
    said, by = call.said, call.by
    session = find(Session.objects.seen_by(by), uuid=session_id)
    asked = WaitAsked(
        from_on=said.get("from"),
        until_on=said.get("until"),
        notice_hours=said["notice_hours"],
        is_urgent=said["is_urgent"],
        note=said.get("note", ""),
    )
    wait = join_waitlist(session=session, asked=asked, by=by, now=database_now())
    session.refresh_from_db(fields=["version"])
    told = wait_json(find(_waits(by), uuid=wait.uuid))
    location = f"{call.path.partition('sessions/')[0]}waitlist/"
    return Answer(told, status=201, version=session.version, location=location)


@speaks("list_waits", Act.SEE_CALENDAR, query=WaitFilter, answers={200: Page[WaitJson]})
def list_waits(call: Call) -> Answer[Page[WaitJson]]:
    """List who waits for a session that is due or still ahead."""
    piece = piece_of(call, _waits(call.by).standing().of_what_may_come())
    saw(AuditAction.SAW_WAITLIST, [wait.patient.uuid for wait in piece.rows], by=call.by)
    return piece.answer(wait_json)


@speaks("withdraw_wait", Act.WAIT, does=Does.REPEATS, answers={200: WaitJson})
def withdraw(call: Call, wait_id: UUID) -> Answer[WaitJson]:
    """Take somebody off the waitlist."""
    wait = find(_waits(call.by), uuid=wait_id)
    call.refuse_if_stale(version=wait.version)
    leave_waitlist(wait=wait, by=call.by, now=database_now())
    return _shown(call.by, wait_id)


@speaks("rank_wait", Act.WAIT, does=Does.CHANGES, body=TurnShape, answers={200: WaitJson})
def rank(call: Call, wait_id: UUID) -> Answer[WaitJson]:
    """Give somebody who waits another turn."""
    wait = find(_waits(call.by), uuid=wait_id)
    call.refuse_if_stale(version=wait.version)
    put_in_turn(wait=wait, rank=call.said["rank"], by=call.by, now=database_now())
    return _shown(call.by, wait_id)


@speaks(
    "list_matches",
    Act.SEE_CALENDAR,
    query=FreeShape,
    answers={200: Listed[MatchJson]},
    refuses=("unknown_site",),
)
def list_matches(call: Call) -> Answer[Listed[MatchJson]]:
    """List whom a free time suits, in their turn.

    Earlier than what they have, within their window, with every later session in its own.
    """
    seen = set(_waits(call.by).values_list("pk", flat=True))
    free = _free(call.asked, call.by)
    found = [one for one in matches(free=free, now=database_now()) if one.wait.pk in seen]
    saw(AuditAction.SAW_WAITLIST, [one.wait.patient.uuid for one in found], by=call.by)
    return Answer({"results": [match_json(one) for one in found]})


@speaks(
    "offer_time",
    Act.WAIT,
    does=Does.MAKES,
    body=OfferedShape,
    answers={200: MadeOffer, 201: MadeOffer},
    refuses=("has_offer", "unknown_site"),
)
def offer(call: Call) -> Answer[MadeOffer]:
    """Offer a free time to the first whom it suits."""
    free, told = _free(call.said, call.by), telling_in(call.said)
    made = offer_freed(free=free, told=told, by=call.by, now=database_now())
    if made is None:
        return Answer({"offer": None})
    location = f"{call.path.partition('waitlist/')[0]}waitlist/"
    return Answer({"offer": offer_json(_offer(call.by, made.uuid))}, status=201, location=location)


@speaks(
    "accept_offer",
    Act.ANSWER_OFFER,
    does=Does.REPEATS,
    body=TellingShape,
    answers={200: SessionJson},
    refuses=(*MOVE, "has_offer", "offer_expired", "offer_over", "unknown_session", "unknown_wait"),
)
def accept(call: Call, offer_id: UUID) -> Answer[SessionJson]:
    """Accept an offered time, in place of the session's own."""
    offered = _offer(call.by, offer_id)
    call.refuse_if_stale(version=offered.version)
    session = accept_offer(offer=offered, told=telling_in(call.said), by=call.by, now=database_now())
    told = session_json(session_of(call.by, session.uuid))
    return Answer(told, version=_offer(call.by, offer_id).version)


@speaks(
    "decline_offer",
    Act.ANSWER_OFFER,
    does=Does.REPEATS,
    answers={200: OfferJson},
    refuses=("offer_expired", "offer_over", "unknown_session", "unknown_wait"),
)
def decline(call: Call, offer_id: UUID) -> Answer[OfferJson]:
    """Decline an offered time; the next is asked."""
    offered = _offer(call.by, offer_id)
    call.refuse_if_stale(version=offered.version)
    decline_offer(offer=offered, by=call.by, now=database_now())
    declined = _offer(call.by, offer_id)
    return Answer(offer_json(declined), version=declined.version)


def _shown(by: Actor, wait_id: UUID) -> Answer[WaitJson]:
    wait = find(_waits(by), uuid=wait_id)
    return Answer(wait_json(wait), version=wait.version)


def _free(said: Mapping[str, Any], by: Actor) -> FreeTime:
    site = find(Site.objects.seen_by(by).not_retired(now()).select_related("clinic"), uuid=said["site"])
    return FreeTime(site, said["starts_at"], said["ends_at"])


def _waits(by: Actor) -> WaitQuerySet:
    rows: WaitQuerySet = Wait.objects.seen_by(by)
    return rows.select_related("patient", "plan", "session__site", "session_type")


def _offer(by: Actor, offer_id: UUID) -> Offer:
    rows = Offer.objects.seen_by(by).select_related(
        "wait__session__plan", "wait__session__site", "wait__patient", "hold", "site__clinic"
    )
    return find(rows, uuid=offer_id)
