"""Moving a visit, and what follows it in its course, in one act."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from clinic.actors import Actor
from clinic.audit import Deed, Noted, note
from clinic.errors import Problem, ProblemKind, Unknown, refuse_if_any
from clinic.models import Patient
from clinic.open_hours import share_hours
from clinic.patients import erasure_problems, lock_patient
from clinic.permissions import Act, refuse_unless_may, set_aside
from scheduling import messaging, rules
from scheduling.booking import lock_plan, lock_sessions
from scheduling.course_sessions import key_of, sessions_of, standing_dates
from scheduling.giving_back import end_own_hold
from scheduling.models import AHEAD, Session, SessionStatus
from scheduling.named_start import NamedStart, look_at, start_problems
from scheduling.proposal_tokens import stale
from scheduling.proposals import PlacedSession, Proposal
from scheduling.rippling import Destination, Ripple, RippleAsked, rhythm_problems, ripple_after, windows_by
from scheduling.session_states import PlanAct, SessionAct, leads_on, plan_leads_on
from scheduling.taking_time import Booked, record, refuse_if_taken, take_carers, take_time, taken_by_someone
from treatments.cadence import TREATMENT, Key
from treatments.models import Plan

Pairs = tuple[tuple[Session, PlacedSession], ...]


@dataclass(frozen=True, slots=True)
class MoveTerms:
    """On whose wish, and why: with a reason, what the actor's role may set aside is set aside."""

    reason: str = ""
    by_patient: bool = False


@dataclass(frozen=True, slots=True)
class _Move:
    """Locked sessions and their new places; `course` are all live sessions of the plan, if there is one."""

    patient: Patient
    plan: Plan | None
    course: Sequence[Session]
    pairs: Pairs
    terms: MoveTerms
    now: datetime


def preview_move(
    *, session: Session, to: Destination, asked: RippleAsked, by: Actor, now: datetime
) -> Ripple:
    """What moving the visit there would do. Writes nothing; `moved` begins with the visit itself.

    Raises NotAllowed, Unknown, StateForbids, Refused (`starts_in_the_past`, `too_far_ahead`,
    `start_not_on_a_cell`, `nobody_can`, `resource_cannot_serve`) and TimeTaken with what is taken there.
    """
    refuse_unless_may(by=by, act=Act.MOVE)
    _refuse_strangers(session, to, by=by)
    leads_on(session=session, act=SessionAct.MOVE)
    refuse_if_any(start_problems(starts_at=to.starts_at, now=now))
    placed, hours = _placed(session, to, now)
    if session.plan is None or session.kind != TREATMENT:
        return Ripple(None, ((session, placed),), (), tuple(hours))
    course = sessions_of(plan=session.plan)
    ripple = ripple_after(plan=session.plan, sessions=course, first=placed, asked=asked, now=now)
    return replace(ripple, problems=(*hours, *ripple.problems))


def preview_ripple(*, plan: Plan, asked: RippleAsked, by: Actor, now: datetime) -> Ripple:
    """What a course does about a session that became due in its midst, or whose hours are open no more.

    Raises NotAllowed and Unknown.
    """
    refuse_unless_may(by=by, act=Act.MOVE)
    _refuse_if_foreign(plan, by=by)
    return ripple_after(plan=plan, sessions=sessions_of(plan=plan), first=None, asked=asked, now=now)


