"""What each feed said when it was read last, and until which change of the log that still holds.

A feed that is asked for again is made anew only if the log tells of a change that it may show. What is known
is this process's own; the tag is that of the text, so all processes say the same.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
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
    }
)


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a clinic's log: a number, and the mark by which a restored database is told apart."""

    number: int
    mark: int | None


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
    rows = list(
        changes.order_by("number").values_list(
            "number", "mark", "kind", "diaries_before", "diaries_after", "patient__uuid"
        )[: _MOST_CHANGES + 1]
    )
    if text.point.number and (not rows or rows[0][:2] != (text.point.number, text.point.mark)):
        # A restored database.
        return None
    new = rows[1:] if text.point.number else rows
    if len(rows) > _MOST_CHANGES or any(_may_show(feed, text, *row[2:]) for row in new):
        return None
    if new:
        text = replace(text, point=Point(new[-1][0], new[-1][1]))
        remember(feed=feed, text=text)
    return text


def _may_show(
    feed: Feed, text: KnownText, kind: str, before: list[int], after: list[int], patient: UUID | None
) -> bool:
    """Whether the feed may show what changed; when in doubt, it may."""
    if kind in _NEVER_SHOWN:
        return False
    if kind == ChangeKind.SESSION and feed.diary_id is not None and (before or after):
        return feed.diary_id in before or feed.diary_id in after or patient in text.patients
    if kind in (ChangeKind.PATIENT, ChangeKind.PLAN) and patient is not None:
        return patient in text.patients
    return True
