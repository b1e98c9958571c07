"""The search for a whole course: dynamic programming over local dates.

State = the date of the previous session. Each date carries the cheapest start of that date, and a
rule gives the window from its anchor's date; the cost of a calendar is the sum of what each start
costs, of the days each session is off its target, and of the days the first one is late. For costs
of that family the answer is exact. Rules anchored to the first session take one pass per first date.
Dates are proleptic ordinals (`date.toordinal`), starts are bits of the horizon.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scheduling.engine.ordinals import Days, looser, reopened, window_days
from treatments.cadence import Key, Rule, Window

NEVER = 1 << 60
# What a session that is fixed already costs more when it would lie outside the window counted anew.
OUTSIDE_PRICE = 10_000


@dataclass(frozen=True, slots=True)
class Option:
    """The cheapest start of one date."""

    start: int
    cost: int = 0


Options = Mapping[int, Option]


@dataclass(frozen=True, slots=True)
class Placeable:
    """A session to place: its rule, and on which dates it could be.

    A fixed one stands on its only date whatever its window says, and the others go around it.
    """

    rule: Rule
    options: Options
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Weights:
    """What a day costs: off target, and before the course begins.

    `outside` is what a fixed session costs that would lie outside the window counted anew.
    """

    rhythm: int = 1
    soonest: int = 0
    outside: int = OUTSIDE_PRICE


@dataclass(frozen=True, slots=True)
class Course:
    """What is to be placed, in order, and what stands already.

    `known` are the ordinals of the sessions that are constants; a session without an anchor may
    be anywhere from `first` to `last`. A window that closed before `today` opens on it anew.
    """

    sessions: tuple[Placeable, ...]
    known: Mapping[Key, int]
    first: int
    last: int
    today: int = 0

    def first_ones(self, count: int) -> "Course":
        """The same course as far as its first sessions go."""
        return replace(self, sessions=self.sessions[:count])

    def loosened(self, days: int) -> "Course":
        """The same course with every window so many days wider on both sides."""
        wider = tuple(replace(p, rule=looser(p.rule, days)) for p in self.sessions)
        return replace(self, sessions=wider)


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


@dataclass(frozen=True, slots=True)
class Bounds:
    """The dates a session may have after its predecessor's, and the best one."""

    low: int
    high: int
    target: int


def best_calendar(course: Course, weights: Weights) -> Calendar | None:
    """The cheapest calendar, or None. Of equally cheap ones, the one whose sessions are earliest."""
    found = [c for on in passes_of(course) if (c := _one_pass(course, weights, on)) is not None]
    return min(found, key=lambda calendar: (calendar.cost, calendar.days[0][0]), default=None)


def count_calendars(course: Course) -> int:
    """How many ways there are to give the sessions their dates."""
    return sum(_count(course, on) for on in passes_of(course))


def dead_end(course: Course) -> DeadEnd | None:
    """Where the course gets stuck: its first sessions that cannot be placed; None when all can."""
    for index in range(len(course.sessions)):
        if best_calendar(course.first_ones(index + 1), Weights()) is None:
            return DeadEnd(index, *_looked_at(course, index))
    return None


def windows_of(course: Course, days: Sequence[int]) -> list[Window]:
    """The window of each session, given the dates of all."""
    found = []
    dates = dict(course.known)
    for placeable, on in zip(course.sessions, days, strict=True):
        anchor = placeable.rule.anchor_key
        low, high, target = window_days(placeable.rule, course.first if anchor is None else dates[anchor])
        if anchor is None:
            # Who asked to begin later than the step advises does not begin outside the window.
            low, high, target = course.first, max(high, on), course.first
        found.append(Window(date.fromordinal(low), date.fromordinal(target), date.fromordinal(high)))
        dates[placeable.rule.key] = on
    return found


def passes_of(course: Course) -> Sequence[int | None]:
    """The first dates that need a pass of their own; `[None]` where one pass does for all."""
    if any(_anchored_to_first(course, index) for index in range(2, len(course.sessions))):
        return [on for on, _ in firsts_of(course)]
    return [None]


def firsts_of(course: Course) -> list[tuple[int, Option]]:
    """The dates of the first session that lie in its bounds, in order."""
    bounds, placeable = first_bounds(course), course.sessions[0]
    dates = sorted(placeable.options.items())
    if placeable.is_fixed:
        return dates
    return [(on, option) for on, option in dates if bounds.low <= on <= bounds.high]


