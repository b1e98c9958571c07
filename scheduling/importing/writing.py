"""Writing one imported course: what was done, what is booked and what stays due, or nothing of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import refuse_if_any
from clinic.identity.actors import Actor
from clinic.models import NamedKind, Patient, ResourceKind
from clinic.people.care import take_into_care
from clinic.people.external_id_kinds import Name, name_of
from clinic.people.external_ids import write_names
from clinic.people.patients import erasure_problems
from clinic.plain_text import lines
from clinic.time.wall_clock import local_date
from scheduling.booking.reserve import Reservation, take_locked
from scheduling.courses.act import course_act
from scheduling.courses.course import Course, key_of
from scheduling.courses.open_act import OpenAct
from scheduling.courses.prescribe import write_course
from scheduling.courses.scope import ActScope
from scheduling.courses.states import complete_if_done
from scheduling.importing.csv_tables import Flaw
from scheduling.importing.lines import CourseLines
from scheduling.importing.lookup import Directory, Wanted
from scheduling.importing.placing import Pencil, Visitor, grounds_of, places_on
from scheduling.models import Outcome as SessionOutcome
from scheduling.models import Session, SessionStatus
from treatments.cadence import TREATMENT, Key
from treatments.models import Plan, Protocol
from treatments.prescribing import Prescription, problems_with

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


def write(to_write: CourseToWrite, *, by: Actor, now: datetime) -> None:
    """Write the course with its claims, names, reminders, trail and changes, all or nothing.

    Raises Flawed for time that was taken meanwhile, NameTaken for a course that another import brought,
    and what prescribing raises. Locks: catalogue at its first use, patient, site hours, holds that ran
    out, pages, change counter.
    """
    with course_act(by=by, now=now, scope=_scope(to_write)) as act:
        act.brings_over, act.waiver = True, REASON
        begun = _begun(act, to_write)
        sessions = begun.treatments
        _name(to_write, begun, now=now)
        _set_windows(begun, {one.line.number: one.on for one in to_write.wanted}, by=by)
        for one in to_write.wanted:
            session = sessions[one.line.number]
            session.desk_note = _desk_note(one)
            if one.line.is_done:
                _set_done(session, one)
        booked = _take_time(act, to_write, sessions)
        _remember(act, to_write, begun, booked)


def _scope(to_write: CourseToWrite) -> ActScope:
    protocol = to_write.known.protocols.get(to_write.course.protocol)
    types = {row.pk: row for row in to_write.known.session_types.values()}
    kinds = {types[one.session_type_id] for one in to_write.wanted}
    return ActScope(
        catalogue=frozenset(kinds if protocol is None else [protocol]),
        patients=frozenset([to_write.patient.pk]),
        sites=frozenset(one.site.pk for one in to_write.wanted if not one.line.is_done),
    )


def _begun(act: OpenAct, to_write: CourseToWrite) -> _Begun:
    protocol = to_write.known.protocols.get(to_write.course.protocol)
    if protocol is None:
        return _Begun(None, _sessions(act, to_write))
    first_on, today = to_write.wanted[0].on, local_date(act.now, to_write.known.home.tz)
    people = [one for one in to_write.wanted[0].resources if one.kind == ResourceKind.PRACTITIONER]
    prescription = Prescription(
        patient=to_write.patient,
        protocol=protocol,
        session_count=_session_count(to_write.course, protocol),
        prescribed_by=people[0] if people else None,
        prescribed_on=min(first_on, today),
    )
    course = write_course(act, prescription=prescription)
    act.begin(course.sessions)
    return _Begun(course, course.sessions)


def _sessions(act: OpenAct, to_write: CourseToWrite) -> list[Session]:
    patient = act.rows.patients[to_write.patient.pk]
    refuse_if_any(erasure_problems(patient=patient))
    sessions = [
        Session(
            clinic_id=patient.clinic_id,
            patient=patient,
            session_type_id=one.session_type_id,
            number=one.line.number,
            created_at=act.now,
            changed_at=act.now,
        )
        for one in to_write.wanted
    ]
    act.begin(sessions)
    return sessions


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


def _take_time(act: OpenAct, to_write: CourseToWrite, sessions: Mapping[int, Session]) -> Reservation:
    """Lock before looking, then give every session to come its place. Raises Flawed."""
    patient = to_write.patient
    booked = [one for one in to_write.wanted if not one.line.is_done]
    if not booked:
        return Reservation((), patient)
    grounds = grounds_of(booked, patient=patient, now=act.now)
    stretches = [
        stretch for ground in grounds for stretch in (*ground.stretches, *ground.of_patient(patient.diary_id))
    ]
    pages = act.lock_pages(stretches)
    grounds = [ground.as_locked() for ground in grounds]
    places = places_on(grounds, visitor=to_write.visitor, pencil=Pencil())
    if places.flaws:
        raise Flawed(to_write.name, places.flaws)
    pairs = tuple((sessions[one.line.number], places.placed[one.line.line]) for one in booked)
    taken = Reservation(pairs, patient)
    take_locked(act, taken, pages=pages)
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


def _remember(act: OpenAct, to_write: CourseToWrite, begun: _Begun, booked: Reservation) -> None:
    """Care and the trail; a course of which all is done is completed."""
    people = {
        resource.pk
        for one in to_write.wanted
        for resource in one.resources
        if resource.kind == ResourceKind.PRACTITIONER
    }
    take_into_care(patient=to_write.patient, practitioner_ids=people, now=act.now)
    about = begun.plan or begun.sessions[0]
    told = {"sessions": booked.times}
    act.record(AuditRecord(AuditAction.IMPORTED, about, [to_write.patient.uuid], after=told))
    if begun.plan is not None:
        complete_if_done(act.course(begun.plan))


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
