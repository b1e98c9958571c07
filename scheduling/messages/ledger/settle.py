"""What ledgers say went out, and the database does not know: it is marked, and their patients heard it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.models import Site
from scheduling.messages import outbox
from scheduling.messages.heard import hear_now
from scheduling.messages.ledger.lines import Mailed, NotedMessage, NotedSession
from scheduling.messages.outbox import Verdict
from scheduling.messages.payload import about_sessions, news_of
from scheduling.models import Facts, Message, MessageKind, MessageState, Session

_AT_ONCE = 200
_SAID = (MessageState.SENT, MessageState.TOLD)


@dataclass(frozen=True, slots=True)
class Settled:
    """How many messages were marked as sent, and how many that this database lacked were added to it."""

    marked: int = 0
    added: int = 0


def settle(*, mailed: Sequence[Mailed], now: datetime, adds: bool = False) -> Settled:
    """Mark what went out and is not marked, in the order in which it did. One query if all is.

    `adds`: reminders that this database never had are added to it, of sessions that stand as they said. A
    message that an act raised since goes on waiting; the next mail says what differs from this one.
    """
    marked = added = 0
    ordered = sorted(mailed, key=lambda one: one.at)
    for first in range(0, len(ordered), _AT_ONCE):
        some = ordered[first : first + _AT_ONCE]
        rows = {row.uuid: row for row in _rows(some)}
        open_ones = [one for one in some if _is_open(one, rows, adds=adds)]
        known = _Known.of(open_ones)
        for one in open_ones:
            marked += _mark(one, rows, known, now)
            added += _add(one, rows, known) if adds else 0
    return Settled(marked, added)


@dataclass(frozen=True, slots=True)
class _Known:
    """What this database has of the sessions and sites that mails told of, by public id."""

    sessions: Mapping[UUID, Session]
    sites: Mapping[UUID, Site]

    @classmethod
    def of(cls, mailed: Iterable[Mailed]) -> "_Known":
        told = [one for mail in mailed for one in mail.told]
        if not told:
            return cls({}, {})
        sessions = Session.objects.filter(uuid__in={one.uuid for one in told})
        sites = Site.objects.filter(uuid__in={one.site for one in told})
        return cls(
            {row.uuid: row for row in sessions.select_related("clinic", "patient", "site", "heard")},
            {row.uuid: row for row in sites},
        )

    def session(self, told: NotedSession, mail: Mailed) -> Session | None:
        """The session, if it is that patient's here too: a line of another clinic's concerns nobody here."""
        row = self.sessions.get(told.uuid)
        if row is None or (row.clinic.uuid, row.patient.uuid) != (mail.clinic, mail.patient):
            return None
        return row

    def facts(self, told: NotedSession, session: Session) -> Facts | None:
        """What the patient believes by it. No ledger says who treats them: as it stands, or as heard."""
        site = self.sites.get(told.site)
        if site is None or site.clinic_id != session.clinic_id:
            return None
        stands, heard = Facts.of(session), getattr(session, "heard", None)
        said = Facts(told.starts_at, told.ends_at, site.pk, heard.lead if heard else "", told.is_off)
        if stands is not None and (stands.starts_at, stands.site_id, stands.is_off) == (
            said.starts_at,
            said.site_id,
            said.is_off,
        ):
            return stands
        return said


def _rows(mailed: Iterable[Mailed]) -> Iterable[Message]:
    keys = {message.uuid for one in mailed for message in one.messages}
    rows = Message.objects.filter(uuid__in=keys)
    return rows.select_related("clinic", "patient", "session__site", "session__heard")


def _is_open(mail: Mailed, rows: Mapping[UUID, Message], *, adds: bool) -> bool:
    there = [rows.get(one.uuid) for one in mail.messages]
    return any(adds if row is None else row.state not in _SAID for row in there)


def _mark(mail: Mailed, rows: Mapping[UUID, Message], known: _Known, now: datetime) -> int:
    noted = {one.uuid: one for one in mail.messages}
    mine = [rows[uuid] for uuid in noted if uuid in rows and _is_of(mail, rows[uuid])]
    waiting = [row for row in mine if row.state not in _SAID]
    gone = [row for row in waiting if row.raised <= noted[row.uuid].raised]
    if gone:
        verdict = Verdict(MessageState.SENT, was_tried=True, about=_about(mail, gone[0], now))
        outbox.record(gone, verdict, now=mail.at)
    if waiting:
        _hear(mail, known)
    return len(gone)


def _is_of(mail: Mailed, row: Message) -> bool:
    return (row.clinic.uuid, row.patient.uuid, row.kind) == (mail.clinic, mail.patient, mail.kind)


def _about(mail: Mailed, message: Message, now: datetime) -> Mapping[str, Any] | None:
    """What is kept of a notice: of what it told, how it differs from what was heard before."""
    if message.kind != MessageKind.NOTICE:
        return None
    [news] = news_of(messages=[message], now=now)
    told = {one.uuid for one in mail.told}
    return about_sessions(one for one in news.sessions if one.session.uuid in told)


def _hear(mail: Mailed, known: _Known) -> None:
    """Of what was heard later than that the later word counts."""
    heard: dict[Session, Facts] = {}
    for told in mail.told:
        session = known.session(told, mail)
        if session is None or (facts := known.facts(told, session)) is None:
            continue
        before = getattr(session, "heard", None)
        if before is None or before.at <= mail.at:
            heard[session] = facts
    if heard:
        hear_now(facts=heard, by_mail_too=False, now=mail.at)


def _add(mail: Mailed, rows: Mapping[UUID, Message], known: _Known) -> int:
    missing = [one for one in mail.messages if one.uuid not in rows]
    if not missing:
        return 0
    added = [row for one in missing for row in _reminders(one, mail, known)]
    Message.objects.insert(added, ignore_conflicts=True)
    _hear(mail, known)
    return len(added)


def _reminders(noted: NotedMessage, mail: Mailed, known: _Known) -> Iterable[Message]:
    """The row of a reminder that was planned after the backup: so that it is not planned, and sent, anew."""
    for told in mail.told if mail.kind == MessageKind.REMINDER else ():
        session = known.session(told, mail)
        if session is not None and str(told.uuid) in noted.key and session.starts_at == told.starts_at:
            yield Message(
                clinic_id=session.clinic_id,
                patient_id=session.patient_id,
                plan_id=session.plan_id,
                session=session,
                uuid=noted.uuid,
                kind=mail.kind,
                key=noted.key,
                raised=noted.raised,
                due_at=mail.at,
                useful_until=told.starts_at,
                attempts=1,
                state=MessageState.SENT,
                sent_at=mail.at,
                changed_at=mail.at,
            )
