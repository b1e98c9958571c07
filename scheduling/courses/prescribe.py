"""A course is a plan with its sessions: prescribe one."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.sentences import sentence as _
from scheduling.courses.act import course_act
from scheduling.courses.course import Course, due_session, key_of
from scheduling.courses.done_elsewhere import Elsewhere, place_problems, set_done
from scheduling.courses.open_act import OpenAct
from scheduling.courses.scope import ActScope
from scheduling.models import Session
from treatments.cadence import TREATMENT, Key
from treatments.models import Plan
from treatments.prescribing import Prescription, prescribe


def prescribe_course(
    *, prescription: Prescription, done: Sequence[Elsewhere] = (), by: Actor, now: datetime
) -> Plan:
    """Write a prescription and its course: every session due, with a window and without a time.

    `done` are its first sessions if it was begun elsewhere: they count, and the rest is counted from them.
    Raises what `treatments.prescribing.prescribe` raises, and Refused (`fewer_than_done`,
    `done_in_the_future`, `place_missing`, `place_too_long`, `out_of_order`). Nothing is half written.
    """
    # Prescribing locks the catalogue and the patient itself.
    with course_act(by=by, now=now, scope=ActScope()) as act:
        course = write_course(act, prescription=prescription, done=done)
        act.add(course.sessions)
    return course.plan


def write_course(act: OpenAct, *, prescription: Prescription, done: Sequence[Elsewhere] = ()) -> Course:
    """The same in an open act; the sessions are the caller's to write."""
    plan = act.begin_course(prescribe(prescription=prescription, by=act.by, now=act.now))
    refuse_if_any(_done_problems(plan, done))
    course = act.course(plan)
    windows = course.windows({Key(TREATMENT, number): one.on for number, one in enumerate(done, start=1)})
    sessions = [due_session(plan=plan, rule=rule, now=act.now) for rule in course.rules]
    for session in sessions:
        session.window = windows[key_of(session)]
    for session, one in zip(sessions, done, strict=False):
        set_done(session, one)
    _note_done(act, sessions[: len(done)], plan)
    return course.with_sessions(sessions)


def _done_problems(plan: Plan, done: Sequence[Elsewhere]) -> Iterator[Problem]:
    if len(done) > plan.session_count:
        yield Problem(
            "fewer_than_done",
            ProblemKind.BLOCKER,
            _("{given} sessions were given already. Prescribe {given} or more.", given=len(done)),
        )
    for one in done:
        yield from place_problems(one, today=plan.prescribed_on)
    if any(after.on <= before.on for before, after in pairwise(done)):
        yield Problem(
            "out_of_order",
            ProblemKind.BLOCKER,
            _("The sessions of a course follow each other on different days. Look at their dates."),
        )


def _note_done(act: OpenAct, sessions: Sequence[Session], plan: Plan) -> None:
    for session in sessions:
        after = {"status": session.status, "on": session.local_date, "place": session.done_at}
        act.record(AuditRecord(AuditAction.RECORDED_ELSEWHERE, session, [plan.patient.uuid], after=after))
