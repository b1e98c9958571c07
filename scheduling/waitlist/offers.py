"""Offers of freed time: to one who waits after the other, held for them until they answer or it runs out."""

from dataclasses import replace
from datetime import datetime, timedelta

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.changelog.log import record_rows
from clinic.errors import Conflict, Refused, refuse_if_any
from clinic.identity.actors import Actor, Way, task_actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Patient
from clinic.people.patients import erasure_problems
from clinic.sentences import sentence as _
from scheduling.booking.freed_time import FreeTime, due_free_times
from scheduling.booking.holds import holder
from scheduling.booking.reserve import Reservation, TimeTaken, take_time
from scheduling.courses.act import course_act
from scheduling.courses.as_booked import as_booked, chosen_for
from scheduling.courses.kept import Freed
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.courses.states import booking_act, plan_leads_on
from scheduling.engine.placed import PlacedSession
from scheduling.messages.notices import tell_offer
from scheduling.messages.send_checks import out_of_reach_by_mail
from scheduling.models import Hold, Offer, OfferState, Session, Telling, Wait, WaitState
from scheduling.models.waitlist import CAN_WAIT
from scheduling.moving.retime import MoveTerms, Retiming, carry_out
from scheduling.waitlist.matching import Match, matches

TASK = "waitlist"


class OfferOver(Conflict):
    """The offer was answered, withdrawn, or ran out."""


def offer_free_times(*, now: datetime) -> int:
    """Offer all hours that acts gave back, each to the first whom it suits; returns how many were offered."""
    offered = 0
    for free in due_free_times(now=now):
        by = task_actor(clinic_id=free.site.clinic_id, label=TASK, way=Way.TASK)
        offered += offer_freed(free=free, by=by, now=now) is not None
    return offered


def offer_freed(*, free: FreeTime, told: Telling = Telling.BY_MAIL, by: Actor, now: datetime) -> Offer | None:
    """Offer the time to the first whom it suits; None if it suits nobody, or is taken by now."""
    asked: set[int] = set()
    while match := next((one for one in matches(free=free, now=now) if one.wait.pk not in asked), None):
        try:
            return offer_time(match=match, told=told, by=by, now=now)
        except (TimeTaken, Conflict, Refused):
            # Somebody was faster, here or in the queue: the next may want what is left.
            asked.add(match.wait.pk)
    return None


def offer_time(*, match: Match, told: Telling = Telling.BY_MAIL, by: Actor, now: datetime) -> Offer:
    """Hold a time for one who waits, and tell them.

    Whoever knows of it, by who offers it (`told`), has as long to answer as by mail, and nobody calls. The
    time hangs on a session of its own that stands for theirs, which keeps what it has meanwhile. Raises
    NotAllowed, Unknown, Conflict `has_offer`, and TimeTaken. Locks: patient, site hours, pages.
    """
    refuse_unless_may(by=by, act=Act.WAIT)
    wait, placed = match.wait, match.placed
    refuse_strange_wait(wait, by=by)
    scope = ActScope(
        patients=frozenset([wait.patient_id]),
        sites=frozenset([placed.site_id]),
        waits=frozenset([wait.pk]),
    )
    with course_act(by=by, now=now, scope=scope) as act:
        act.told = told
        patient, wait = act.rows.patients[wait.patient_id], act.rows.waits[wait.pk]
        if wait.state != WaitState.WAITING or wait.session.status not in CAN_WAIT:
            raise Conflict(
                "has_offer", _("This patient waits no more, or has an offer already. Take the next one.")
            )
        hold = _hold(wait, _minutes_to_answer(patient, told), placed, by=by, now=now)
        standing = _standing_for(wait.session, now)
        act.begin([standing])
        take_time(act, Reservation(((standing, placed),), patient, hold))
        offer = _offer(match, hold, now)
        wait.state = WaitState.OFFERED
        wait.save(update_fields=["state", *wait.touch(now)])
        record_rows(added=[hold, offer], changed=[wait], now=now)
        said = {"starts_at": offer.starts_at, "expires_at": offer.expires_at}
        act.record(AuditRecord(AuditAction.OFFERED_TIME, offer, [patient.uuid], after=said))
        if told is not Telling.SILENT:
            tell_offer(offer=offer, is_known=told is Telling.KNOWN, now=now)
    return offer


