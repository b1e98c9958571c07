"""The free starts of one week, as the desk reads them out: how many a day, and those of one day by site."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

from clinic.models import Site
from clinic.web.desk.desk_errors import ProblemShown, problems_shown
from scheduling.search.free_starts import FreeStart, StartsAsked, free_starts

LOOK_AHEAD_DAYS = 90
# More than a week has at all sites together, even every five minutes.
_EVERY_START = 20_000
_PARTS = ((_("Morning"), time(12)), (_("Afternoon"), time(17)), (_("Evening"), time.max))


@dataclass(frozen=True, slots=True)
class FreeDay:
    """One day of the strip: how many starts are free."""

    on: date
    count: int
    is_shown: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """“Morning”, and its starts."""

    name: str
    starts: tuple[FreeStart, ...]


@dataclass(frozen=True, slots=True)
class FreePlace:
    """The starts of the shown day at one site."""

    site: Site
    parts: tuple[PartOfDay, ...]


@dataclass(frozen=True, slots=True)
class FreeWeek:
    """The shown day in its week; `next_on` is the next day with a free start if the shown one has none.

    `resting` says why there is none for want of rest, and `first` is the first start that works then.
    """

    on: date
    today: date
    days: tuple[FreeDay, ...]
    places: tuple[FreePlace, ...]
    problems: tuple[ProblemShown, ...]
    next_on: date | None
    resting: ProblemShown | None = None
    first: FreeStart | None = None

    @property
    def week_before(self) -> date | None:
        """The same day a week earlier, but never one that is over."""
        earlier = max(self.on - timedelta(days=7), self.today)
        return earlier if earlier < self.days[0].on else None

    @property
    def week_after(self) -> date:
        return self.on + timedelta(days=7)


def free_week(*, asked: StartsAsked, on: date | None, today: date, now: datetime) -> FreeWeek:
    """The week around a day; without one, around the next day with a free start.

    Raises Refused (`too_far_ahead`).
    """
    if on is None:
        first = _next(asked, first_on=today, now=now)
        on = first.starts_at.date() if first else today
    on = max(on, today)
    monday = on - timedelta(days=on.weekday())
    days = [monday + timedelta(days=n) for n in range(7)]
    found = free_starts(
        asked=replace(asked, first_on=max(monday, today), last_on=days[-1], most=_EVERY_START), now=now
    )
    counts = Counter(start.starts_at.date() for start in found.starts)
    is_empty = not counts[on] and not found.problems
    after = _next(asked, first_on=on + timedelta(days=1), now=now) if is_empty else None
    why = found.why_resting(on)
    return FreeWeek(
        on=on,
        today=today,
        days=tuple(FreeDay(day, counts[day], day == on, day == today) for day in days),
        places=tuple(_places([start for start in found.starts if start.starts_at.date() == on])),
        problems=problems_shown(found.problems),
        next_on=after.starts_at.date() if after else None,
        resting=problems_shown([why])[0] if why else None,
        first=after if why else None,
    )


def _next(asked: StartsAsked, *, first_on: date, now: datetime) -> FreeStart | None:
    last_on = first_on + timedelta(days=LOOK_AHEAD_DAYS)
    found = free_starts(asked=replace(asked, first_on=first_on, last_on=last_on, most=1), now=now)
    return found.starts[0] if found.starts else None


def _places(starts: Sequence[FreeStart]) -> list[FreePlace]:
    sites = {start.site.pk: start.site for start in starts}
    return [
        FreePlace(site, tuple(_parts([start for start in starts if start.site.pk == pk])))
        for pk, site in sorted(sites.items())
    ]


def _parts(starts: Sequence[FreeStart]) -> list[PartOfDay]:
    parts, since = [], time.min
    for name, until in _PARTS:
        of_part = tuple(start for start in starts if since <= start.starts_at.time() < until)
        if of_part:
            parts.append(PartOfDay(str(name), of_part))
        since = until
    return parts
