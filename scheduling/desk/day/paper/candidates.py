"""What lines for walk-ins have to choose from: patients of the name that is typed, and what they came for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.models import Patient
from clinic.people.finding.find import find_patients
from clinic.web.limits import SEARCHES, refuse_if_too_many
from clinic.web.trail import saw
from scheduling.desk.day.walk_in_page import due_next
from scheduling.desk.shared.choices import session_types_on_offer
from scheduling.models import Session
from treatments.models import SessionType

MOST_FOUND, LONGEST_NAME = 8, 100
# What a line is for, and whose id follows.
DUE, KIND = "due:", "type:"


@dataclass(frozen=True, slots=True)
class OnLine:
    """Of one line: whom it may mean, by id, and what for. `is_chosen` says whether somebody was ticked."""

    patients: Mapping[str, Patient] = field(default_factory=dict)
    due: Mapping[str, Session] = field(default_factory=dict)
    types: Mapping[str, SessionType] = field(default_factory=dict)
    is_chosen: bool = False
    is_looked_for: bool = False
    has_more: bool = False

    def meant(self, what: str) -> Session | None:
        """The session that the line is about; of a kind a new one, which is nowhere yet."""
        kind = self.types.get(what)
        return self.due.get(what) or (Session(session_type=kind) if kind else None)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed on a line, and whether its own button asks who that is."""

    name: str = ""
    patient: str = ""
    what: str = ""
    is_asked: bool = False


def on_lines(lines: Iterable[Typed], *, by: Actor, now: datetime) -> list[OnLine]:
    """Who is looked for: of lines where nobody is ticked, or that ask. Whoever is shown is noted as seen.

    One query, three more if there is anybody on a line, and four for each name. Raises TooManyRequests, as
    every search for patients.
    """
    lines = list(lines)
    ticked = _ticked(lines, by=by)
    found = [_people(line, ticked, by=by, now=now) for line in lines]
    everyone = {patient.pk: patient for one in found for patient in one.patients.values()}
    if everyone:
        saw(AuditAction.SAW_PATIENTS, [patient.uuid for patient in everyone.values()], by=by)
    due = _due(lines, list(everyone.values()), by=by)
    types = {f"{KIND}{row.uuid}": row for row in session_types_on_offer(by=by)}
    return [replace(one, due=_of(one.patients.values(), due), types=types) for one in found]


def _ticked(lines: Iterable[Typed], *, by: Actor) -> dict[str, Patient]:
    ids = _ids(line.patient for line in lines)
    rows = Patient.objects.seen_by(by).filter(uuid__in=ids, erased_at__isnull=True) if ids else ()
    return {str(row.uuid): row for row in rows}


def _people(line: Typed, ticked: Mapping[str, Patient], *, by: Actor, now: datetime) -> OnLine:
    who = ticked.get(line.patient)
    patients = {str(who.uuid): who} if who else {}
    words = line.name[:LONGEST_NAME].replace("\0", "").strip()
    if not words or (who is not None and not line.is_asked):
        return OnLine(patients, is_chosen=who is not None)
    refuse_if_too_many(SEARCHES, who=by.reference, now=now)
    found = find_patients(by=by, words=words).first(MOST_FOUND)
    patients |= {str(row.uuid): row for row in found.patients}
    return OnLine(patients, is_chosen=who is not None, is_looked_for=True, has_more=found.is_cut)


def _due(lines: Iterable[Typed], patients: list[Patient], *, by: Actor) -> list[Session]:
    """What is due next to them, and what a line names though it is due no more."""
    if not patients:
        return []
    due = due_next(patients, by=by)
    named = _ids(line.what.removeprefix(DUE) for line in lines if line.what.startswith(DUE))
    if others := named - {session.uuid for session in due}:
        due += Session.objects.seen_by(by).to_show().filter(uuid__in=others, patient__in=patients)
    return due


def _of(patients: Iterable[Patient], due: Iterable[Session]) -> dict[str, Session]:
    keys = {patient.pk for patient in patients}
    return {f"{DUE}{one.uuid}": one for one in due if one.patient_id in keys}


def _ids(said: Iterable[str]) -> set[UUID]:
    ids = set()
    for text in said:
        try:
            ids.add(UUID(text))
        except ValueError:
            continue
    return ids