def move_visits(
    *, plan: Plan, proposal: Proposal, terms: MoveTerms, by: Actor, now: datetime
) -> list[Session]:
    """Give sessions of a course the times of the proposal, all or none; the patient gets one message.

    Raises NotAllowed, Unknown, Conflict `proposal_stale`, StateForbids, Refused with every rule that says no
    and that the actor did not or may not set aside, and TimeTaken. Locks: patient, plan, site hours, hold,
    sessions, those that change seats for it, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.MOVE)
    _refuse_if_foreign(plan, by=by)
    with transaction.atomic():
        refuse_if_any(erasure_problems(patient=lock_patient(patient_id=plan.patient_id)))
        plan = lock_plan(plan)
        if proposal.plan_version != plan.version:
            raise stale()
        plan_leads_on(plan=plan, act=PlanAct.BOOK)
        share_hours(site_ids={placed.site_id for placed in proposal.sessions})
        course = _lock_course(plan, now)
        of_number = {session.number: session for session in course if session.kind == TREATMENT}
        if any(placed.number not in of_number for placed in proposal.sessions):
            raise stale()
        pairs = tuple((of_number[placed.number], placed) for placed in proposal.sessions)
        return _carry_out(_Move(plan.patient, plan, course, pairs, terms, now), by=by)


def move_visit(
    *, session: Session, ripple: Ripple, terms: MoveTerms, by: Actor, now: datetime
) -> list[Session]:
    """Move the visit as it was previewed; with its course, if that is what the preview says.

    Raises what `move_visits` raises, and Refused with what the ripple cannot solve.
    """
    refuse_if_any(problem for problem in ripple.problems if problem.kind is ProblemKind.BLOCKER)
    if session.plan is not None and ripple.proposal is not None:
        return move_visits(plan=session.plan, proposal=ripple.proposal, terms=terms, by=by, now=now)
    refuse_unless_may(by=by, act=Act.MOVE)
    with transaction.atomic():
        patient = lock_patient(patient_id=session.patient_id)
        refuse_if_any(erasure_problems(patient=patient))
        plan = None if session.plan is None else lock_plan(session.plan)
        [(_, placed)] = ripple.moved
        share_hours(site_ids=[placed.site_id])
        course = lock_sessions([session]) if plan is None else _lock_course(plan, now)
        pairs = tuple((locked, placed) for locked in course if locked.pk == session.pk)
        return _carry_out(_Move(patient, plan, course, pairs, terms, now), by=by)


def _placed(session: Session, to: Destination, now: datetime) -> tuple[PlacedSession, list[Problem]]:
    """The visit at its new start with whoever it had, as far as they can; and what the hours say to it."""
    site = to.site or session.site
    assert site is not None, "only what has a time and a place is moved"
    had = {part["resource"] for part in session.cast}
    wanted = NamedStart(
        site=site,
        patient=session.patient,
        session_type_id=session.session_type_id,
        starts_at=to.starts_at,
        practitioner=to.practitioner,
        plan_id=session.plan_id,
        leaving=frozenset([session.pk]),
    )
    look = look_at(wanted=wanted, now=now)
    familiar = frozenset(row.diary_id for row in look.diaries.resources if str(row.uuid) in had)
    look = replace(look, wanted=replace(wanted, familiar=familiar))
    hours = list(look.hours_problems())
    if hours:
        look = look.at_any_hour()
    if not look.fits(now=now):
        refuse_if_taken(look.in_the_way(look.busy), patient=session.patient, zone=site.tz)
        raise taken_by_someone()
    return look.placed(number=session.number), hours


def _lock_course(plan: Plan, now: datetime) -> list[Session]:
    sessions = sessions_of(plan=plan)
    if any(session.is_held for session in sessions):
        end_own_hold(plan=plan, now=now)
    return lock_sessions(sessions)


def _carry_out(move: _Move, *, by: Actor) -> list[Session]:
    """Rules, time, windows, the trail, reminders and the change log, in this order."""
    first, now, plan = move.pairs[0][0], move.now, move.plan
    for session, _ in move.pairs:
        leads_on(session=session, act=SessionAct.MOVE if session.starts_at else SessionAct.BOOK)
    rhythm = {} if plan is None else _rhythm(plan, move)
    problems = [*_hard_problems(move), *rhythm.values(), *_policy_problems(move)]
    waived = set_aside(problems=problems, waiver=move.terms.reason, by=by)
    before = [{"session": session.uuid, "starts_at": session.starts_at} for session, _ in move.pairs]
    booked = _booked(move)
    taken = take_time(booked, by=by, now=now, waiver=move.terms.reason)
    first.patient_moves += move.terms.by_patient
    marked = _mark(move, rhythm, [*waived, *taken.waived], by=by)
    Session.objects.rewrite(marked, fields=["waived", "patient_moves"])
    take_carers(booked, now=now)
    after = {"sessions": booked.times, "reason": move.terms.reason, "by_patient": move.terms.by_patient}
    told = Noted(Deed.MOVED_VISITS, plan or first, [move.patient.uuid], {"sessions": before}, after)
    note(told, by=by, now=now)
    moved = [session for session, _ in booked.pairs]
    messaging.void_reminders(sessions=moved, now=now)
    messaging.plan_reminders(sessions=moved, clinic=move.patient.clinic, now=now)
    others = [] if plan is None else _count_windows(plan, move)
    if plan is not None:
        plan.version += 1
        plan.save(update_fields=["version"])
    record(booked, plan=plan, also=others, taken=taken, now=now)
    return moved


def _booked(move: _Move) -> Booked:
    """With the windows that the new dates make; what the course only held gives way."""
    windows = {} if move.plan is None else windows_by(plan=move.plan, dates=_dates(move))
    pairs = tuple((one, replace(placed, window=windows.get(key_of(one)))) for one, placed in move.pairs)
    taking = {session.pk for session, _ in pairs}
    given_up = [session for session in move.course if session.is_held and session.pk not in taking]
    return Booked(pairs, move.patient, given_up=tuple(given_up))


def _dates(move: _Move) -> dict[Key, Any]:
    return standing_dates(move.course) | {key_of(one): placed.local_date for one, placed in move.pairs}


def _rhythm(plan: Plan, move: _Move) -> dict[Key, Problem]:
    return rhythm_problems(plan=plan, sessions=move.course, dates=_dates(move))


def _hard_problems(move: _Move) -> Iterator[Problem]:
    calendar = [placed for _, placed in move.pairs]
    yield from rules.in_the_past(calendar, now=move.now)
    treatments = [placed for session, placed in move.pairs if session.kind == TREATMENT and move.plan]
    taking = {session.pk for session, _ in move.pairs}
    standing = standing_dates([s for s in move.course if s.kind == TREATMENT and s.pk not in taking])
    yield from rules.one_a_day(treatments, standing={key.number: on for key, on in standing.items()})


def _policy_problems(move: _Move) -> Iterator[Problem]:
    """How often, and until when, a patient may move a visit."""
    session, clinic = move.pairs[0][0], move.patient.clinic
    if not move.terms.by_patient or session.starts_at is None:
        return
    if session.patient_moves >= clinic.patient_moves:
        yield Problem(
            "moved_too_often",
            ProblemKind.WAIVABLE,
            f"The patient has moved this visit {session.patient_moves} times already. Give a reason to move "
            "it again.",
        )
    if session.starts_at - move.now < timedelta(hours=clinic.notice_hours):
        yield Problem(
            "moved_late",
            ProblemKind.WAIVABLE,
            f"Patients move a visit at least {clinic.notice_hours} hours before it. Give a reason to move it "
            "now.",
        )


def _mark(move: _Move, rhythm: dict[Key, Problem], waived: Sequence[Problem], *, by: Actor) -> list[Session]:
    """Note on each session which rule was set aside for it; returns those that were written on."""
    first, written = move.pairs[0][0], {move.pairs[0][0].pk: move.pairs[0][0]}
    of_key = {key_of(session): session for session in move.course}
    for problem in waived:
        keys = [key for key, of_rhythm in rhythm.items() if of_rhythm is problem]
        session = of_key[keys[0]] if keys else first
        entry = {"code": problem.code, "reason": move.terms.reason.strip(), "by": str(by)}
        session.waived = [*session.waived, entry]
        written[session.pk] = session
    return list(written.values())


def _count_windows(plan: Plan, move: _Move) -> list[Session]:
    """The other sessions to come, where the new dates give them another window."""
    windows = windows_by(plan=plan, dates=_dates(move))
    taking = {session.pk for session, _ in move.pairs}
    changed = []
    for session in move.course:
        window = windows.get(key_of(session))
        is_ahead = session.status in (SessionStatus.DUE, *AHEAD)
        if session.pk in taking or window is None or not is_ahead:
            continue
        told = (session.earliest_on, session.target_on, session.latest_on)
        if told != (window.earliest, window.target, window.latest):
            session.earliest_on, session.target_on, session.latest_on = (
                window.earliest,
                window.target,
                window.latest,
            )
            session.version += 1
            session.changed_at = move.now
            changed.append(session)
    Session.objects.rewrite(
        changed, fields=["earliest_on", "target_on", "latest_on", "version", "changed_at"]
    )
    return changed


def _refuse_strangers(session: Session, to: Destination, *, by: Actor) -> None:
    """Whatever the move names belongs to the clinic. Raises Unknown."""
    if session.clinic_id != by.clinic_id:
        raise Unknown("unknown_session", "There is no such visit in this clinic.")
    if to.site is not None and to.site.clinic_id != by.clinic_id:
        raise Unknown("unknown_site", "There is no such site in this clinic.")
    if to.practitioner is not None and to.practitioner.clinic_id != by.clinic_id:
        raise Unknown("unknown_practitioner", "There is no such practitioner in this clinic.")


def _refuse_if_foreign(plan: Plan, *, by: Actor) -> None:
    if plan.clinic_id != by.clinic_id:
        raise Unknown("unknown_plan", "There is no such plan in this clinic.")
