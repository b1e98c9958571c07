"""Amending a course in its midst: how many sessions, how far apart, by which protocol, with what wishes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import Conflict, Problem, ProblemKind
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may, set_aside, waived_entry
from clinic.lookup import refuse_foreign
from clinic.plain_text import one_line
from clinic.sentences import counted, joined
from clinic.sentences import sentence as _
from scheduling.course_changes.cancel import Ending, end_sessions
from scheduling.courses.act import course_act
from scheduling.courses.course import Course, key_of, next_attempts
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.courses.states import PlanAct, complete_if_done, plan_leads_on
from scheduling.models import AHEAD, Session, SessionStatus, Telling
from treatments.cadence import MOST_SESSIONS, TREATMENT, Key, Rule
from treatments.models import Plan, Protocol
from treatments.prescribing import OUT_OF_RANGE, Prescription, problems_with, refuse_strangers
from treatments.wishes import Wishes, wishes_from

LONGEST_INTERVAL_DAYS = 365
_BEGUN = (SessionStatus.ARRIVED, SessionStatus.IN_TREATMENT, SessionStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from one treatment to the next; None is what the protocol says."""

    days: int | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is to be otherwise; None stays as it is. A `reason` sets aside; `told` is how patients hear."""

    session_count: int | None = None
    interval: Interval | None = None
    protocol: Protocol | None = None
    wishes: Wishes | None = None
    indication: str | None = None
    harvest_site: str | None = None
    reason: str = ""
    told: Telling = Telling.BY_MAIL


@dataclass(frozen=True, slots=True)
class Amended:
    """The course as it is meant now: what is new and due, what is off, what stands at odds with it."""

    plan: Plan
    added: tuple[Session, ...] = ()
    cancelled: tuple[Session, ...] = ()
    warnings: tuple[Problem, ...] = ()


def amend_course(*, plan: Plan, amendment: Amendment, by: Actor, now: datetime) -> Amended:
    """Change what a course is meant to be, all in one act. Booked sessions are never moved by it.

    Sessions beyond a smaller number are cancelled, booked ones too. Those that are due follow the new
    rules; booked ones that lie outside their windows now are named in `warnings`.

    Raises NotAllowed, Unknown, StateForbids, Conflict (`course_changed`, `protocol_outdated`) and Refused:
    what prescribing refuses, `fewer_than_done`, `interval_out_of_range`, `interval_fixed`,
    `protocol_differs`, `booked_otherwise`. Locks: catalogue at a protocol's first use, patient, plan, hold,
    sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.AMEND)
    refuse_foreign(by=by, unknown_plan=plan)
    with course_act(by=by, now=now, scope=_scope(plan, amendment, by)) as act:
        locked = act.plan(plan)
        plan_leads_on(plan=locked, act=PlanAct.AMEND)
        if locked.version != plan.version:
            raise Conflict(
                "course_changed", _("This course was changed a moment ago. Open it and look again.")
            )
        before = _values(locked)
        problems = list(_prescribe_problems(act.course(plan), amendment, by, now))
        _take_over(locked, amendment)
        meant = act.course(plan)
        problems += _rhythm_problems(meant, amendment)
        problems += _booked_problems(meant, amendment, now)
        waived = set_aside(problems=problems, waiver=amendment.reason, by=by)
        entries = (waived_entry(code=p.code, reason=amendment.reason, by=by, now=now) for p in waived)
        locked.waived = [*locked.waived, *entries]
        act.touch(locked)
        done = _carry_out(act, meant, amendment)
        changed = _values(locked) | _said(done, amendment)
        patients = [act.patient(locked).uuid]
        act.record(AuditRecord(AuditAction.AMENDED_COURSE, locked, patients, before, changed))
    return done


def _scope(plan: Plan, amendment: Amendment, by: Actor) -> ActScope:
    protocol = amendment.protocol
    if protocol is None or protocol.clinic_id != by.clinic_id:
        return ActScope.of_plan(plan)
    return replace(ActScope.of_plan(plan), catalogue=frozenset([protocol]))


