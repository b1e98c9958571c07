"""Free starts of one session: the next ones of a session type, or those of a day. Reads only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from heapq import merge

from clinic.errors import Problem, ProblemKind
from clinic.hours.opening import start_grid_mask
from clinic.models import Patient, Resource, Site
from clinic.places.sites import active_sites
from clinic.sentences import sentence as _
from clinic.time.cells import bits, cell_after, cell_at, instant_of
from clinic.time.wall_clock import local_date
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries, site_diaries
from scheduling.engine.availability import SessionRequirements, feasible_starts
from scheduling.engine.booking_rules import pools_filled, serves
from scheduling.engine.placed import ResourceCard
from scheduling.engine.rest import NEVER_CLOSED, ClosedDates
from scheduling.engine.search_dates import FARTHEST_DAYS, dates_searched
from scheduling.rest.reading import beside
from treatments.models import Plan, SessionType

DEFAULT_DAYS, DEFAULT_STARTS, MOST_STARTS = 14, 50, 500


@dataclass(frozen=True, slots=True)
class StartsAsked:
    """Which starts: site-local dates, both included, two weeks from today unless they say otherwise.

    `not_before` goes on from an instant. Without a site all are looked at; a patient's own diary counts; a
    practitioner plays every role they can; the time of `leaving` sessions is free. Dates too near to the
    patient's other courses than `plan` are left out, unless nobody asks for rest.
    """

    session_type: SessionType
    first_on: date | None = None
    last_on: date | None = None
    not_before: datetime | None = None
    site: Site | None = None
    practitioner: Resource | None = None
    patient: Patient | None = None
    plan: Plan | None = None
    leaving: frozenset[int] = frozenset()
    keeps_rest: bool = True
    most: int = DEFAULT_STARTS


@dataclass(frozen=True, slots=True)
class FreeStart:
    """One start, on the site's wall clock; `practitioners` are those of whom any can treat the patient then.

    Everyone and everything else is chosen when it is booked.
    """

    start_cell: int
    starts_at: datetime
    ends_at: datetime
    site: Site
    practitioners: tuple[ResourceCard, ...]


@dataclass(frozen=True, slots=True)
class FreeStarts:
    """Starts in order of time; `next_at` is where to go on if there are more; why there can be none.

    On the dates of `resting` there is none for want of rest.
    """

    starts: tuple[FreeStart, ...]
    next_at: datetime | None = None
    problems: tuple[Problem, ...] = ()
    resting: ClosedDates = NEVER_CLOSED

    def why_resting(self, on: date) -> Problem | None:
        """Worth saying of that date, where it is closed for want of rest."""
        if not self.resting.short(on):
            return None
        sentence = _("Too little rest on {on:l j F Y}: {reason}.", on=on, reason=self.resting.words(on))
        return Problem("no_rest_in_window", ProblemKind.WARNING, sentence)


def free_starts(*, asked: StartsAsked, now: datetime) -> FreeStarts:
    """Starts at which the session can be booked as things stand, on the clinic's grid.

    Those of one instant come together, so the last ones may be a few more than asked for. Ten queries a
    site, three for the patient's other courses. Raises Refused (`horizon_reversed`, `horizon_too_long`,
    `too_far_ahead`) and Unknown (`unknown_site`) while the clinic has none.
    """
    clinic_id = asked.session_type.clinic_id
    sites = [asked.site] if asked.site else active_sites(clinic_id=clinic_id, now=now)
    dates = _dates(asked, sites, now)
    resting = _resting(asked)
    looks = [FreeStartSearch(asked, site, dates, now, resting) for site in sites]
    able = [look for look in looks if not look.problems]
    if not able:
        return FreeStarts((), problems=tuple(dict.fromkeys(p for look in looks for p in look.problems)))
    in_order = merge(*(look.starts() for look in able), key=lambda start: start.start_cell)
    return replace(_first(in_order, most=asked.most), resting=resting)


def _resting(asked: StartsAsked) -> ClosedDates:
    if asked.patient is None or not asked.keeps_rest:
        return NEVER_CLOSED
    others = beside(patient=asked.patient, plan=asked.plan, but=asked.leaving)
    return others.closed(asked.session_type.pk)


def _dates(asked: StartsAsked, sites: Sequence[Site], now: datetime) -> tuple[date, date]:
    """The same dates at every site: of several zones the one that is behind says what today is."""

    def earliest(instant: datetime) -> date:
        return min(local_date(instant, site.tz) for site in sites)

    first_on = earliest(asked.not_before) if asked.not_before else asked.first_on
    return dates_searched(first_on=first_on, last_on=asked.last_on, today=earliest(now), days=DEFAULT_DAYS)


def _first(starts: Iterable[FreeStart], *, most: int) -> FreeStarts:
    kept: list[FreeStart] = []
    for start in starts:
        if len(kept) >= most and start.start_cell != kept[-1].start_cell:
            return FreeStarts(tuple(kept), next_at=instant_of(start.start_cell))
        kept.append(start)
    return FreeStarts(tuple(kept))


class FreeStartSearch:
    """One look at one site."""

    def __init__(
        self,
        asked: StartsAsked,
        site: Site,
        dates: tuple[date, date],
        now: datetime,
        resting: ClosedDates = NEVER_CLOSED,
    ) -> None:
        self._asked, self._site, self._now, self._resting = asked, site, now, resting
        self._first_on, self._last_on = dates

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Why there can be no start here, whatever the day."""
        named, shape = self._asked.practitioner, self._whole_shape
        unfilled = tuple(pools_filled(shape))
        if unfilled or named is None:
            return unfilled
        return tuple(serves(shape, diary_id=named.diary_id, name=named.name))

    def starts(self) -> Iterator[FreeStart]:
        found = self._mask(self._shape) & self._bounds
        treating = {diary: self._mask(self._shape.narrowed_to(diary)) for diary in self._who_treats}
        for start in bits(found):
            start_cell = self._diaries.horizon.first_cell + start
            yield FreeStart(
                start_cell=start_cell,
                starts_at=instant_of(start_cell).astimezone(self._site.tz),
                ends_at=instant_of(start_cell + self._shape.patient_cells).astimezone(self._site.tz),
                site=self._site,
                practitioners=tuple(
                    self._cards[diary] for diary, mask in treating.items() if mask >> start & 1
                ),
            )

    @cached_property
    def _diaries(self) -> SiteDiaries:
        """A day wider on both sides: stages may begin the day before and end the day after."""
        day, patient = timedelta(days=1), self._asked.patient
        diaries = site_diaries(
            site=self._site,
            patient_diary_id=patient.diary_id if patient else None,
            first_on=self._first_on - day,
            last_on=self._last_on + day,
        )
        return diaries.with_holds_yielding(now=self._now).without(self._asked.leaving)

    @cached_property
    def _cards(self) -> dict[int, ResourceCard]:
        return self._diaries.cards

    @cached_property
    def _whole_shape(self) -> SessionRequirements:
        type_id = self._asked.session_type.pk
        return shapes_of(session_type_ids=[type_id], resources=self._diaries.resources)[type_id]

    @cached_property
    def _shape(self) -> SessionRequirements:
        named = self._asked.practitioner
        return self._whole_shape.narrowed_to(named.diary_id) if named else self._whole_shape

    @cached_property
    def _who_treats(self) -> tuple[int, ...]:
        """The diaries of those who could treat the patient."""
        return self._shape.lead.pool if self._shape.lead else ()

    @cached_property
    def _free(self) -> dict[int, int]:
        return self._diaries.free

    @cached_property
    def _bounds(self) -> int:
        """The clinic's grid, on the dates asked for that leave enough rest, as far ahead as is booked."""
        horizon = self._diaries.horizon
        first, end = horizon.days[1].first_cell, horizon.days[-2].end_cell
        if self._asked.not_before is not None:
            first = max(first, cell_after(self._asked.not_before))
        end = min(end, cell_at(self._now + timedelta(days=FARTHEST_DAYS)) + 1)
        minutes = self._site.clinic.start_grid_minutes
        bounds = horizon.cells_mask(first, end) & self._resting.mask(horizon)
        return start_grid_mask(horizon=horizon, minutes=minutes) & bounds

    def _mask(self, shape: SessionRequirements) -> int:
        patient_free = self._diaries.patient_free(now=self._now)
        return feasible_starts(shape=shape, free=self._free, patient_free=patient_free)
