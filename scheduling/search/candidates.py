"""Calendars to choose from: every way of asking for a good one, family by family."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, zip_longest

from scheduling.engine import placement
from scheduling.engine.costs import hours_of, wall_days
from scheduling.engine.placement import Calendar, Course, Option, Placeable, Weights
from scheduling.engine.same_hour import Timetable, best_hour, cheapest_hours
from scheduling.search.site_search import SiteSearch
from treatments.cadence import Rule, Window

# A day later at the start costs more than everything else together can.
_HURRY = 1_000_000
_LATER_DAYS = 7
_LATER_WEEKS = 4


class CalendarKind(StrEnum):
    """What a calendar is good for."""

    SOONEST = "soonest"
    STEADIEST = "steadiest"
    SAME_HOUR = "same_hour"
    ONE_PRACTITIONER = "one_practitioner"
    LATER = "later"
    PARTIAL = "partial"


@dataclass(frozen=True)
class Candidate:
    """A calendar at a site, the condition it was found under, and what it is good for."""

    family: CalendarKind
    search: SiteSearch
    course: Course
    calendar: Calendar
    weekday: int | None = None
    hour: int | None = None
    practitioner: int | None = None

    @property
    def placed(self) -> list[tuple[Rule, int, Window]]:
        """(rule, start as bit of the horizon, window) of the sessions that are placed, in order."""
        windows = placement.windows_of(self.course, [on for on, _ in self.calendar.days])
        rows = zip(self.course.sessions, self.calendar.days, windows, strict=True)
        return [
            (placeable.rule, option.start, window)
            for placeable, (_, option), window in rows
            if not placeable.is_fixed
        ]

    @property
    def begins_on(self) -> int:
        return self.calendar.days[0][0]


def candidates(searches: Sequence[SiteSearch]) -> Iterator[Candidate]:
    """Calendars of all sites, reckoned as they are asked for: the soonest, the steadiest, then the rest.

    Where a family has many, it takes turns with the next one. A coupled wish puts its family first, and
    a hard one leaves nothing else.
    """
    wishes = searches[0].quest.wishes
    coupled = wishes.same_hour or wishes.same_practitioner
    if coupled:
        yield from _coupled(searches)
    if coupled and wishes.hard:
        return
    first = _sorted(filter(None, map(soonest, searches)), _by_date)
    yield from first
    yield from _sorted(filter(None, map(_steadiest, first)), _by_cost)
    if not coupled:
        yield from _coupled(searches)
    yield from _sorted(chain.from_iterable(map(_later, searches)), _by_date)


def soonest(search: SiteSearch) -> Candidate | None:
    """The calendar that begins first; of those, the cheapest."""
    course = search.course(search.options())
    calendar = placement.best_calendar(course, _weights(search, hurry=True))
    return None if calendar is None else Candidate(CalendarKind.SOONEST, search, course, calendar)


def _coupled(searches: Sequence[SiteSearch]) -> Iterator[Candidate]:
    """Always at one hour, all with one practitioner: in turns, unless both are wished for."""
    wishes = searches[0].quest.wishes
    if wishes.same_hour and wishes.same_practitioner:
        both = (same_hour(s, practitioner=p) for s in searches for p in s.practitioners)
        yield from _sorted(chain.from_iterable(both), _by_cost)
        return
    at_one_hour = _sorted(chain.from_iterable(map(same_hour, searches)), _by_cost)
    with_one = _sorted(chain.from_iterable(map(_one_practitioner, searches)), _by_cost)
    if wishes.hard and wishes.same_hour:
        with_one = []
    elif wishes.hard and wishes.same_practitioner:
        at_one_hour = []
    if wishes.same_practitioner:
        at_one_hour, with_one = with_one, at_one_hour
    for pair in zip_longest(at_one_hour, with_one):
        yield from filter(None, pair)


def same_hour(search: SiteSearch, *, practitioner: int | None = None) -> Iterator[Candidate]:
    """For each weekday the best calendar that is always at one hour of it."""
    if len(search.due_rules) < 2:
        return
    starts = search.starts(practitioner)
    likes = {pk: search.preferences(pk, practitioner) for pk in starts}
    weights = _weights(search)
    for weekday in range(1, 8):
        days = {
            pk: wall_days(horizon=search.diaries.horizon, starts=mask, weekday=weekday)
            for pk, mask in starts.items()
        }
        course = search.course({pk: {on: Option(0) for on in of_type} for pk, of_type in days.items()})
        prices = {
            pk: {on: hours_of(day, likes[pk]) for on, day in of_type.items()} for pk, of_type in days.items()
        }
        timetables = [_timetable(placeable, prices) for placeable in course.sessions]
        found = best_hour(cheapest_hours(course, timetables, weights))
        if found is None:
            continue
        options = {
            pk: {
                on: Option(day.base + found[1], _price_at(prices[pk][on], found[1]))
                for on, day in of_type.items()
                if day.starts >> found[1] & 1
            }
            for pk, of_type in days.items()
        }
        at_the_hour = search.course(options)
        calendar = placement.best_calendar(at_the_hour, weights)
        assert calendar is not None, "an hour with a price has a calendar"
        yield Candidate(
            CalendarKind.SAME_HOUR, search, at_the_hour, calendar, weekday, found[1], practitioner
        )


def _steadiest(first: Candidate) -> Candidate | None:
    """The cheapest calendar, if it is at least a day on target better than the soonest one."""
    weights, late = _weights(first.search), first.begins_on - first.course.first
    calendar = placement.best_calendar(first.course, weights)
    assert calendar is not None, "what has a soonest calendar has a best one"
    in_no_hurry = first.calendar.cost - (_HURRY - weights.soonest) * late
    if in_no_hurry - calendar.cost < weights.rhythm:
        return None
    return Candidate(CalendarKind.STEADIEST, first.search, first.course, calendar)


def _one_practitioner(search: SiteSearch) -> Iterator[Candidate]:
    if len(search.practitioners) < 2:
        return
    for diary in search.practitioners:
        course = search.course(search.options(diary))
        calendar = placement.best_calendar(course, _weights(search))
        if calendar is not None:
            yield Candidate(CalendarKind.ONE_PRACTITIONER, search, course, calendar, practitioner=diary)


def _later(search: SiteSearch) -> Iterator[Candidate]:
    """The same course begun a week later, and another."""
    course = search.course(search.options())
    for weeks in range(1, _LATER_WEEKS + 1):
        begun_later = replace(course, first=course.first + weeks * _LATER_DAYS)
        calendar = placement.best_calendar(begun_later, _weights(search, hurry=True))
        if calendar is not None:
            yield Candidate(CalendarKind.LATER, search, begun_later, calendar)


def _weights(search: SiteSearch, *, hurry: bool = False) -> Weights:
    dear = search.quest.dearness
    return Weights(rhythm=dear.rhythm, soonest=_HURRY if hurry else dear.soonest)


def _timetable(placeable: Placeable, prices: Mapping[int, Timetable]) -> Timetable:
    if placeable.is_fixed:
        # What stands already may be at any hour.
        return {on: {0: -1} for on in placeable.options}
    return prices[placeable.rule.session_type_id]


def _price_at(prices: dict[int, int], hour: int) -> int:
    return next(price for price, hours in prices.items() if hours >> hour & 1)


def _sorted(candidates: Iterable[Candidate], key: Callable[[Candidate], tuple[int, ...]]) -> list[Candidate]:
    return sorted(candidates, key=key)


def _by_date(candidate: Candidate) -> tuple[int, ...]:
    return candidate.begins_on, candidate.calendar.cost, candidate.search.site.pk


def _by_cost(candidate: Candidate) -> tuple[int, ...]:
    return candidate.calendar.cost, candidate.begins_on, candidate.search.site.pk
