"""Patients who are here without a time, and the time they are given when some frees."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from clinic.audit_trail.write import AuditAction
from clinic.errors import Conflict, Problem, ProblemKind, Refused, Unknown, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Patient, Resource, Site
from clinic.people.patients import erasure_problems
from clinic.places.sites import active_sites
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date
from scheduling.attendance.attend import NotYet, note_done
from scheduling.attendance.completion import Completion
from scheduling.attendance.desk_act import AtDesk, at_desk, finish, refuse_what_is_old
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, due_alone, find_place, take_place
from scheduling.courses.act import course_act
from scheduling.courses.course import Course
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.courses.states import PLAN_STEPS, SessionAct, booking_act, leads_on
from scheduling.models import Session, SessionStatus
from scheduling.search.free_starts import StartsAsked, free_starts
from scheduling.search.single_start import start_problems
from treatments.cadence import TREATMENT
from treatments.models import PlanState, SessionType


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Who is here and what for: a kind of session, or the due session of their course that it is to be.

    With a `reason` the rest from another course is set aside, if the actor may do that. They came now, or at
    `came_at`, aware; with a completion they have left again.
    """

    patient: Patient
    session_type: SessionType | None = None
    site: Site | None = None
    session: Session | None = None
    reason: str = ""
    came_at: datetime | None = None
    completion: Completion | None = None


@dataclass(frozen=True, slots=True)
class TimeAsked:
    """When, an aware instant of today, or else as soon as anybody is free; with whom, if it matters."""

    starts_at: datetime | None = None
    practitioner: Resource | None = None


class HasATime(Conflict):
    """The session has a time already: moving it is another act."""


