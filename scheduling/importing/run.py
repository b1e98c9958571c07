"""Bringing patients and their sessions over from another system, line by line and course by course."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import OperationalError

from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import MessageConsent, NamedKind, Patient
from clinic.people.erased_names import refuse_erased_names
from clinic.people.external_id_kinds import Name, name_of
from clinic.people.external_ids import rows_named
from clinic.people.patients import NewPatient, refusals, register_patient
from clinic.people.phones import phones_in
from clinic.places.sites import country_at_home
from clinic.plain_text import one_line
from scheduling.importing.csv_tables import Flaw, Row, Table, rows_of
from scheduling.importing.lines import (
    BOOKING_COLUMNS,
    PATIENT_COLUMNS,
    CourseLines,
    birth_flaws,
    courses_in,
)
from scheduling.importing.lookup import (
    Directory,
    all_wanted,
    directory_of,
    flaw_of,
    flaws_in,
    naming_flaws,
    session_names,
)
from scheduling.importing.outcomes import Fate, Outcome, database_busy
from scheduling.importing.placing import Pencil, Visitor, grounds_of, places_on
from scheduling.importing.updating import Asked, compared, updated, way_of
from scheduling.importing.writing import (
    CourseToWrite,
    Flawed,
    prescription_flaws,
    session_types,
    write,
)
from scheduling.importing.written_times import DateOrder, day_from
from scheduling.people.upsert import patient_named


@dataclass(slots=True)
class _Import:
    """One run over a table: who runs it, and what it has seen so far.

    Of a course only its digest is remembered, so that memory hardly grows with the table.
    """

    by: Actor
    now: datetime
    applies: bool
    updates: bool
    dates: DateOrder | None
    country: str | None
    seen: set[int] = field(default_factory=set)

    def is_new(self, name: Name) -> bool:
        digest = hash(name)
        is_new = digest not in self.seen
        self.seen.add(digest)
        return is_new


def import_patients(
    *, table: Table, applies: bool, by: Actor, now: datetime, updates: bool = False
) -> Iterator[Outcome]:
    """Register the patients of a table, each on its own, and note their ids there; see docs/import.md.

    Unless it `applies`, nothing is written and everything that stands in the way is told. Of a patient whose
    id is known it is told what differs; only if it `updates` that is taken over. Raises NotAllowed.
    """
    refuse_unless_may(by=by, act=Act.IMPORT)
    run = _begun(table, applies, by, now, updates)
    return (
        replace(_patient(row, run), line_count=row.line_count)
        for row in rows_of(table.lines, columns=PATIENT_COLUMNS)
    )


def import_bookings(
    *, table: Table, patients: Container[Name], applies: bool, by: Actor, now: datetime
) -> Iterator[Outcome]:
    """Bring over the courses of a table, each as a whole or not at all, each in its own transaction.

    Unless it `applies`, nothing is written; then `patients` are those whom the same import would register.
    A course whose sessions are known stays as it is. Raises NotAllowed, and Unknown for a clinic without a
    site. Locks, for each course: what prescribing and booking lock, in their order.
    """
    refuse_unless_may(by=by, act=Act.IMPORT)
    run, known, pencil = _begun(table, applies, by, now), directory_of(by=by, now=now), Pencil()

    def outcome(course: CourseLines) -> Outcome:
        try:
            told = _course(course, run, known, patients, Pencil(under=None if applies else pencil))
        except Flawed as refusal:
            told = Outcome(Fate.REFUSED, course.first.line, refusal.name, tuple(refusal.flaws))
        return replace(told, line_count=course.line_count)

    rows = rows_of(table.lines, columns=BOOKING_COLUMNS)
    return (outcome(course) for course in courses_in(rows, dates=table.dates))


def _begun(table: Table, applies: bool, by: Actor, now: datetime, updates: bool = False) -> _Import:
    return _Import(by, now, applies, updates, table.dates, country_at_home(clinic_id=by.clinic_id))


def _patient(row: Row, run: _Import) -> Outcome:
    if not row.is_read:
        return Outcome(Fate.REFUSED, row.line, None, row.flaws)
    try:
        name = name_of(system=row["system"], value=row["id"])
    except ClinicError as refusal:
        return Outcome(Fate.REFUSED, row.line, None, (*row.flaws, *flaws_in(row.line, refusal)))
    if not run.is_new(name):
        flaw = Flaw(row.line, "id_twice", f"“{name}” stands on an earlier line. Leave one out.")
        return Outcome(Fate.REFUSED, row.line, name, (*row.flaws, flaw))
    if (known := patient_named(name=name, by=run.by)) is not None:
        return _known(known, row, name, run)
    new = _new_patient(row, name, run)
    refused = refusals(new=new, clinic_id=run.by.clinic_id, now=run.now)
    told = [flaw for refusal in refused for flaw in flaws_in(row.line, refusal)]
    flaws = (*row.flaws, *birth_flaws(row, run.dates), *told)
    if not flaws and run.applies:
        flaws = tuple(_registered(new, row.line, run))
    return Outcome(Fate.REFUSED if flaws else Fate.IMPORTED, row.line, name, flaws)


def _known(patient: Patient, row: Row, name: Name, run: _Import) -> Outcome:
    asked = Asked(row, name, run.country, run.dates)
    if run.updates:
        return updated(patient=patient, asked=asked, applies=run.applies, by=run.by, now=run.now)
    return compared(patient=patient, asked=asked, now=run.now)


def _new_patient(row: Row, name: Name, run: _Import) -> NewPatient:
    # Several numbers, or a remark beside one, are kept whole in the note.
    phones = phones_in(row["phone"], country=run.country)
    return NewPatient(
        given_name=row["given_name"],
        family_name=row["family_name"],
        born_on=day_from(row["born_on"], run.dates),
        email=row["email"],
        phone=phones.number if phones else row["phone"],
        external_ids=(name,),
        desk_note=f"Imported: phone {row['phone']}" if phones and phones.has_more else "",
        language=row["language"],
        message_consent=row["message_consent"].casefold() or MessageConsent.NOT_ASKED,
        consent_how=way_of(row["message_consent"]),
    )


def _registered(new: NewPatient, line: int, run: _Import) -> list[Flaw]:
    """Register the patient under their name there; why not, if somebody was faster."""
    try:
        register_patient(new=new, by=run.by, now=run.now)
    except ClinicError as refusal:
        return flaws_in(line, refusal)
    except OperationalError:
        return [database_busy(line)]
    return []


def _course(
    course: CourseLines, run: _Import, known: Directory, patients: Container[Name], pencil: Pencil
) -> Outcome:
    """What becomes of one course. Raises Flawed with everything that stands in its way."""
    if not any(line.row.is_read for line in course.lines):
        raise Flawed(None, course.flaws)
    name, names = _names(course)
    line = course.first.line
    if not run.is_new(name):
        sentence = "Its other lines stand elsewhere. Sort the table by course."
        raise Flawed(name, [*course.flaws, Flaw(line, "course_scattered", sentence)])
    if not course.flaws and _is_known(course, name, names, run):
        return Outcome(Fate.KNOWN, line, name)
    visitor, types = _visitor(course, patients, run), session_types(course, known=known)
    flaws = [
        *course.flaws,
        *(flaw for one in course.lines for flaw in naming_flaws(one, known=known, now=run.now)),
        *types.flaws,
        *prescription_flaws(course, known=known, by=run.by),
    ]
    wanted = all_wanted(course.lines, types=types.by_line, known=known, now=run.now)
    if visitor is None:
        raise Flawed(name, [*flaws, _nobody(course, run)])
    if run.applies and not flaws:
        return _written(CourseToWrite(course, name, tuple(wanted), visitor, known), names, run)
    grounds = grounds_of([one for one in wanted if one.line.is_booked], patient=visitor.patient, now=run.now)
    if flaws := [*flaws, *places_on(grounds, visitor=visitor, pencil=pencil).flaws]:
        raise Flawed(name, flaws)
    pencil.keep()
    return Outcome(Fate.IMPORTED, line, name)


def _written(to_write: CourseToWrite, names: Sequence[Name], run: _Import) -> Outcome:
    line = to_write.course.first.line
    try:
        write(to_write, by=run.by, now=run.now)
    except ClinicError as refusal:
        # The same import runs twice, and the other was faster.
        if set(names) <= set(rows_named(clinic_id=run.by.clinic_id, kind=NamedKind.SESSION, names=names)):
            return Outcome(Fate.KNOWN, line, to_write.name)
        raise Flawed(to_write.name, flaws_in(line, refusal)) from refusal
    except OperationalError as error:
        raise Flawed(to_write.name, [database_busy(line)]) from error
    return Outcome(Fate.IMPORTED, line, to_write.name)


def _names(course: CourseLines) -> tuple[Name, list[Name]]:
    """What the other system calls the course, and its sessions."""
    row = course.first.row
    try:
        name = name_of(system=row["system"], value=row["course"])
        names = list(session_names(name, course).values())
    except ClinicError as refusal:
        raise Flawed(None, [*course.flaws, *flaws_in(course.first.line, refusal)]) from refusal
    return name, names


def _is_known(course: CourseLines, name: Name, names: Sequence[Name], run: _Import) -> bool:
    """Whether every line was imported before. Raises Flawed where only some of them were."""
    clinic_id = run.by.clinic_id
    there = rows_named(clinic_id=clinic_id, kind=NamedKind.SESSION, names=names)
    if len(there) == len(names):
        return True
    if there or rows_named(clinic_id=clinic_id, kind=NamedKind.PLAN, names=[name]):
        sentence = "It was imported before, without all of these lines. Book the others at the desk."
        raise Flawed(name, [Flaw(course.first.line, "course_known", sentence)])
    return False


def _visitor(course: CourseLines, patients: Container[Name], run: _Import) -> Visitor | None:
    row = course.first.row
    name = Name(row["system"], one_line(row["patient"]))
    named = rows_named(clinic_id=run.by.clinic_id, kind=NamedKind.PATIENT, names=[name])
    rows = Patient.objects.seen_by(run.by).filter(uuid__in=named.values(), erased_at__isnull=True)
    patient = rows.first()
    if patient is None and (run.applies or name not in patients):
        return None
    return Visitor(name, patient)


def _nobody(course: CourseLines, run: _Import) -> Flaw:
    row = course.first.row
    try:
        name = Name(row["system"], one_line(row["patient"]))
        refuse_erased_names(names=[name], clinic_id=run.by.clinic_id)
    except ClinicError as refusal:
        return flaw_of(row.line, refusal)
    return Flaw(row.line, "unknown_patient", f"No patient has the id “{row['patient'][:60]}”.")
