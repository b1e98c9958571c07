"""Finding calendars for one course at one site: masks in, proposals out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from clinic.cells import bits, ones
from clinic.errors import Problem
from clinic.models import ResourceKind, Site
from clinic.opening import start_grid_mask
from scheduling import placement
from scheduling.availability import Shape, feasible_starts
from scheduling.casting import cast_assignments
from scheduling.diary import SiteDiaries, site_diaries
from scheduling.placement import Calendar, Course, Option, Placeable, Weights
from scheduling.preferences import (
    HOURS_PRICE,
    PRACTITIONER_PRICE,
    WEEKDAY_PRICE,
    Preference,
    WallDay,
    clock_of,
    hours_mask,
    options_at,
    options_of,
    wall_days,
    weekday_mask,
)
from scheduling.proposals import Assignment, PlacedSession, Proposal
from scheduling.shapes import shapes_of
from scheduling.why_not import Closed, closed_window
from treatments.cadence import Key, Rule
from treatments.models import Plan
from treatments.wishes import Wishes

_HALF_A_DAY = 96  # cells: eight hours before and after, a working day around the visit
STEADY = Weights(rhythm=1)
# Of equally steady ones the sooner.
HOURLY = Weights(rhythm=20, soonest=1)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# A day later at the start costs more than all days off target together can.
SOON = Weights(rhythm=1, soonest=1_000)


@dataclass(frozen=True)
class Quest:
    """What is looked for: the due treatments of a plan, what stands already, and what is wished."""

    plan: Plan
    rules: tuple[Rule, ...]
    due: tuple[Key, ...]
    known: Mapping[Key, date]
    wishes: Wishes
    practitioner_diary: int | None
    now: datetime


@dataclass
class CalendarFinder:
    """One search at one site, from the first date to the last."""

    quest: Quest
    site: Site
    first_on: date
    last_on: date

    def proposals(self) -> Iterator[Proposal]:
        """The soonest calendar, the steadiest, and those that keep one weekday and hour, best first."""
        course = self._course(self._options)
        soonest = placement.best_calendar(course, SOON)
        if soonest is None:
            return
        yield self._proposal(soonest, f"Soonest: starts {_day(soonest.days[0][0])}")
        steadiest = placement.best_calendar(course, STEADY)
        if steadiest is not None and steadiest.cost < self._cost(soonest):
            yield self._proposal(steadiest, "Best rhythm: closest to the target days and wishes")
        for calendar, weekday, clock in self._same_hour():
            yield self._proposal(calendar, f"Always {_WEEKDAYS[weekday - 1]} at {clock_of(clock):%H:%M}")

    def why_not(self) -> Problem:
        """Which session finds no date, and why. Only where there are no proposals."""
        end = placement.dead_end(self._course(self._options))
        assert end is not None, "a course without a calendar has a dead end"
        rule = self._due_rules[end.index]
        closed = Closed(
            number=rule.key.number,
            shape=self._shapes[rule.session_type_id],
            free=self._free,
            wished_starts=self._starts[rule.session_type_id],
            all_starts=self._all_starts[rule.session_type_id],
        )
        return closed_window(closed=closed, end=end, horizon=self._diaries.horizon)

    @cached_property
    def _due_rules(self) -> list[Rule]:
        return [rule for rule in self.quest.rules if rule.key in self.quest.due]

    @cached_property
    def _diaries(self) -> SiteDiaries:
        return site_diaries(
            site=self.site,
            patient_diary_id=self.quest.plan.patient.diary_id,
            first_on=self.first_on,
            last_on=self.last_on,
        )

    @cached_property
    def _free(self) -> dict[int, int]:
        return self._diaries.free

    @cached_property
    def _shapes(self) -> dict[int, Shape]:
        types = {rule.session_type_id for rule in self._due_rules}
        return shapes_of(session_type_ids=types, resources=self._diaries.resources)

    @cached_property
    def _all_starts(self) -> dict[int, int]:
        """Session type → its feasible starts on the clinic's grid, whatever is wished."""
        return {pk: self._feasible(shape) for pk, shape in self._shapes.items()}

    @cached_property
    def _starts(self) -> dict[int, int]:
        """Session type → its feasible starts that keep the hard wishes."""
        starts = dict(self._all_starts)
        if self.quest.wishes.hard:
            for pk in starts:
                for preference in self._preferences(pk):
                    starts[pk] &= preference.keeps
        return starts

    @cached_property
    def _soft(self) -> dict[int, list[Preference]]:
        """Session type → the wishes that only make a start dearer."""
        return {pk: [] if self.quest.wishes.hard else self._preferences(pk) for pk in self._shapes}

    @cached_property
    def _options(self) -> dict[int, dict[int, Option]]:
        return {
            pk: options_of(horizon=self._diaries.horizon, starts=starts, preferences=self._soft[pk])
            for pk, starts in self._starts.items()
        }

    def _feasible(self, shape: Shape) -> int:
        horizon = self._diaries.horizon
        patient_free = self._diaries.patient_free(now=self.quest.now)
        grid = start_grid_mask(horizon=horizon, minutes=self.quest.plan.clinic.start_grid_minutes)
        return feasible_starts(shape=shape, free=self._free, patient_free=patient_free) & grid

    def _preferences(self, session_type_id: int) -> list[Preference]:
        wishes, horizon = self.quest.wishes, self._diaries.horizon
        shape = self._shapes[session_type_id]
        found = []
        if wishes.weekdays:
            found.append(Preference(weekday_mask(horizon=horizon, weekdays=wishes.weekdays), WEEKDAY_PRICE))
        if wishes.after or wishes.before:
            cells = shape.patient_cells
            mask = hours_mask(horizon=horizon, wishes=wishes, patient_cells=cells)
            found.append(Preference(mask, HOURS_PRICE))
        if self.quest.practitioner_diary is not None:
            mask = self._feasible(shape.narrowed_to(self.quest.practitioner_diary))
            found.append(Preference(mask, PRACTITIONER_PRICE))
        return found

    def _course(self, options: Mapping[int, Mapping[int, Option]]) -> Course:
        return Course(
            sessions=tuple(Placeable(rule, options[rule.session_type_id]) for rule in self._due_rules),
            known={key: on.toordinal() for key, on in self.quest.known.items()},
            first=self.first_on.toordinal(),
            last=self.last_on.toordinal(),
        )

    def _cost(self, calendar: Calendar) -> int:
        """What the calendar costs when nobody is in a hurry."""
        late = calendar.days[0][0] - self.first_on.toordinal()
        return calendar.cost - SOON.soonest * late

    def _same_hour(self) -> list[tuple[Calendar, int, int]]:
        """For each weekday the best calendar that is always at one hour of it, the best weekday first."""
        if len(self._due_rules) < 2:
            return []
        of_weekdays = [best for weekday in range(1, 8) if (best := self._best_hour(weekday)) is not None]
        return sorted(of_weekdays, key=lambda found: found[0].cost)

    def _best_hour(self, weekday: int) -> tuple[Calendar, int, int] | None:
        """Every hour of the weekday is a condition: narrow the starts to it, place, take the cheapest."""
        by_type = {
            pk: wall_days(horizon=self._diaries.horizon, starts=starts, weekday=weekday)
            for pk, starts in self._starts.items()
        }
        best: tuple[Calendar, int, int] | None = None
        tried: set[tuple[tuple[int, int, int], ...]] = set()
        for clock in bits(_any_clock(by_type.values())):
            options = {
                pk: options_at(of_dates=of_dates, clock=clock, preferences=self._soft[pk])
                for pk, of_dates in by_type.items()
            }
            # Hours that are free on the same dates at the same price give the same calendar.
            dates = tuple((pk, on, option.cost) for pk in options for on, option in options[pk].items())
            if dates in tried:
                continue
            tried.add(dates)
            calendar = placement.best_calendar(self._course(options), HOURLY)
            if calendar and (best is None or calendar.cost < best[0].cost):
                best = (calendar, weekday, clock)
        return best

    def _proposal(self, calendar: Calendar, label: str) -> Proposal:
        course = self._course(self._options)
        windows = placement.windows_of(course, [on for on, _ in calendar.days])
        placed: list[PlacedSession] = []
        used: set[int] = set()
        for rule, (_, option), window in zip(self._due_rules, calendar.days, windows, strict=True):
            assignments = self._assignments(self._shapes[rule.session_type_id], option.start, used)
            used |= {a.resource.diary_id for a in assignments if a.resource.kind == ResourceKind.PRACTITIONER}
            start_cell = self._diaries.horizon.first_cell + option.start
            placed.append(
                PlacedSession(
                    number=rule.key.number,
                    session_type_id=rule.session_type_id,
                    site_id=self.site.pk,
                    site_uuid=self.site.uuid,
                    zone=self.site.tz,
                    start_cell=start_cell,
                    end_cell=start_cell + self._shapes[rule.session_type_id].patient_cells,
                    window=window,
                    assignments=assignments,
                )
            )
        return Proposal(self.quest.plan.uuid, self.quest.plan.version, label, tuple(placed))

    def _assignments(self, shape: Shape, start: int, used: set[int]) -> tuple[Assignment, ...]:
        """Named resources: the wished one, then those of earlier sessions, then the least busy."""

        def rank(diary: int) -> tuple[int, ...]:
            day = self._diaries.busy.get(diary, 0) >> max(start - _HALF_A_DAY, 0) & ones(2 * _HALF_A_DAY)
            return (diary != self.quest.practitioner_diary, diary not in used, day.bit_count(), diary)

        return cast_assignments(
            shape=shape,
            diaries=self._diaries,
            start=start,
            rank=rank,
            asked_for=self.quest.practitioner_diary,
        )


def _any_clock(by_type: Iterable[Mapping[int, WallDay]]) -> int:
    clocks = 0
    for of_dates in by_type:
        for day in of_dates.values():
            clocks |= day.starts
    return clocks


def _day(ordinal: int) -> str:
    on = date.fromordinal(ordinal)
    return f"{_WEEKDAYS[on.weekday()]} {on.day} {on:%B}"
