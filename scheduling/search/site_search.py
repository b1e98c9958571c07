"""One course at one site: what is free, which starts are feasible, and what each of them costs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from clinic.hours.opening import start_grid_mask
from clinic.models import Site
from clinic.sentences import Sentence
from clinic.time.cells import CELL_MINUTES, ones
from clinic.time.wall_clock import local_date
from scheduling.diaries.assignment import Rank, cast_of
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries, site_diaries
from scheduling.engine.availability import Kernel, SessionRequirements
from scheduling.engine.costs import (
    CostWeights,
    Preference,
    companion_mask,
    hours_mask,
    least_loaded,
    options_of,
    snug_mask,
    weekday_mask,
)
from scheduling.engine.placement import Course, Option, Options, Placeable
from scheduling.rest.reading import Beside
from treatments.cadence import Key, Rule
from treatments.models import Plan
from treatments.wishes import Wishes

# By type of session.
Starts = Mapping[int, int]
OptionsByType = Mapping[int, Options]


@dataclass(frozen=True)
class SearchRequest:
    """What is looked for: the due treatments of a plan, what stands already, and what is wished.

    `companion_cells` are the starts of the plan that the patient wants to come together with.
    """

    plan: Plan
    rules: tuple[Rule, ...]
    due: tuple[Key, ...]
    fixed: Mapping[Key, date]
    wishes: Wishes
    practitioner_diary: int | None
    companion_cells: tuple[int, ...]
    dearness: CostWeights
    beside: Beside
    now: datetime

    def rules_in_question(self) -> list[Rule]:
        """Of the sessions to be placed, and of the fixed ones among and after them."""
        return [rule for rule in self.rules if rule.key in self.due or rule.key in self._later_fixed()]

    def _later_fixed(self) -> set[Key]:
        """Fixed sessions that follow right on a session to be placed, or on another such one."""
        found: set[Key] = set()
        asked = set(self.due)
        for rule in self.rules:
            if rule.key in self.fixed and rule.anchor_key in asked | found:
                found.add(rule.key)
        return found


@dataclass
class SiteSearch:
    """The masks of one search, from the first date to the last, each reckoned once."""

    quest: SearchRequest
    site: Site
    first_on: date
    last_on: date

    @cached_property
    def diaries(self) -> SiteDiaries:
        plan = self.quest.plan
        diaries = site_diaries(
            site=self.site,
            patient_diary_id=plan.patient.diary_id,
            first_on=self.first_on,
            last_on=self.last_on,
        )
        return diaries.with_holds_yielding(now=self.quest.now, plan_id=plan.pk)

    @cached_property
    def familiar(self) -> frozenset[int]:
        """The diaries of practitioners whom the patient knows from this course; they are asked first."""
        return frozenset()

    @cached_property
    def kernel(self) -> Kernel:
        return Kernel(self.diaries.free)

    @cached_property
    def due_rules(self) -> list[Rule]:
        return [rule for rule in self.quest.rules if rule.key in self.quest.due]

    @cached_property
    def shapes(self) -> dict[int, SessionRequirements]:
        types = {rule.session_type_id for rule in self.due_rules}
        return shapes_of(session_type_ids=types, resources=self.diaries.resources)

    @cached_property
    def practitioners(self) -> list[int]:
        """The diaries of those who could lead every session of the course."""
        pools = [set(lead.pool) for shape in self.shapes.values() if (lead := shape.lead) is not None]
        return sorted(set.intersection(*pools)) if len(pools) == len(self.shapes) else []

    def starts_of(self, shape: SessionRequirements) -> int:
        """The feasible starts of a shape on the clinic's grid, whatever is wished."""
        return self.unrested_starts_of(shape) & self.rested(shape.session_type_id)

    def unrested_starts_of(self, shape: SessionRequirements) -> int:
        """The same, as if the patient had no other course."""
        return self.kernel.starts(shape=shape, patient_free=self._patient_free) & self._grid

    def rested(self, session_type_id: int) -> int:
        """The dates on which the patient's other courses leave a session of that type its rest."""
        if session_type_id not in self._rested:
            closed = self.quest.beside.closed(session_type_id)
            self._rested[session_type_id] = closed.mask(self.diaries.horizon)
        return self._rested[session_type_id]

    def shape_for(self, session_type_id: int, practitioner: int | None = None) -> SessionRequirements:
        shape = self.shapes[session_type_id]
        return shape if practitioner is None else shape.narrowed_to(practitioner)

    def shape_at(
        self, start: int, session_type_id: int, practitioner: int | None = None
    ) -> SessionRequirements:
        """The shape that a session at this feasible start is cast with."""
        return self.shape_for(session_type_id, practitioner)

    def cast(self, shape: SessionRequirements, start: int, rank: Rank) -> Mapping[str, int]:
        """Role → the diary that plays it in a session at a feasible start, lowest rank first."""
        return cast_of(shape=shape, diaries=self.diaries, start=start, rank=rank)

    def making_room(self, shape: SessionRequirements, start: int) -> set[Sentence]:
        """What booked sessions change for it, in the desk's words: nothing, where it fits as things stand."""
        return set()

    def starts(self, practitioner: int | None = None) -> dict[int, int]:
        """Type → the feasible starts that keep the hard wishes, all with one practitioner if one is given."""
        found = {}
        for pk in self.shapes:
            starts = self.starts_of(self.shape_for(pk, practitioner))
            if self.quest.wishes.hard:
                for wish in self.wishes_as_preferences(pk):
                    starts &= wish.keeps
            found[pk] = starts
        return found

    def options(self, practitioner: int | None = None) -> dict[int, dict[int, Option]]:
        """Type → date → the cheapest start that keeps the hard wishes."""
        if practitioner not in self._options:
            self._options[practitioner] = {
                pk: options_of(
                    horizon=self.diaries.horizon,
                    starts=starts,
                    preferences=self.preferences(pk, practitioner) if starts else (),
                )
                for pk, starts in self.starts(practitioner).items()
            }
        return self._options[practitioner]

    def course(self, options: OptionsByType) -> Course:
        """The sessions to be placed with their options, and the fixed ones between them."""
        fixed = {key: on.toordinal() for key, on in self.quest.fixed.items()}
        return Course(
            sessions=tuple(self._placeable(rule, options) for rule in self.quest.rules_in_question()),
            known=fixed,
            first=self.first_on.toordinal(),
            last=self.last_on.toordinal(),
            today=local_date(self.quest.now, self.site.tz).toordinal(),
        )

    def preferences(self, session_type_id: int, practitioner: int | None = None) -> list[Preference]:
        """What makes a start of that type dearer: the soft wishes, then what the clinic itself prefers."""
        wishes = [] if self.quest.wishes.hard else self.wishes_as_preferences(session_type_id)
        return [*wishes, *self._own_preferences(self.shape_for(session_type_id, practitioner))]

    def wishes_as_preferences(self, session_type_id: int) -> list[Preference]:
        if session_type_id not in self._wishes:
            self._wishes[session_type_id] = list(self._wished(self.shapes[session_type_id]))
        return self._wishes[session_type_id]

    @cached_property
    def _options(self) -> dict[int | None, dict[int, dict[int, Option]]]:
        return {}

    @cached_property
    def _rested(self) -> dict[int, int]:
        return {}

    @cached_property
    def _wishes(self) -> dict[int, list[Preference]]:
        return {}

    def _wished(self, shape: SessionRequirements) -> Iterator[Preference]:
        wishes, dear, horizon = self.quest.wishes, self.quest.dearness, self.diaries.horizon
        if wishes.weekdays:
            mask = weekday_mask(horizon=horizon, weekdays=wishes.weekdays)
            yield Preference(mask, dear.weekdays, "weekdays")
        if wishes.after or wishes.before:
            cells = shape.patient_cells
            mask = hours_mask(horizon=horizon, after=wishes.after, before=wishes.before, patient_cells=cells)
            yield Preference(mask, dear.hours, "hours")
        if self.quest.practitioner_diary is not None:
            mask = self.starts_of(shape.narrowed_to(self.quest.practitioner_diary))
            yield Preference(mask, dear.practitioner, "practitioner")
        if wishes.companion is not None:
            cells = wishes.within_minutes // CELL_MINUTES
            mask = companion_mask(horizon=horizon, starts=self.quest.companion_cells, within_cells=cells)
            yield Preference(mask, dear.companion, "companion")

    def _own_preferences(self, shape: SessionRequirements) -> Iterator[Preference]:
        """No useless gap in the day of whoever leads the session, and even load among those who could."""
        lead = shape.lead
        if lead is None:
            return
        snug = light = 0
        start, end = min(part.start for part in lead.parts), max(part.end for part in lead.parts)
        for diary in lead.pool:
            able = self.kernel.role_mask(lead, diary)
            snug |= able & self._snug(diary, start, end)
            light |= able & self._light_days.get(diary, 0)
        yield Preference(snug, self.quest.dearness.gaps)
        if len(lead.pool) > 1:
            yield Preference(light, self.quest.dearness.load)

    def _snug(self, diary: int, start: int, end: int) -> int:
        busy = self.diaries.busy.get(diary, 0)
        return snug_mask(free=self.diaries.free[diary], busy=busy, start=start, end=end) if busy else -1

    @cached_property
    def _light_days(self) -> dict[int, int]:
        """Practitioner → the days on which others who could lead have at least as much to do."""
        leads = [lead for shape in self.shapes.values() if (lead := shape.lead) is not None]
        pool = {diary for lead in leads for diary in lead.pool}
        horizon, found = self.diaries.horizon, dict.fromkeys(pool, 0)
        for day in horizon.days:
            offset, whole = day.first_cell - horizon.first_cell, ones(day.end_cell - day.first_cell)
            loads = {
                diary: (self.diaries.busy.get(diary, 0) >> offset & whole).bit_count()
                for diary in pool
                if self.diaries.open[diary] >> offset & whole
            }
            for diary in least_loaded(loads=loads):
                found[diary] |= whole << offset
        return found

    def _placeable(self, rule: Rule, options: OptionsByType) -> Placeable:
        if rule.key in self.quest.fixed:
            return Placeable(rule, {self.quest.fixed[rule.key].toordinal(): Option(0)}, is_fixed=True)
        return Placeable(rule, _before(options[rule.session_type_id], self._next_fixed(rule.key)))

    def _next_fixed(self, key: Key) -> int | None:
        fixed = self.quest.fixed.items()
        later = [on.toordinal() for o, on in fixed if o.kind == key.kind and o.number > key.number]
        return min(later, default=None)

    @cached_property
    def _patient_free(self) -> int:
        return self.diaries.patient_free(now=self.quest.now)

    @cached_property
    def _grid(self) -> int:
        minutes = self.quest.plan.clinic.start_grid_minutes
        return start_grid_mask(horizon=self.diaries.horizon, minutes=minutes)


def _before(options: Options, end: int | None) -> Options:
    return options if end is None else {on: option for on, option in options.items() if on < end}