def first_bounds(course: Course) -> Bounds:
    rule = course.sessions[0].rule
    if rule.anchor_key is None:
        return Bounds(course.first, course.last, course.first)
    anchor_on = course.known[rule.anchor_key]
    low, high, target = _still_open(course, rule, anchor_on)
    return Bounds(max(low, course.first, anchor_on + 1), high, target)


def first_cost(course: Course, weights: Weights, on: int) -> int:
    """What it costs to begin the course on that date."""
    late = weights.soonest * (on - course.first)
    if course.sessions[0].rule.anchor_key is None:
        return late
    return late + weights.rhythm * abs(on - first_bounds(course).target)


def bounds_after(course: Course, index: int, previous: int, only_first: int | None) -> Bounds:
    """The bounds of a session when the one before it is on that date; never on or before it."""
    rule = course.sessions[index].rule
    anchor = rule.anchor_key
    if anchor is None:
        return Bounds(max(course.first, previous + 1), course.last, course.first)
    if anchor in course.known:
        anchor_on = course.known[anchor]
    elif only_first is not None and _anchored_to_first(course, index):
        anchor_on = only_first
    else:
        anchor_on = previous
    low, high, target = _still_open(course, rule, anchor_on)
    return Bounds(max(low, previous + 1), high, target)


def dates_within(course: Course, index: int, bounds: Bounds, previous: int) -> Iterator[tuple[int, bool]]:
    """The dates that the session can have there, each with whether a fixed one lies outside of them."""
    placeable = course.sessions[index]
    if not placeable.is_fixed:
        yield from ((on, False) for on in range(bounds.low, bounds.high + 1) if on in placeable.options)
        return
    for on in placeable.options:
        if on > previous:
            yield on, not bounds.low <= on <= bounds.high


def _one_pass(course: Course, weights: Weights, only_first: int | None) -> Calendar | None:
    layers: list[dict[int, tuple[int, int | None]]] = [
        {
            on: (option.cost + first_cost(course, weights, on), None)
            for on, option in firsts_of(course)
            if only_first is None or on == only_first
        }
    ]
    for index in range(1, len(course.sessions)):
        options = course.sessions[index].options
        layer: dict[int, tuple[int, int | None]] = {}
        for previous, (so_far, _) in layers[-1].items():
            bounds = bounds_after(course, index, previous, only_first)
            for on, is_outside in dates_within(course, index, bounds, previous):
                off_target = weights.rhythm * abs(on - bounds.target)
                against = is_outside * weights.outside
                cost = so_far + options[on].cost + against + off_target
                if cost < layer.get(on, (NEVER, None))[0]:
                    layer[on] = (cost, previous)
        layers.append(layer)
    return _traced(course, layers) if layers[-1] else None


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


def _count(course: Course, only_first: int | None) -> int:
    ways = {on: 1 for on, _ in firsts_of(course) if only_first is None or on == only_first}
    for index in range(1, len(course.sessions)):
        further: dict[int, int] = {}
        for previous, count in ways.items():
            bounds = bounds_after(course, index, previous, only_first)
            for on, _ in dates_within(course, index, bounds, previous):
                further[on] = further.get(on, 0) + count
        ways = further
    return sum(ways.values())


def _looked_at(course: Course, index: int) -> tuple[int, int]:
    """The earliest and the latest date at which the session was looked for."""
    bounds = first_bounds(course)
    if index == 0:
        return bounds.low, bounds.high
    found: list[Bounds] = []
    for only_first in passes_of(course):
        reached = {on for on, _ in firsts_of(course) if only_first is None or on == only_first}
        for earlier in range(1, index):
            reached = {
                on
                for previous in reached
                for on, _ in dates_within(
                    course, earlier, bounds_after(course, earlier, previous, only_first), previous
                )
            }
        found += [bounds_after(course, index, previous, only_first) for previous in reached]
    return min(bounds.low for bounds in found), max(bounds.high for bounds in found)


def _anchored_to_first(course: Course, index: int) -> bool:
    return course.sessions[index].rule.anchor_key == course.sessions[0].rule.key


def _still_open(course: Course, rule: Rule, anchor: int) -> Days:
    return reopened(window_days(rule, anchor), course.today)
