"""The search for a whole course: dynamic programming over local dates.

State = the date of the previous session. Each date carries the cheapest start of that date, and a
rule gives the window from its anchor's date; the cost of a calendar is the sum of what each start
costs, of the days each session is off its target, and of the days the first one is late. For costs
of that family the answer is exact. Rules anchored to the first session take one pass per first date.
Dates are proleptic ordinals (`date.toordinal`), starts are bits of the horizon.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from treatments.cadence import Key, Rule, Window

NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class Option:
    """The cheapest start of one date."""

    start: int
    cost: int = 0


Options = Mapping[int, Option]


@dataclass(frozen=True, slots=True)
class Placeable:
    """A session to place: its rule, and on which dates it could be."""

    rule: Rule
    options: Options


@dataclass(frozen=True, slots=True)
class Weights:
    """What a day costs: off target, and before the course begins."""

    rhythm: int = 1
    soonest: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """What is to be placed, in order, and what stands already.

    `known` are the ordinals of the sessions that are constants; a session without an anchor may
    be anywhere from `first` to `last`.
    """

    sessions: tuple[Placeable, ...]
    known: Mapping[Key, int]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A placed course: (date ordinal, option) per session, and its cost."""

    cost: int
    days: tuple[tuple[int, Option], ...]


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """The first session that finds no date whatever the ones before it do, and the dates it looked at."""

    index: int
    earliest: int
    latest: int


def best_calendar(course: Course, weights: Weights) -> Calendar | None:
    """The cheapest calendar, or None. Of equally cheap ones, the one whose sessions are earliest."""
    first_dates: Sequence[int | None] = [None]
    if any(_anchored_to_first(course, index) for index in range(2, len(course.sessions))):
        first_dates = [on for on, _ in _first_options(course)]
    found = [calendar for on in first_dates if (calendar := _one_pass(course, weights, on))]
    return min(found, key=lambda calendar: (calendar.cost, calendar.days[0][0]), default=None)


def dead_end(course: Course) -> DeadEnd | None:
    """Where the course gets stuck: its first sessions that cannot be placed; None when all can."""
    for index in range(len(course.sessions)):
        if best_calendar(replace(course, sessions=course.sessions[: index + 1]), Weights()) is None:
            return DeadEnd(index, *_looked_at(course, index))
    return None


def windows_of(course: Course, days: Sequence[int]) -> list[Window]:
    """The window of each session, given the dates of all."""
    found = []
    for index, placeable in enumerate(course.sessions):
        anchor = placeable.rule.anchor_key
        if anchor is None:
            # Who asked to begin later than the step advises does not begin outside the window.
            asked = date.fromordinal(course.first)
            advised = placeable.rule.window(asked).latest
            found.append(Window(asked, asked, max(advised, date.fromordinal(days[index]))))
            continue
        keys = [earlier.rule.key for earlier in course.sessions[:index]]
        anchor_on = course.known[anchor] if anchor in course.known else days[keys.index(anchor)]
        found.append(placeable.rule.window(date.fromordinal(anchor_on)))
    return found


def _looked_at(course: Course, index: int) -> tuple[int, int]:
    """The earliest and the latest date at which the session was looked for."""
    if index == 0:
        return _bounds_of_first(course)
    firsts = [on for on, _ in _first_options(course)]
    reached = firsts
    for earlier in range(1, index):
        windows = [_bounds(course, earlier, previous, first) for previous in reached for first in firsts]
        dates = course.sessions[earlier].options
        reached = [on for on in sorted(dates) if any(low <= on <= high for low, high, _ in windows)]
    windows = [_bounds(course, index, previous, first) for previous in reached for first in firsts]
    return min(low for low, _, _ in windows), max(high for _, high, _ in windows)


def _one_pass(course: Course, weights: Weights, only_first: int | None) -> Calendar | None:
    layers: list[dict[int, tuple[int, int | None]]] = [
        {
            on: (option.cost + weights.soonest * (on - course.first) + late, None)
            for on, option in _first_options(course)
            if (only_first is None or on == only_first)
            for late in [weights.rhythm * _days_off_target_of_first(course, on)]
        }
    ]
    for index in range(1, len(course.sessions)):
        options = course.sessions[index].options
        layer: dict[int, tuple[int, int | None]] = {}
        for previous, (so_far, _) in layers[-1].items():
            low, high, target = _bounds(course, index, previous, only_first)
            for on in range(low, high + 1):
                if option := options.get(on):
                    cost = so_far + option.cost + weights.rhythm * abs(on - target)
                    if cost < layer.get(on, (NEVER, None))[0]:
                        layer[on] = (cost, previous)
        if not layer:
            return None
        layers.append(layer)
    return _traced(course, layers) if layers[0] else None


def _traced(course: Course, layers: Sequence[Mapping[int, tuple[int, int | None]]]) -> Calendar:
    on: int | None = min(layers[-1], key=lambda ordinal: (layers[-1][ordinal][0], ordinal))
    assert on is not None
    cost = layers[-1][on][0]
    days: list[tuple[int, Option]] = []
    for placeable, layer in zip(reversed(course.sessions), reversed(layers), strict=True):
        assert on is not None
        days.append((on, placeable.options[on]))
        on = layer[on][1]
    return Calendar(cost=cost, days=tuple(reversed(days)))


def _first_options(course: Course) -> Iterable[tuple[int, Option]]:
    low, high = _bounds_of_first(course)
    return [(on, option) for on, option in sorted(course.sessions[0].options.items()) if low <= on <= high]


def _bounds_of_first(course: Course) -> tuple[int, int]:
    rule = course.sessions[0].rule
    if rule.anchor_key is None:
        return course.first, course.last
    low, high, _ = _window(rule.earliest, rule.target, rule.latest, course.known[rule.anchor_key])
    return max(low, course.first), high


def _days_off_target_of_first(course: Course, on: int) -> int:
    rule = course.sessions[0].rule
    if rule.anchor_key is None:
        return 0
    return abs(on - _window(rule.earliest, rule.target, rule.latest, course.known[rule.anchor_key])[2])


def _anchored_to_first(course: Course, index: int) -> bool:
    return course.sessions[index].rule.anchor_key == course.sessions[0].rule.key


def _bounds(course: Course, index: int, previous: int, only_first: int | None) -> tuple[int, int, int]:
    """Lowest and highest date of the session and its target; never on or before the previous one's date."""
    rule = course.sessions[index].rule
    anchor = rule.anchor_key
    if anchor is None:
        low, high, target = course.first, course.last, course.first
    elif anchor in course.known:
        low, high, target = _window(rule.earliest, rule.target, rule.latest, course.known[anchor])
    else:
        is_first = _anchored_to_first(course, index) and only_first is not None
        anchor_on = only_first if is_first and only_first is not None else previous
        low, high, target = _window(rule.earliest, rule.target, rule.latest, anchor_on)
    return max(low, previous + 1), high, target


@lru_cache(maxsize=50_000)
def _window(
    earliest: tuple[int, int], target: tuple[int, int], latest: tuple[int, int], anchor: int
) -> tuple[int, int, int]:
    def reckoned(offset: tuple[int, int]) -> int:
        months, days = offset
        if months == 0:
            return anchor + days
        return (date.fromordinal(anchor) + relativedelta(months=months, days=days)).toordinal()

    aim = reckoned(target)
    return min(reckoned(earliest), aim), max(reckoned(latest), aim), aim
