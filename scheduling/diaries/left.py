"""Diaries that sessions left: whoever reads the feed of one is told so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling.models import SCHEDULED, LeftDiary, Session, SessionStatus

# As long as a feed looks back.
SHOWN_FOR = timedelta(days=30)
# A feed reckons in whole days.
KEPT_FOR = SHOWN_FOR + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """Session by session (by key) as it stood, and the diaries that showed it before an act and after it."""

    stood: Mapping[int, Session]
    before: Mapping[int, set[int]]
    after: Mapping[int, set[int]]


def note_left(*, sessions: Iterable[Session], seen: Seen, now: datetime) -> None:
    """Of sessions that an act has written: which diaries had them and have them no more. One statement.

    What was cancelled says itself by its cast whose it was.
    """
    LeftDiary.objects.insert([row for session in sessions for row in _left(session, seen, now)])


def _left(session: Session, seen: Seen, now: datetime) -> Iterator[LeftDiary]:
    was = seen.stood[session.pk]
    if was.status not in SCHEDULED or session.status == SessionStatus.CANCELLED or session.stands_for_id:
        return
    if was.starts_at is None or was.ends_at is None:
        return
    before = seen.before.get(session.pk, set())
    for diary_id in sorted(before - seen.after.get(session.pk, before)):
        yield LeftDiary(
            clinic_id=session.clinic_id,
            diary_id=diary_id,
            session_id=session.pk,
            starts_at=was.starts_at,
            ends_at=was.ends_at,
            sequence=session.sequence,
            left_at=now,
        )
