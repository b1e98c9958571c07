"""Patients of a table who are known here: what differs, and taking it over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import OperationalError

from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.models import ConsentWay, MessageConsent, Patient
from clinic.people.external_id_kinds import Name
from clinic.people.facts import PatientFacts
from clinic.people.phones import phones_in
from scheduling.importing.csv_tables import Row
from scheduling.importing.lines import birth_flaws
from scheduling.importing.lookup import flaws_in
from scheduling.importing.outcomes import Difference, Fate, Outcome, database_busy
from scheduling.importing.written_times import DateOrder, day_from
from scheduling.people.change import change_patient, differences

# As the columns of a table are called; how somebody said yes follows from the table itself.
_COLUMNS = ("given_name", "family_name", "born_on", "email", "phone", "language", "message_consent")


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of a table, under the name that it gives to a patient, and how its cells are read."""

    row: Row
    name: Name
    country: str | None
    dates: DateOrder | None

    @property
    def facts(self) -> PatientFacts:
        """What the line says: a cell that is empty says nothing, but one name of two."""
        row, said = self.row, dict[str, Any]()
        if row["given_name"] or row["family_name"]:
            said |= {"given_name": row["given_name"], "family_name": row["family_name"]}
        said |= {column: row[column] for column in ("email", "language") if row[column]}
        if (born_on := day_from(row["born_on"], self.dates)) is not None:
            said["born_on"] = born_on
        if row["phone"]:
            phones = phones_in(row["phone"], country=self.country)
            said["phone"] = phones.number if phones else row["phone"]
        if row["message_consent"]:
            said["message_consent"] = row["message_consent"].casefold()
        return cast(PatientFacts, said)


def way_of(consent: str) -> str:
    """How somebody said so whose answer a table brings."""
    is_answer = consent.casefold() in (MessageConsent.YES, MessageConsent.NO)
    return ConsentWay.IMPORTED if is_answer else ""


def compared(*, patient: Patient, asked: Asked, now: datetime) -> Outcome:
    """The patient stays; what differs is told, but of what cannot be read nothing."""
    differ = differences(patient=patient, said=asked.facts, now=now).facts
    return Outcome(Fate.KNOWN, asked.row.line, asked.name, differences=tuple(_told(patient, differ, asked)))


def updated(*, patient: Patient, asked: Asked, applies: bool, by: Actor, now: datetime) -> Outcome:
    """Take over what differs, all of the line or nothing; unless it `applies`, only tell."""
    row, name, said = asked.row, asked.name, _taken(patient, asked)
    told = tuple(_told(patient, differences(patient=patient, said=asked.facts, now=now).facts, asked))
    differ = differences(patient=patient, said=said, now=now)
    flaws = [*row.flaws, *birth_flaws(row, asked.dates)]
    flaws += [flaw for refusal in differ.refusals for flaw in flaws_in(row.line, refusal)]
    if applies and differ.facts and not flaws:
        try:
            change_patient(patient=patient, said=said, version=None, by=by, now=now)
        except ClinicError as refusal:
            flaws = flaws_in(row.line, refusal)
        except OperationalError:
            flaws = [database_busy(row.line)]
    fate = Fate.REFUSED if flaws else Fate.CHANGED if differ.facts else Fate.KNOWN
    return Outcome(fate, row.line, name, tuple(flaws), differences=told)


def _taken(patient: Patient, asked: Asked) -> PatientFacts:
    """What a table may change: never a no of the patient's, for it may be older than that."""
    said: dict[str, Any] = dict(asked.facts)
    consent = said.get("message_consent")
    if patient.message_consent == MessageConsent.NO or consent == MessageConsent.NOT_ASKED:
        said.pop("message_consent", None)
    elif consent is not None and consent != patient.message_consent:
        said["consent_how"] = way_of(consent)
    return cast(PatientFacts, said)


def _told(patient: Patient, differ: PatientFacts, asked: Asked) -> Iterator[Difference]:
    facts: Mapping[str, Any] = cast(Mapping[str, Any], differ)
    for column in _COLUMNS:
        if column in facts:
            stands, said = getattr(patient, column), facts[column]
            yield Difference(asked.row.line, column, str(stands or ""), str(said or ""))
