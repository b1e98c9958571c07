"""The wall clock of a site, and the two nights a year on which it lies."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from clinic.errors import Malformed, Problem, ProblemKind, Refused
from clinic.sentences import sentence as _


class NoSuchTime(Refused):
    """A local time that the clock skips."""


class TimeTwice(Refused):
    """A local time that the clock shows twice."""


_ZONES = frozenset(available_timezones())


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone. Raises Malformed for a name that is none."""
    if name not in _ZONES:
        raise Malformed(
            "unknown_zone", _("“{name}” is not an IANA time zone such as Europe/Amsterdam.", name=name)
        )
    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    return name in _ZONES


def instant_at(on: date, at: time, zone: ZoneInfo, *, fold: int | None = None) -> datetime:
    """The UTC instant of a local time.

    Raises NoSuchTime when the clock skips it, and TimeTwice when it comes twice and `fold`
    (0 the first, 1 the second) does not say which.
    """
    first = datetime.combine(on, at.replace(tzinfo=None, fold=0), tzinfo=zone)
    second = first.replace(fold=1)
    early, late = first.astimezone(UTC), second.astimezone(UTC)
    if early == late:
        return early
    if early.astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
        sentence = _(
            "On {on} the clock in {zone} skips {at:H:i}. Choose another time.", on=on, zone=zone.key, at=at
        )
        raise NoSuchTime([Problem("no_such_time", ProblemKind.BLOCKER, sentence)])
    if fold is None:
        sentence = _(
            "On {on} the clock in {zone} shows {at:H:i} twice. Say which is meant.",
            on=on,
            zone=zone.key,
            at=at,
        )
        raise TimeTwice([Problem("time_twice", ProblemKind.BLOCKER, sentence)])
    return late if fold else early


def lenient_instant_at(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time for hours: a skipped one moves on, a doubled one is the first."""
    return datetime.combine(on, at.replace(tzinfo=None, fold=0), tzinfo=zone).astimezone(UTC)


def day_starts_at(on: date, zone: ZoneInfo) -> datetime:
    """When a local date begins, in UTC; where midnight is skipped, the first instant of the date."""
    return lenient_instant_at(on, time(0), zone)


def local_date(instant: datetime, zone: tzinfo) -> date:
    return instant.astimezone(zone).date()


def dates_between(first: date, last: date) -> list[date]:
    """Every date from first to last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def parse_clock(text: str) -> time:
    """“HH:MM” as a time. Raises Malformed."""
    if not (match := _CLOCK.fullmatch(text)):
        raise Malformed("malformed_time", _("“{text}” is not a time such as 09:30.", text=text))
    return time(int(match[1]), int(match[2]))
