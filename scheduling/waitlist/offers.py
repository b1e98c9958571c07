"""Offers of freed time: to one who waits after the other, held for them until they answer or it runs out."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Conflict, refuse_if_any
from clinic.hours.working_time import share_hours
from clinic.identity.actors import Actor, Way, task_actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.people.patients import erasure_problems, lock_patient
from scheduling.booking.freed_time import TASK, FreeTime
from scheduling.booking.holds import holder
from scheduling.booking.release import lock_holds, release
from scheduling.booking.reserve import Reservation, TimeTaken, record_reseated, take_time
from scheduling.courses.as_booked import as_booked, chosen_for
from scheduling.courses.course import lock_plan, lock_sessions
from scheduling.courses.states import booking_act, plan_leads_on
from scheduling.engine.placed import PlacedSession
from scheduling.messages.notices import tell_offer
from scheduling.models import Hold, Offer, OfferState, Session, Wait, WaitState
from scheduling.models.waitlist import CAN_WAIT
from scheduling.moving.retime import MoveTerms, Retiming, carry_out, lock_course_whole
from scheduling.waitlist.matching import Match, matches


class OfferOver(Conflict):
    """The offer was answered, withdrawn, or ran out."""


def offer_freed(*, free: FreeTime, by: Actor, now: datetime) -> Offer | None:
    """Offer the time to the first whom it suits; None if it suits nobody, or is taken by now."""
    asked: set[int] = set()
    while match := next((one for one in matches(free=free, now=now) if one.wait.pk not in asked), None):
        try:
            return offer_time(match=match, by=by, now=now)
        except (TimeTaken, Conflict):
            # Somebody was faster, here or in the queue: the next may want what is left.
            asked.add(match.wait.pk)
    return None


def offer_time(*, match: Match, by: Actor, now: datetime) -> Offer:
    """Hold a time for one who waits, and tell them.

    The time hangs on a session of its own that stands for theirs, which keeps what it has meanwhile.
    Raises NotAllowed, Unknown, Conflict `has_offer`, and TimeTaken. Locks: patient, site hours, pages.
    """
    refuse_unless_may(by=by, act=Act.WAIT)
    wait, placed = match.wait, match.placed
    refuse_strange_wait(wait, by=by)
    with transaction.atomic():
        patient = lock_patient(patient_id=wait.patient_id)
        share_hours(site_ids=[placed.site_id])
        wait = (
            Wait.objects.select_for_update(no_key=True, of=("self",))
            .select_related("session")
            .get(pk=wait.pk)
        )
        if wait.state != WaitState.WAITING or wait.session.status not in CAN_WAIT:
            raise Conflict(
                "has_offer", "This patient waits no more, or has an offer already. Take the next one."
            )
        hold = _hold(wait, patient.clinic.offer_minutes, placed, by=by, now=now)
        standing = _standing_for(wait.session, now)
        taken = take_time(Reservation(((standing, placed),), patient, hold), by=by, now=now)
        offer = _offer(match, hold, now)
        wait.state, wait.version = WaitState.OFFERED, wait.version + 1
        wait.save(update_fields=["state", "version"])
        said = {"starts_at": offer.starts_at, "expires_at": offer.expires_at}
        record_audit(AuditRecord(AuditAction.OFFERED_TIME, offer, [patient.uuid], after=said), by=by, now=now)
        tell_offer(offer=offer, now=now)
        record_reseated(taken, clinic_id=by.clinic_id, now=now)
    return offer


def accept_offer(*, offer: Offer, by: Actor, now: datetime) -> Session:
    """Give the one who waits the time on offer, in place of what their session has.

    Raises NotAllowed, Unknown, OfferOver and what `move_sessions` raises. Twice is once.
    """
    refuse_unless_may(by=by, act=Act.ANSWER_OFFER)
    wait = offer.wait
    refuse_strange_wait(wait, by=by)
    if offer.state == OfferState.ACCEPTED:
        return wait.session
    _refuse_if_over(offer, now)
    with transaction.atomic():
        session = _take_offered(wait.session, offer.hold, by=by, now=now)
        answered = Offer.objects.filter(pk=offer.pk, state=OfferState.OPEN)
        if not answered.update(state=OfferState.ACCEPTED, answered_at=now):
            raise _over()
        Wait.objects.filter(pk=wait.pk).update(state=WaitState.SERVED, version=wait.version + 1)
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
    rows = Offer.objects.filter(state=OfferState.OPEN, expires_at__lte=now)
    expired = list(rows.select_related("wait__patient", "hold", "site").order_by("expires_at"))
    for offer in expired:
        by = task_actor(clinic_id=offer.clinic_id, label=TASK, way=Way.TASK)
        end_offer(offer, OfferState.EXPIRED, by=by, now=now)
    return len(expired)


def _take_offered(session: Session, hold: Hold, *, by: Actor, now: datetime) -> Session:
    """The session gets the time that the hold keeps, whatever it has so far."""
    patient = lock_patient(patient_id=session.patient_id)
    refuse_if_any(erasure_problems(patient=patient))
    plan = None if session.plan is None else lock_plan(session.plan)
    if plan is not None:
        plan_leads_on(plan=plan, act=booking_act(session))
    share_hours(site_ids=hold.sessions.values_list("site_id", flat=True))
    if not lock_holds(keys=[hold.pk]) or hold.expires_at <= now:
        raise _over()
    course = None if plan is None else lock_course_whole(plan, now)
    sessions = lock_sessions([session]) if course is None else course.sessions
    [standing] = lock_sessions(list(hold.sessions.all()))
    # It may stand elsewhere in its course by now.
    standing.number = session.number
    placed = as_booked(session=standing, asked_for=chosen_for(session=standing))
    Hold.objects.filter(pk=hold.pk).update(released_at=now)
    pairs = tuple((locked, placed) for locked in sessions if locked.pk == session.pk)
    if not pairs:
        # Cancelled a moment ago: there is nobody to come.
        raise _over()
    retiming = Retiming(patient, course, pairs, MoveTerms(), now, stood_for=(standing,))
    return carry_out(retiming, by=by)[0]


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
    )


def _standing_for(session: Session, now: datetime) -> Session:
    """A session that takes the time meanwhile: the real one may have another."""
    return Session.objects.create(
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        session_type_id=session.session_type_id,
        kind=session.kind,
        number=session.number,
        stands_for=session,
        version=0,
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
    )


def end_offer(offer: Offer, state: OfferState, *, by: Actor, now: datetime) -> None:
    """End an open offer, give its time back, and offer it to the next. Raises OfferOver."""
    with transaction.atomic():
        for hold in lock_holds(keys=[offer.hold_id]):
            release(hold=hold, by=by, now=now)
        if not Offer.objects.filter(pk=offer.pk, state=OfferState.OPEN).update(state=state, answered_at=now):
            raise _over()
        waits_on = Wait.objects.filter(pk=offer.wait_id, state=WaitState.OFFERED)
        waits_on.update(state=WaitState.WAITING, version=F("version") + 1)
        record_audit(
            AuditRecord(AuditAction.ENDED_OFFER, offer, [offer.wait.patient.uuid], after={"state": state}),
            by=by,
            now=now,
        )
    queue = task_actor(clinic_id=offer.clinic_id, label=TASK, way=Way.TASK)
    offer_freed(free=FreeTime(offer.site, offer.free_from, offer.free_until), by=queue, now=now)


def _refuse_if_over(offer: Offer, now: datetime) -> None:
    if offer.state != OfferState.OPEN or offer.expires_at <= now:
        raise _over()


def _over() -> OfferOver:
    return OfferOver(
        "offer_over", "This offer is over: its time went to somebody else. Wait for the next one."
    )


def refuse_strange_wait(wait: Wait, *, by: Actor) -> None:
    """Raise Unknown for another clinic's."""
    sentence = "There is nobody waiting under that id in this clinic."
    refuse_foreign(by=by, unknown_wait=wait, sentence=sentence)