def _newly_wished(plan: Plan, amendment: Amendment) -> Wishes:
    """Who asks for nobody new may ask for somebody who has left since, or whom they do not see."""
    wishes = amendment.wishes or Wishes()
    is_as_it_was = wishes.companion == wishes_from(plan.wishes).companion
    return replace(wishes, companion=None) if is_as_it_was else wishes


def _prescribe_problems(course: Course, amendment: Amendment, by: Actor, now: datetime) -> Iterator[Problem]:
    """Whatever would stand against prescribing it like that today. Raises Unknown and Conflict."""
    plan, protocol = course.plan, amendment.protocol or course.plan.protocol
    prescription = Prescription(
        patient=plan.patient,
        protocol=protocol,
        session_count=plan.session_count if amendment.session_count is None else amendment.session_count,
        wishes=_newly_wished(plan, amendment),
        indication=plan.indication if amendment.indication is None else one_line(amendment.indication),
        harvest_site=plan.harvest_site if amendment.harvest_site is None else amendment.harvest_site,
        waiver=amendment.reason,
    )
    refuse_strangers(prescription, by=by, now=now)
    is_counted = amendment.session_count is not None or amendment.protocol is not None
    for problem in problems_with(prescription, protocol=protocol, by=by):
        # What was set aside when it was prescribed is asked again only if it changes.
        if problem.code != OUT_OF_RANGE or is_counted:
            yield problem
    if amendment.protocol is not None:
        yield from _protocol_problems(plan, amendment.protocol)
    done = [s.number for s in course.sessions if s.kind == TREATMENT and s.status in _BEGUN]
    if amendment.session_count is not None and 1 <= amendment.session_count < max(done, default=0):
        sentence = _(
            "{given} sessions were given already. Amend to {given} or more, or cancel the rest.",
            given=max(done),
        )
        yield Problem("fewer_than_done", ProblemKind.BLOCKER, sentence)


def _protocol_problems(plan: Plan, protocol: Protocol) -> Iterator[Problem]:
    # Read after freezing: until then a loader may have replaced it.
    protocol.refresh_from_db()
    if protocol.key != plan.protocol.key:
        sentence = _(
            "{protocol} is another treatment. Stop this course and prescribe that one.",
            protocol=protocol.name,
        )
        yield Problem("protocol_differs", ProblemKind.BLOCKER, sentence)
    elif not protocol.is_current and protocol.pk != plan.protocol_id:
        raise Conflict(
            "protocol_outdated",
            _("{protocol} has a newer version. Choose the protocol again.", protocol=protocol.name),
        )


def _take_over(plan: Plan, amendment: Amendment) -> None:
    """The plan as it would be, not written yet."""
    if amendment.session_count is not None:
        # What is out of these bounds is refused, but its rules are looked at first.
        plan.session_count = min(max(amendment.session_count, 1), MOST_SESSIONS)
    if amendment.interval is not None:
        plan.interval_days = amendment.interval.days
    if amendment.protocol is not None:
        plan.protocol = amendment.protocol
    if amendment.wishes is not None:
        plan.wishes = amendment.wishes.as_json()
    if amendment.indication is not None:
        plan.indication = one_line(amendment.indication)
    if amendment.harvest_site is not None:
        plan.harvest_site = amendment.harvest_site


def _rhythm_problems(course: Course, amendment: Amendment) -> Iterator[Problem]:
    plan = course.plan
    if amendment.interval is None or amendment.interval.days is None:
        return
    if not 1 <= amendment.interval.days <= LONGEST_INTERVAL_DAYS:
        yield Problem(
            "interval_out_of_range",
            ProblemKind.BLOCKER,
            _("There are 1 to {most} days between two sessions. Enter how many.", most=LONGEST_INTERVAL_DAYS),
        )
    elif plan.session_count > 1 and not _follows_interval(course):
        sentence = _(
            "{protocol} counts its sessions from the first one, so they have no common interval. "
            "Choose another protocol.",
            protocol=plan.protocol.name,
        )
        yield Problem("interval_fixed", ProblemKind.BLOCKER, sentence)


