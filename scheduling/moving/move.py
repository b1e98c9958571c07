"""Moving a session, and what follows it in its course, in one act."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn

from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Site
from clinic.people.patients import erasure_problems
from clinic.sentences import sentence as _
from scheduling.booking.reserve import TimeTaken, refuse_if_taken, taken_by_someone
from scheduling.courses.act import course_act
from scheduling.courses.course import Course, course_of, key_of
from scheduling.courses.scope import ActScope
from scheduling.courses.states import PlanAct, leads_on, plan_leads_on, timing_act
from scheduling.engine.placed import PlacedSession
from scheduling.engine.proposal import Proposal
from scheduling.models import CourseActKind, Session
from scheduling.moving.retime import MoveTerms, Retiming, carry_out
from scheduling.moving.ripple import Destination, Ripple, RippleAsked, ripple_after
from scheduling.rest.check import problem_on
from scheduling.rest.reading import Standing
from scheduling.search.single_start import NamedStart, SingleStartCheck, look_at, start_problems
from scheduling.search.tokens import stale
from treatments.cadence import TREATMENT
from treatments.models import Plan


def preview_move(
    *, session: Session, to: Destination, asked: RippleAsked, by: Actor, now: datetime
) -> Ripple:
    """What moving the session there would do. Writes nothing; `moved` begins with the session itself.

    A session that is due gets its first time there: a review, or a treatment whose turn it is.

    Raises NotAllowed, Unknown, StateForbids, Refused (`starts_in_the_past`, `too_far_ahead`,
    `start_not_on_a_cell`, `nobody_can`, `resource_cannot_serve`) and TimeTaken with what is taken there.
    """
    refuse_unless_may(by=by, act=Act.MOVE)
    refuse_foreign(by=by, unknown_session=session, unknown_site=to.site, unknown_practitioner=to.practitioner)
    leads_on(session=session, act=timing_act(session))
    refuse_if_any(start_problems(starts_at=to.starts_at, now=now))
    course = course_of(plan=session.plan) if session.plan else None
    placed, hours = _placed(session, course, to, now)
    if course is None:
        ripple = Ripple(None, ((session, placed),), ())
    else:
        ripple = ripple_after(course=course, first=placed, asked=asked, now=now)
    return replace(ripple, problems=(*hours, *ripple.problems, *_rest_problems(ripple)))


def _rest_problems(ripple: Ripple) -> Iterator[Problem]:
    """Of what gets another date; whoever moves is asked the same when the act closes."""
    dated = [(one, placed.local_date) for one, placed in ripple.moved if one.local_date != placed.local_date]
    if not dated:
        return
    first, taking = dated[0][0], [session.pk for session, _ in dated]
    standing = Standing.of_patients([first.patient_id], clinic_id=first.clinic_id, but=taking)
    for session, on in dated:
        if (problem := problem_on(session, on, standing)) is not None:
            yield problem


def preview_ripple(*, plan: Plan, asked: RippleAsked, by: Actor, now: datetime) -> Ripple:
    """What a course does about a session that became due in its midst, or whose hours are open no more.

    Raises NotAllowed and Unknown.
    """
    refuse_unless_may(by=by, act=Act.MOVE)
    refuse_foreign(by=by, unknown_plan=plan)
    return ripple_after(course=course_of(plan=plan), first=None, asked=asked, now=now)


def move_sessions(
    *, plan: Plan, proposal: Proposal, terms: MoveTerms, by: Actor, now: datetime
) -> list[Session]:
    """Give sessions of a course the times of the proposal, all or none; the patient gets one message.

    Raises NotAllowed, Unknown, Conflict `proposal_stale`, StateForbids, Refused with every rule that says no
    and that the actor did not or may not set aside, and TimeTaken. Locks: patient, plan, site hours, hold,
    sessions, those that change seats for it, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.MOVE)
    refuse_foreign(by=by, unknown_plan=plan)
    scope = ActScope.of_plan(plan, sites={placed.site_id for placed in proposal.sessions})
    with course_act(by=by, now=now, scope=scope) as act:
        refuse_if_any(erasure_problems(patient=act.patient(plan)))
        course = act.course(plan)
        if proposal.plan_version != course.plan.version:
            raise stale()
        is_treated = any(placed.key.kind == TREATMENT for placed in proposal.sessions)
        plan_leads_on(plan=course.plan, act=PlanAct.BOOK if is_treated else PlanAct.BOOK_REVIEW)
        of_key = course.by_key
        if any(placed.key not in of_key for placed in proposal.sessions):
            raise stale()
        pairs = tuple((of_key[placed.key], placed) for placed in proposal.sessions)
        act.can_be_undone(CourseActKind.MOVED, course.plan)
        return carry_out(Retiming(act, course, pairs, terms))


def move_session(
    *, session: Session, ripple: Ripple, terms: MoveTerms, by: Actor, now: datetime
) -> list[Session]:
    """Move the session as it was previewed; with its course, if that is what the preview says.

    Raises what `move_sessions` raises, and Refused with what the ripple cannot solve.
    """
    refuse_if_any(problem for problem in ripple.problems if problem.kind is ProblemKind.BLOCKER)
    if session.plan is not None and ripple.proposal is not None:
        return move_sessions(plan=session.plan, proposal=ripple.proposal, terms=terms, by=by, now=now)
    refuse_unless_may(by=by, act=Act.MOVE)
    [(_, placed)] = ripple.moved
    scope = ActScope.of_session(session, sites=[placed.site_id])
    with course_act(by=by, now=now, scope=scope) as act:
        locked = act.session(session)
        refuse_if_any(erasure_problems(patient=act.patient(locked)))
        act.can_be_undone(CourseActKind.MOVED, locked)
        return carry_out(Retiming(act, None, ((locked, placed),), terms))


def _placed(
    session: Session, course: Course | None, to: Destination, now: datetime
) -> tuple[PlacedSession, list[Problem]]:
    """The session at its new start with whoever it had, as far as they can; and what the hours say to it."""
    site = to.site or session.site
    if site is None:
        assert course is not None, "a lone session is somewhere"
        site = course.home_site(now)
    # One that is due is with those whom the patient met last.
    had = {part["resource"] for part in session.cast or _last_cast(course)}
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
        _refuse_busy(look, session, site)
    return look.placed(key=key_of(session)), hours


def _last_cast(course: Course | None) -> list[dict[str, Any]]:
    sessions = course.sessions if course else ()
    return next((one.cast for one in reversed(sessions) if one.cast), [])


def _refuse_busy(look: SingleStartCheck, session: Session, site: Site) -> NoReturn:
    """Nobody was faster here: the time was never free."""
    try:
        refuse_if_taken(look.in_the_way(look.busy), patient=session.patient, zone=site.tz)
    except TimeTaken as taken:
        who = dict.fromkeys(one["resource"]["name"] for one in taken.details["taken"])
        sentence = _("Not free at that time: {who}. Choose another time.", who=", ".join(who))
        raise TimeTaken("time_taken", sentence, taken.details) from None
    raise taken_by_someone()
