"""Patients who were told of sessions that this database lacks, or has otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.models import Clinic, Patient
from scheduling.messages.ledger.lines import Mailed, NotedSession
from scheduling.models import AHEAD, Session


@dataclass(frozen=True, slots=True)
class ToldOtherwise:
    """What a mail last said of a session ahead, and how it stands here: None if it is not here at all.

    `is_known` is whether the patient is.
    """

    patient: UUID
    is_known: bool
    told: NotedSession
    session: Session | None


def told_otherwise(*, clinic: Clinic, mailed: Iterable[Mailed], now: datetime) -> Iterator[ToldOtherwise]:
    """By time. Three queries. Of what is over nothing is said."""
    last: dict[UUID, tuple[Mailed, NotedSession]] = {}
    for mail in sorted(mailed, key=lambda one: one.at):
        last |= {told.uuid: (mail, told) for told in mail.told}
    ahead = {uuid: one for uuid, one in last.items() if one[1].starts_at > now}
    rows = Session.objects.of_clinic(clinic.pk).filter(uuid__in=ahead).select_related("site", "patient")
    sessions = {row.uuid: row for row in rows}
    whom = {mail.patient for mail, _ in ahead.values()}
    patients = Patient.objects.of_clinic(clinic.pk).filter(uuid__in=whom)
    known = set(patients.values_list("uuid", flat=True))
    for mail, told in sorted(ahead.values(), key=lambda one: one[1].starts_at):
        session = sessions.get(told.uuid)
        if not _stands_so(told, session):
            yield ToldOtherwise(mail.patient, mail.patient in known, told, session)


def _stands_so(told: NotedSession, session: Session | None) -> bool:
    if session is None or session.status not in AHEAD:
        return told.is_off
    is_there = session.site is not None and session.site.uuid == told.site
    return not told.is_off and is_there and session.starts_at == told.starts_at