def start_clock(*, offer: Offer, by: Actor, now: datetime) -> None:
    """Whoever was told by phone has as long to answer from now on as they would have had by mail.

    Raises NotAllowed, Unknown and OfferOver. Twice at one moment is once. Locks: hold, wait, change counter.
    """
    refuse_unless_may(by=by, act=Act.TELL)
    refuse_strange_wait(offer.wait, by=by)
    scope = ActScope(holds=frozenset([offer.hold_id]), waits=frozenset([offer.wait_id]))
    with course_act(by=by, now=now, scope=scope) as act:
        hold = act.rows.holds.get(offer.hold_id)
        until = min(now + timedelta(minutes=offer.wait.patient.clinic.offer_minutes), offer.starts_at)
        standing = Offer.objects.filter(pk=offer.pk, state=OfferState.OPEN, expires_at__gt=now)
        if hold is not None and hold.expires_at == until and standing.filter(expires_at=until).exists():
            return
        if hold is None or not standing.touch(now, expires_at=until):
            raise _over()
        hold.expires_at = until
        hold.save(update_fields=["expires_at", *hold.touch(now)])
        told = Offer.objects.select_related("wait__patient").get(pk=offer.pk)
        record_rows(changed=[hold, told], now=now)


def _minutes_to_answer(patient: Patient, told: Telling) -> int:
    """For whom no mail reaches: until somebody told them by phone; their own time begins then."""
    is_phoned = told is Telling.BY_MAIL and out_of_reach_by_mail(patient) is not None
    return patient.clinic.phone_offer_minutes if is_phoned else patient.clinic.offer_minutes


def accept_offer(*, offer: Offer, told: Telling = Telling.BY_MAIL, by: Actor, now: datetime) -> Session:
    """Give the one who waits the time on offer, in place of what their session has.

    `told` is how they hear that they have it. Raises NotAllowed, Unknown, OfferOver and what `move_sessions`
    raises. Twice is once.
    """
    refuse_unless_may(by=by, act=Act.ANSWER_OFFER)
    wait = offer.wait
    refuse_strange_wait(wait, by=by)
    if offer.state == OfferState.ACCEPTED:
        return wait.session
    _refuse_if_over(offer, now)
    scope = ActScope.of_session(wait.session, sites=[offer.site_id])
    scope = replace(scope, holds=frozenset([offer.hold_id]), waits=frozenset([wait.pk]))
    with course_act(by=by, now=now, scope=scope) as act:
        terms = MoveTerms(told=told)
        session = _take_offered(act, act.session(wait.session), offer.hold, terms)
        _answer(offer, OfferState.ACCEPTED, now=now)
        locked = act.rows.waits[wait.pk]
        locked.state = WaitState.SERVED
        locked.save(update_fields=["state", *locked.touch(now)])
        record_rows(changed=[locked], now=now)
    return session


def decline_offer(*, offer: Offer, by: Actor, now: datetime) -> None:
    """The patient does not want the time: it goes to the next, and they wait on. Twice is once."""
    refuse_unless_may(by=by, act=Act.ANSWER_OFFER)
    refuse_strange_wait(offer.wait, by=by)
    if offer.state == OfferState.DECLINED:
        return
    _refuse_if_over(offer, now)
    end_offer(offer, OfferState.DECLINED, by=by, now=now)


def end_expired_offers(*, now: datetime) -> int:
    """Every offer that ran out goes to the next who waits; returns how many did."""
    ended = 0
    for offer in _expired(now):
        by = task_actor(clinic_id=offer.clinic_id, label=TASK, way=Way.TASK)
        ended += end_offer(offer, OfferState.EXPIRED, by=by, now=now)
    return ended


def _expired(now: datetime) -> list[Offer]:
    rows = Offer.objects.filter(state=OfferState.OPEN, expires_at__lte=now)
    return list(rows.select_related("wait__patient", "hold", "site").order_by("expires_at"))