def walk_in(*, new: WalkIn, by: Actor, now: datetime) -> Session:
    """A patient is here without a time: they stand in the day as arrived, and claim nothing.

    Who came on a day before has left again, and what was done is asked for no rest. A due session that was
    taken up so already changes no more. Raises NotAllowed, Unknown, StateForbids, NotYet, and Refused
    (`patient_erased`, `plan_not_active`, `out_of_order`, `nothing_to_do`, `outcome_missing`, too little rest,
    what `complete` refuses). Locks: catalogue at its first use, patient, plan, session, change counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    refuse_foreign(
        by=by, unknown_patient=new.patient, unknown_session_type=new.session_type, unknown_site=new.site
    )
    if new.session is not None and new.session.patient_id != new.patient.pk:
        raise Unknown("unknown_session", _("There is no such session of this patient."))
    site = new.site or active_sites(clinic_id=by.clinic_id, now=now)[0]
    came_at = new.came_at or now
    came_on = local_date(came_at, site.tz)
    _refuse_another_day(new, came_on, local_date(now, site.tz), by=by, now=now)
    with course_act(by=by, now=now, scope=scope_of(new)) as act:
        act.waiver = new.reason
        refuse_if_any(erasure_problems(patient=act.rows.patients[new.patient.pk]))
        desk = _of_course(act, new.session, came_on) if new.session else _alone(act, new)
        if leads_on(session=desk.session, act=SessionAct.WALK_IN):
            desk.changes |= {"reason": ("", new.reason)} if new.reason else {}
            _come_in(desk, site, came_at)
            if new.completion is not None:
                note_done(desk, new.completion)
    return desk.session


def give_time(*, session: Session, asked: TimeAsked, by: Actor, now: datetime) -> Session:
    """Give one who is here a time of today: claims, as a booking has them. They stay arrived.

    Raises NotAllowed, Unknown, StateForbids, HasATime, TimeTaken, and Refused (`not_today`, what
    `book_session` refuses). Locks: patient, plan, site hours, session, the sessions that make room, pages,
    change counter.
    """
    refuse_unless_may(by=by, act=Act.ATTEND)
    refuse_foreign(by=by, unknown_session=session)
    scope = ActScope.of_session(session, sites=[session.site_id] if session.site_id else [])
    with at_desk(session=session, by=by, now=now, scope=scope) as desk:
        refuse_if_any(erasure_problems(patient=desk.act.patient(desk.session)))
        leads_on(session=desk.session, act=SessionAct.GIVE_TIME)
        _give_time(desk, asked)
        finish(desk, deed=AuditAction.GAVE_TIME, can_be_undone=False)
    return desk.session


def scope_of(new: WalkIn) -> ActScope:
    """What is locked for them."""
    if new.session is not None:
        return ActScope.of_session(new.session)
    kinds = [] if new.session_type is None else [new.session_type]
    return ActScope(catalogue=frozenset(kinds), patients=frozenset([new.patient.pk]))


def _refuse_another_day(new: WalkIn, came_on: date, today: date, *, by: Actor, now: datetime) -> None:
    if new.came_at is not None and new.came_at > now:
        sentence = _("That time is still to come. Enter who comes without a time once they are here.")
        raise NotYet("not_yet", sentence, {"on": str(came_on)})
    refuse_what_is_old(came_on, today=today, by=by)
    if came_on < today and new.completion is None:
        sentence = _("That day is over, so they have left again. Say what came of it.")
        raise Refused([Problem("outcome_missing", ProblemKind.BLOCKER, sentence)])


def _of_course(act: OpenAct, session: Session, came_on: date) -> AtDesk:
    desk = AtDesk(act, act.session(session))
    if desk.plan is not None and desk.session.status == SessionStatus.DUE:
        refuse_if_any(_course_problems(act.course(desk.plan), desk.session, came_on))
    return desk


def _alone(act: OpenAct, new: WalkIn) -> AtDesk:
    """A session of its own; it is nowhere else yet, so nobody has to be kept off."""
    if new.session_type is None:
        sentence = _("Say what the patient is here for: a kind of session, or a due session of their course.")
        raise Refused([Problem("nothing_to_do", ProblemKind.BLOCKER, sentence)])
    session = due_alone(patient=new.patient, session_type=new.session_type, now=act.now)
    act.begin([session])
    return AtDesk(act, session)


def _come_in(desk: AtDesk, site: Site, came_at: datetime) -> None:
    session = desk.session
    session.status = SessionStatus.ARRIVED
    session.site, session.local_date = site, local_date(came_at, site.tz)
    session.arrived_at = came_at
    finish(desk, deed=AuditAction.WALKED_IN)


def _give_time(desk: AtDesk, asked: TimeAsked) -> None:
    session = desk.session
    assert session.site is not None, "who is here is somewhere"
    if session.starts_at is not None:
        raise HasATime(
            "has_a_time", _("This session has a time already. Move it if it is to be at another one.")
        )
    wanted = SingleSession(
        patient=session.patient,
        session_type=session.session_type,
        starts_at=asked.starts_at or _next_free(desk, asked),
        site=session.site,
        practitioner=asked.practitioner,
        session=session,
    )
    refuse_if_any(
        [*start_problems(starts_at=wanted.starts_at, now=desk.now), *_day_problems(wanted, desk.today)]
    )
    take_place(desk.act, session, find_place(desk.act, wanted, site=session.site))


def _next_free(desk: AtDesk, asked: TimeAsked) -> datetime:
    """The next start of today at which the session can be. Raises TimeTaken and Refused."""
    session = desk.session
    found = free_starts(
        asked=StartsAsked(
            session_type=session.session_type,
            first_on=desk.today,
            last_on=desk.today,
            site=session.site,
            practitioner=asked.practitioner,
            patient=session.patient,
            keeps_rest=False,
            most=1,
        ),
        now=desk.now,
    )
    refuse_if_any(found.problems)
    if not found.starts:
        sentence = _("Nothing is free any more today. Wait until some time frees, or book another day.")
        raise TimeTaken("time_taken", sentence, {"taken": []})
    return found.starts[0].starts_at


def _day_problems(session: SingleSession, today: date) -> Iterator[Problem]:
    if session.site is not None and local_date(session.starts_at, session.site.tz) != today:
        yield Problem(
            "not_today", ProblemKind.BLOCKER, _("Who is here gets a time of today. Book other days as usual.")
        )


def _course_problems(course: Course, session: Session, today: date) -> Iterator[Problem]:
    plan = course.plan
    if plan.state not in PLAN_STEPS[booking_act(session)].begins:
        state = PlanState(plan.state).label.lower()
        yield Problem(
            "plan_not_active", ProblemKind.BLOCKER, _("This plan is {state}. Resume it first.", state=state)
        )
    if session.kind == TREATMENT:
        yield from _order_problems(session, course.treatments, today)


def _order_problems(session: Session, treatments: list[Session], today: date) -> Iterator[Problem]:
    """Those before it are done or were on days before; those after it are still to come."""
    before = [s for s in treatments if s.number < session.number]
    after = [s for s in treatments if s.number > session.number]
    is_next = all(s.local_date is not None and s.local_date < today for s in before)
    if not is_next or any(s.local_date is not None and s.local_date <= today for s in after):
        yield Problem(
            "out_of_order",
            ProblemKind.BLOCKER,
            _(
                "Session {number} is not next today. The sessions of a course follow each other "
                "on different days.",
                number=session.number,
            ),
        )
