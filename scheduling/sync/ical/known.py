"""What each feed said when it was read last, and until which change of the log that still holds.

A feed that is asked for again is made anew only if the log tells of a change that it may show. What is known
is this process's own; the tag is that of the text, so all processes say the same.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from clinic.models import Change, ChangeKind
from scheduling.icalendar.vevents import FeedStyle
from scheduling.models import Feed

_MOST_FEEDS = 500
# Beyond so many changes reading them costs what making the text does.
_MOST_CHANGES = 1_000
# Feeds show nothing of these.
_NEVER_SHOWN = frozenset(
    {
        ChangeKind.WEEKLY_HOURS,
        ChangeKind.DAY_HOURS,
        ChangeKind.CLOSURE,
        ChangeKind.LEAVE,
        ChangeKind.CONCERN,
        ChangeKind.HOLD,
        ChangeKind.WAIT,
        ChangeKind.OFFER,
        ChangeKind.MESSAGE,
        ChangeKind.FEED,
        ChangeKind.WORD,
        ChangeKind.BUSY_TIME,
    }
)


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a clinic's log: a number, and the mark by which a restored database is told apart."""

    number: int
    mark: int | None


class _Changed(NamedTuple):
    """What the log says of one write."""

    number: int
    mark: int
    kind: str
    diaries_before: list[int]
    diaries_after: list[int]
    patient: UUID | None


_COLUMNS = ("number", "mark", "kind", "diaries_before", "diaries_after", "patient__uuid")


@dataclass(frozen=True, slots=True)
class KnownText:
    """The tag and date of a text, and what it was made of."""

    tag: str
    last_change: float
    style: FeedStyle
    on: date
    point: Point
    patients: frozenset[UUID]


_known: OrderedDict[UUID, KnownText] = OrderedDict()
_mutex = Lock()


def end_of_log(*, clinic_id: int) -> Point:
    """Where the log ends. Read before the sessions: what is committed in between is looked at again."""
    rows = Change.objects.of_clinic(clinic_id).order_by("-number").values_list("number", "mark")
    return Point(*(rows.first() or (0, None)))


def remember(*, feed: Feed, text: KnownText) -> None:
    with _mutex:
        _known[feed.uuid] = text
        _known.move_to_end(feed.uuid)
        while len(_known) > _MOST_FEEDS:
            _known.popitem(last=False)


def still_known(*, feed: Feed, style: FeedStyle, on: date) -> KnownText | None:
    """What the feed said, if it would say the same today. Two queries at most."""
    with _mutex:
        text = _known.get(feed.uuid)
    if text is None or (text.style, text.on) != (style, on):
        return None
    changes = Change.objects.of_clinic(feed.clinic_id).filter(number__gte=text.point.number)
    read = changes.order_by("number").values_list(*_COLUMNS)[: _MOST_CHANGES + 1]
    rows = [_Changed(*row) for row in read]
    if text.point.number and (not rows or Point(rows[0].number, rows[0].mark) != text.point):
        # A restored database.
        return None
    new = rows[1:] if text.point.number else rows
    if len(rows) > _MOST_CHANGES or any(_may_show(feed, text, row) for row in new):
        return None
    if new:
        text = replace(text, point=Point(new[-1].number, new[-1].mark))
        remember(feed=feed, text=text)
    return text


def _may_show(feed: Feed, text: KnownText, change: _Changed) -> bool:
    """Whether the feed may show what changed; when in doubt, it may."""
    if change.kind in _NEVER_SHOWN:
        return False
    diaries = {*change.diaries_before, *change.diaries_after}
    # Who was cancelled long ago is in no diary any more.
    if change.kind == ChangeKind.SESSION and feed.diary_id is not None and diaries:
        return feed.diary_id in diaries or change.patient in text.patients
    if change.kind in (ChangeKind.PATIENT, ChangeKind.PLAN) and change.patient is not None:
        return change.patient in text.patients
    return True
