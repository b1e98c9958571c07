"""Writing one imported course: what was done, what is booked and what stays due, or nothing of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from clinic.audit_trail.write import AuditAction
from clinic.errors import refuse_if_any
from clinic.hours.working_time import share_hours
from clinic.identity.actors import Actor
from clinic.models import NamedKind, Patient, ResourceKind
from clinic.people.care import take_into_care
from clinic.people.external_id_kinds import Name, name_of
from clinic.people.external_ids import write_names
from clinic.people.patients import erasure_problems, lock_patient
from clinic.plain_text import lines
from clinic.time.wall_clock import local_date
from scheduling.booking.release import lock_time
from scheduling.booking.reserve import Reservation, ReservationEffects, record, take_locked, tell
from scheduling.courses.course import Course, key_of
from scheduling.courses.prescribe import write_course
from scheduling.importing.csv_tables import Flaw
from scheduling.importing.lines import CourseLines
from scheduling.importing.lookup import Directory, Wanted
from scheduling.importing.placing import Pencil, Visitor, grounds_of, places_on
from scheduling.messages.reminders import plan_reminders
from scheduling.models import Outcome as SessionOutcome
from scheduling.models import Session, SessionStatus
from treatments.cadence import TREATMENT, Key
from treatments.models import Plan, PlanState, Protocol
from treatments.prescribing import Prescription, problems_with
from treatments.versions.freeze import freeze_session_type

WAIVED = "outside_window"
REASON = "import"


class Flawed(Exception):
    """A course that is not imported, and why."""

    def __init__(self, name: Name | None, flaws: Iterable[Flaw]) -> None:
        self.name, self.flaws = name, list(flaws)
        super().__init__(" ".join(flaw.sentence for flaw in self.flaws))


@dataclass(frozen=True, slots=True)
class CourseToWrite:
    """A course whose lines name nothing unknown."""

    course: CourseLines
    name: Name
    wanted: tuple[Wanted, ...]
    visitor: Visitor
    known: Directory

    @property
    def patient(self) -> Patient:
        assert self.visitor.patient is not None, "an import that applies registers patients first"
        return self.visitor.patient


@dataclass(frozen=True, slots=True)
class SessionTypes:
    """Line → what happens in its session."""

    by_line: Mapping[int, int]
    flaws: tuple[Flaw, ...]


def session_types(course: CourseLines, *, known: Directory) -> SessionTypes:
    """What happens in each session, as the protocol says it or as the line does."""
    line = course.first.line
    if course.protocol:
        protocol = known.protocols.get(course.protocol)
        if protocol is None:
            sentence = f"There is no protocol “{course.protocol[:60]}”. Give its key."
            return SessionTypes({}, (Flaw(line, "unknown_protocol", sentence),))
        rules = known.rules(protocol, _session_count(course, protocol))
        by_number = {rule.key.number: rule.session_type_id for rule in rules if rule.key.kind == TREATMENT}
        return SessionTypes({one.line: by_number[one.number] for one in course.lines}, ())
    found, flaws = {}, []
    for one in course.lines:
        key = one.row["session_type"]
        if key in known.session_types:
            found[one.line] = known.session_types[key].pk
        elif key:
            sentence = f"There is no session type “{key[:60]}”. Give its key."
            flaws.append(Flaw(one.line, "unknown_session_type", sentence))
    return SessionTypes(found, tuple(flaws))


def prescription_flaws(course: CourseLines, *, known: Directory, by: Actor) -> list[Flaw]:
    """Every rule that the prescription of the course does not keep."""
    protocol = known.protocols.get(course.protocol)
    if protocol is None:
        return []
    # Whether the patient was erased is asked under the lock.
    asked = Prescription(Patient(), protocol, _session_count(course, protocol))
    problems = problems_with(asked, protocol=protocol, by=by)
    return [Flaw(course.first.line, problem.code, problem.sentence) for problem in problems]


@dataclass(frozen=True, slots=True)
class _Begun:
    """The rows of a course before any has a time; without one, sessions of their own."""

    course: Course | None
    sessions: Sequence[Session]

    @property
    def plan(self) -> Plan | None:
        return self.course.plan if self.course else None

    @property
    def treatments(self) -> dict[int, Session]:
        return {session.number: session for session in self.sessions if session.kind == TREATMENT}


_FIELDS = [
    "status", "site", "earliest_on", "target_on", "latest_on", "local_date", "local_time", "finished_at",
    "outcome", "is_done_elsewhere", "done_at", "waived", "desk_note",
]  # fmt: skip


def write(to_write: CourseToWrite, *, by: Actor, now: datetime) -> None:
    """Write the course with its claims, names, reminders, trail and changes, all or nothing.

    Raises Flawed for time that was taken meanwhile, NameTaken for a course that another import brought,
    and what prescribing raises. Locks: catalogue at its first use, patient, site hours, holds that ran
    out, pages, change counter.
    """
    with transaction.atomic():
        begun = _begun(to_write, by=by, now=now)
        sessions = begun.treatments
        _name(to_write, begun, now=now)
        _set_windows(begun, {one.line.number: one.on for one in to_write.wanted}, by=by)
        for one in to_write.wanted:
            session = sessions[one.line.number]
            session.desk_note = _desk_note(one)
            if one.line.is_done:
                _set_done(session, one)
        booked = _take_time(to_write, sessions, now=now)
        Session.objects.rewrite(begun.sessions, fields=_FIELDS)
        _remember(to_write, begun, booked, by=by, now=now)


def _begun(to_write: CourseToWrite, *, by: Actor, now: datetime) -> _Begun:
    protocol = to_write.known.protocols.get(to_write.course.protocol)
    if protocol is None:
        return _Begun(None, _sessions(to_write, now=now))
    first_on, today = to_write.wanted[0].on, local_date(now, to_write.known.home.tz)
    people = [one for one in to_write.wanted[0].resources if one.kind == ResourceKind.PRACTITIONER]
    prescription = Prescription(
        patient=to_write.patient,
        protocol=protocol,
        session_count=_session_count(to_write.course, protocol),
        prescribed_by=people[0] if people else None,
        prescribed_on=min(first_on, today),
    )
    course = write_course(prescription=prescription, by=by, now=now)
    return _Begun(course, course.sessions)


def _sessions(to_write: CourseToWrite, *, now: datetime) -> list[Session]:
    types = {row.pk: row for row in to_write.known.session_types.values()}
    for pk in sorted({one.session_type_id for one in to_write.wanted}):
        freeze_session_type(session_type=types[pk], now=now)
    patient = lock_patient(patient_id=to_write.patient.pk)
    refuse_if_any(erasure_problems(patient=patient))
    return Session.objects.bulk_create(
        [
            Session(
                clinic_id=patient.clinic_id,
                patient=patient,
                session_type_id=one.session_type_id,
                number=one.line.number,
                created_at=now,
                changed_at=now,
            )
            for one in to_write.wanted
        ]
    )


def _set_windows(begun: _Begun, dates: Mapping[int, date], *, by: Actor) -> None:
    """Windows counted from what happened and what is booked; dates outside of theirs are waived."""
    if begun.course is None:
        return
    happened = {Key(TREATMENT, number): on for number, on in dates.items()}
    windows = begun.course.windows_of(begun.sessions, dates=happened)
    for session in begun.sessions:
        window, on = windows[key_of(session)], happened.get(key_of(session))
        session.window = window
        if on is not None and not window.holds(on):
            session.waived = [{"code": WAIVED, "reason": REASON, "by": str(by)}]


def _set_done(session: Session, one: Wanted) -> None:
    """As what was done elsewhere: it has its date and its place, holds no time here, and counts."""
    session.status, session.outcome = SessionStatus.COMPLETED, SessionOutcome.GIVEN
    session.is_done_elsewhere, session.done_at = True, one.site.name
    session.site, session.local_date, session.local_time = one.site, one.on, one.local.time()
    session.finished_at = one.starts_at


def _take_time(to_write: CourseToWrite, sessions: Mapping[int, Session], *, now: datetime) -> Reservation:
    """Lock before looking, then give every session to come its place. Raises Flawed."""
    patient = to_write.patient
    booked = [one for one in to_write.wanted if not one.line.is_done]
    if not booked:
        return Reservation((), patient)
    share_hours(site_ids={one.site.pk for one in booked})
    grounds = grounds_of(booked, patient=patient, now=now)
    stretches = [
        stretch for ground in grounds for stretch in (*ground.stretches, *ground.of_patient(patient.diary_id))
    ]
    pages = lock_time(clinic_id=patient.clinic_id, stretches=stretches, now=now)
    grounds = [ground.as_locked() for ground in grounds]
    places = places_on(grounds, visitor=to_write.visitor, pencil=Pencil())
    if places.flaws:
        raise Flawed(to_write.name, places.flaws)
    pairs = tuple((sessions[one.line.number], places.placed[one.line.line]) for one in booked)
    taken = Reservation(pairs, patient)
    take_locked(taken, pages=pages, now=now)
    return taken


def _name(to_write: CourseToWrite, begun: _Begun, *, now: datetime) -> None:
    """What the other system calls all this, before any time is looked for: of two imports one goes on."""
    clinic_id, named = to_write.patient.clinic_id, begun.treatments
    if begun.plan is not None:
        write_names(kind=NamedKind.PLAN, named={to_write.name: begun.plan.uuid}, clinic_id=clinic_id, now=now)
    names = {
        session_name(to_write.name, one.line.number): named[one.line.number].uuid for one in to_write.wanted
    }
    write_names(kind=NamedKind.SESSION, named=names, clinic_id=clinic_id, now=now)


def _remember(
    to_write: CourseToWrite, begun: _Begun, booked: Reservation, *, by: Actor, now: datetime
) -> None:
    """Care, trail, reminders and, as the last act, the change log."""
    people = {
        resource.pk
        for one in to_write.wanted
        for resource in one.resources
        if resource.kind == ResourceKind.PRACTITIONER
    }
    take_into_care(patient=to_write.patient, practitioner_ids=people, now=now)
    tell(AuditAction.IMPORTED, booked, about=begun.plan or begun.sessions[0], by=by, now=now)
    clinic, with_time = to_write.known.home.clinic, [session for session, _ in booked.pairs]
    plan_reminders(sessions=with_time, clinic=clinic, now=now)
    timed = {session.pk for session in with_time}
    others = [session for session in begun.sessions if session.pk not in timed]
    if begun.plan is not None and all(s.status == SessionStatus.COMPLETED for s in begun.sessions):
        begun.plan.state = PlanState.COMPLETED
        begun.plan.save(update_fields=["state"])
    record(booked, plan=begun.plan, also=others, taken=ReservationEffects(), now=now)


def _desk_note(one: Wanted) -> str:
    """The note of the line, and what the rows cannot say: the odd minute, and who served in what is done."""
    said = [lines(one.line.note)]
    if one.is_odd:
        said.append(f"Imported: at {one.local:%H:%M}.")
    if one.line.is_done and one.resources:
        said.append(f"Imported: with {', '.join(resource.name for resource in one.resources)}.")
    return "\n".join(filter(None, said))


def session_name(course: Name, number: int) -> Name:
    return name_of(system=course.system, value=f"{course.value}/{number}")


def _session_count(course: CourseLines, protocol: Protocol) -> int:
    return max(course.sessions_at_least, protocol.min_sessions)