def _follows_interval(course: Course) -> bool:
    """Whether any session of the course is as far from the one before as the plan says."""
    wanted = (0, course.plan.interval_days)
    return any(
        rule.target == wanted and rule.anchor_key == Key(TREATMENT, rule.key.number - 1)
        for rule in course.rules
        if rule.key.kind == TREATMENT
    )


def _booked_problems(course: Course, amendment: Amendment, now: datetime) -> Iterator[Problem]:
    """Sessions ahead that another version of the protocol would have otherwise: they stay as booked."""
    if amendment.protocol is None:
        return
    otherwise = [
        session
        for session in course.sessions
        if session.status in AHEAD
        and session.starts_at is not None
        and session.starts_at > now
        and course.session_types.get(key_of(session), session.session_type_id) != session.session_type_id
    ]
    if otherwise:
        yield Problem(
            "booked_otherwise",
            ProblemKind.WAIVABLE,
            counted(
                "{sessions} is booked as the old version has it. Give the times back first, or let a "
                "practitioner keep them with a reason.",
                "{sessions} are booked as the old version has it. Give the times back first, or let a "
                "practitioner keep them with a reason.",
                count=len(otherwise),
                sessions=joined((key_of(one).words for one in otherwise), by=", "),
            ),
        )


def _carry_out(act: OpenAct, meant: Course, amendment: Amendment) -> Amended:
    """Sessions follow the rules: those that lack are due, those beyond them are off."""
    plan, rules = meant.plan, {rule.key: rule for rule in meant.rules}
    beyond = [s for s in meant.sessions if key_of(s) not in rules and s.status not in _BEGUN]
    reason = amendment.reason or f"The course was amended to {plan.session_count} sessions."
    end_sessions(act, beyond, ending=Ending(reason=reason, told=amendment.told), plan=plan)
    standing = act.course(plan).by_key
    for key, session in standing.items():
        if key in rules:
            _follow(session, rules[key])
    missing = [rule for key, rule in rules.items() if key not in standing]
    added = next_attempts(plan=plan, rules=missing, now=act.now)
    act.add(added)
    # The plan as amended is what windows are counted by.
    act.counts_booked = True
    act.count_windows(plan)
    course = act.course(plan)
    complete_if_done(course)
    return Amended(plan, tuple(added), tuple(beyond), tuple(_outside(course)))


def _follow(session: Session, rule: Rule) -> None:
    """What was promised stays what it was booked as."""
    if session.status not in _BEGUN:
        session.step_id = rule.step_id
        session.session_type_id = rule.session_type_id if session.is_due else session.session_type_id


def _outside(course: Course) -> Iterator[Problem]:
    """Booked sessions that do not lie in the windows they have now."""
    for session in course.sessions:
        on, window = session.local_date, session.window
        if session.status not in AHEAD or on is None or window is None:
            continue
        if not window.holds(on):
            yield Problem(
                "outside_window",
                ProblemKind.WARNING,
                _(
                    "{session} is booked on {on:l j F Y}, outside the window it has now, "
                    "{earliest:l j F Y} to {latest:l j F Y}. Move it, or let the course move "
                    "after it.",
                    session=key_of(session).words,
                    on=on,
                    earliest=window.earliest,
                    latest=window.latest,
                ),
            )


def _values(plan: Plan) -> dict[str, Any]:
    """What the trail keeps of a plan before and after."""
    return {
        "protocol_version": plan.protocol.version,
        "session_count": plan.session_count,
        "interval_days": plan.interval_days,
        "indication": plan.indication,
        "harvest_site": plan.harvest_site,
        "wishes": plan.wishes,
        "waived": plan.waived,
    }


def _said(done: Amended, amendment: Amendment) -> dict[str, Any]:
    return {
        "added": [session.uuid for session in done.added],
        "cancelled": [session.uuid for session in done.cancelled],
        "reason": one_line(amendment.reason),
    }
