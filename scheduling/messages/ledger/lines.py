"""Lines of a ledger: what they say and how they are written. Ids and instants alone. Pure.

Each is one JSON object: the first says whose file it is, then come rounds that begin and mails that went out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Head:
    """Whose ledger it is: of which host, beside which database, told from others by its first clinic."""

    ledger: UUID
    host: str
    database: UUID


@dataclass(frozen=True, slots=True)
class Begun:
    """A round of this host, which the database had counted before."""

    round: int


@dataclass(frozen=True, slots=True)
class Seen:
    """So far the database had got by the rounds of all hosts."""

    round: int


@dataclass(frozen=True, slots=True)
class NotedMessage:
    """One message of a mail; `raised` is how often acts had raised it when it went out."""

    uuid: UUID
    key: str
    raised: int


@dataclass(frozen=True, slots=True)
class NotedSession:
    """What a mail said of a session: when and at which site it is, or that it is off."""

    uuid: UUID
    starts_at: datetime
    ends_at: datetime
    site: UUID
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Mailed:
    """One mail that the mail server took, with all messages that went out by it."""

    at: datetime
    mail: str
    kind: str
    clinic: UUID
    patient: UUID
    messages: tuple[NotedMessage, ...]
    told: tuple[NotedSession, ...] = ()


Line = Head | Begun | Seen | Mailed


def text_of(line: Line) -> str:
    """Without its line break."""
    return json.dumps(_said_of(line), separators=(",", ":"), ensure_ascii=True)


def read_line(text: bytes) -> Line | None:
    """None for what is damaged: a sender that died left half of it."""
    try:
        said: Any = json.loads(text)
        return _line(said)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _said_of(line: Line) -> dict[str, Any]:
    match line:
        case Head():
            return {"ledger": str(line.ledger), "host": line.host, "database": str(line.database)}
        case Begun():
            return {"began": line.round}
        case Seen():
            return {"seen": line.round}
        case Mailed():
            return {
                "at": _instant(line.at),
                "mail": line.mail,
                "kind": line.kind,
                "clinic": str(line.clinic),
                "patient": str(line.patient),
                "messages": [
                    {"id": str(one.uuid), "key": one.key, "raised": one.raised} for one in line.messages
                ],
                "told": [_told(one) for one in line.told],
            }


def _told(one: NotedSession) -> dict[str, Any]:
    return {
        "session": str(one.uuid),
        "starts_at": _instant(one.starts_at),
        "ends_at": _instant(one.ends_at),
        "site": str(one.site),
        "is_off": one.is_off,
    }


def _line(said: Mapping[str, Any]) -> Line:
    if "ledger" in said:
        return Head(UUID(said["ledger"]), str(said["host"]), UUID(said["database"]))
    if "began" in said:
        return Begun(int(said["began"]))
    if "seen" in said:
        return Seen(int(said["seen"]))
    messages = [
        NotedMessage(UUID(one["id"]), str(one["key"]), int(one["raised"])) for one in said["messages"]
    ]
    told = [
        NotedSession(
            UUID(one["session"]),
            _aware(one["starts_at"]),
            _aware(one["ends_at"]),
            UUID(one["site"]),
            bool(one["is_off"]),
        )
        for one in said["told"]
    ]
    return Mailed(
        at=_aware(said["at"]),
        mail=str(said["mail"]),
        kind=str(said["kind"]),
        clinic=UUID(said["clinic"]),
        patient=UUID(said["patient"]),
        messages=tuple(messages),
        told=tuple(told),
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _aware(said: str) -> datetime:
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError("An instant of a ledger has no zone.")
    return at