def _take_offered(act: OpenAct, session: Session, hold: Hold, terms: MoveTerms) -> Session:
    """The session gets the time that the hold keeps, whatever it has so far."""
    refuse_if_any(erasure_problems(patient=act.patient(session)))
    if session.plan is not None:
        plan_leads_on(plan=session.plan, act=booking_act(session))
    locked = act.rows.holds.get(hold.pk)
    # Cancelled a moment ago: there is nobody to come.
    if locked is None or hold.expires_at <= act.now or not session.is_live:
        raise _over()
    [standing] = act.end_hold(locked)
    # It may stand elsewhere in its course by now.
    standing.number = session.number
    placed = as_booked(session=standing, asked_for=chosen_for(session=standing))
    course = act.course(session.plan) if session.plan else None
    retiming = Retiming(act, course, ((session, placed),), terms, stood_for=(standing,))
    return carry_out(retiming)[0]


def _hold(wait: Wait, minutes: int, placed: PlacedSession, *, by: Actor, now: datetime) -> Hold:
    """As long as the clinic gives, but never until after the time itself."""
    until = min(now + timedelta(minutes=minutes), placed.starts_at)
    return Hold.objects.create(
        clinic_id=wait.clinic_id,
        held_by=holder(by),
        reason="",
        proposal="",
        expires_at=until,
        created_at=now,
        changed_at=now,
    )


def _standing_for(session: Session, now: datetime) -> Session:
    """A session that takes the time meanwhile: the real one may have another."""
    return Session(
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        session_type_id=session.session_type_id,
        kind=session.kind,
        number=session.number,
        stands_for=session,
        created_at=now,
        changed_at=now,
    )


def _offer(match: Match, hold: Hold, now: datetime) -> Offer:
    return Offer.objects.create(
        clinic_id=hold.clinic_id,
        wait=match.wait,
        hold=hold,
        site_id=match.placed.site_id,
        starts_at=match.placed.starts_at,
        ends_at=match.placed.ends_at,
        free_from=match.free.starts_at,
        free_until=match.free.ends_at,
        expires_at=hold.expires_at,
        created_at=now,
        changed_at=now,
    )


def end_offer(offer: Offer, state: OfferState, *, by: Actor, now: datetime) -> bool:
    """End an open offer and give its time back, for the next in the queue. Raises OfferOver.

    False if it has run out no more: they were told by phone a moment ago, and have time to answer.
    """
    scope = ActScope(holds=frozenset([offer.hold_id]), waits=frozenset([offer.wait_id]))
    with course_act(by=by, now=now, scope=scope) as act:
        if state == OfferState.EXPIRED and Offer.objects.filter(pk=offer.pk, expires_at__gt=now).exists():
            return False
        if (hold := act.rows.holds.get(offer.hold_id)) is not None:
            act.release(hold)
        _answer(offer, state, now=now)
        wait = act.rows.waits[offer.wait_id]
        if wait.state == WaitState.OFFERED:
            wait.state = WaitState.WAITING
            wait.save(update_fields=["state", *wait.touch(now)])
            record_rows(changed=[wait], now=now)
        act.freed.append(Freed(offer.site_id, offer.free_from, offer.free_until))
        patients = [offer.wait.patient.uuid]
        act.record(AuditRecord(AuditAction.ENDED_OFFER, offer, patients, after={"state": state}))
    return True


def _answer(offer: Offer, state: OfferState, *, now: datetime) -> None:
    """Raise OfferOver for one that somebody else answered a moment ago."""
    if not Offer.objects.filter(pk=offer.pk, state=OfferState.OPEN).touch(now, state=state, answered_at=now):
        raise _over()
    record_rows(changed=[Offer.objects.select_related("wait__patient").get(pk=offer.pk)], now=now)


def _refuse_if_over(offer: Offer, now: datetime) -> None:
    if offer.state != OfferState.OPEN or offer.expires_at <= now:
        raise _over()


def _over() -> OfferOver:
    return OfferOver(
        "offer_over", _("This offer is over: its time went to somebody else. Wait for the next one.")
    )


def refuse_strange_wait(wait: Wait, *, by: Actor) -> None:
    """Raise Unknown for another clinic's."""
    sentence = _("There is nobody waiting under that id in this clinic.")
    refuse_foreign(by=by, unknown_wait=wait, sentence=sentence)
