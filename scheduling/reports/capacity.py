"""Capacity of the weeks ahead: open, booked and expected time of everyone and everything: reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count

from clinic.hours.opening import Horizon
from clinic.hours.working_time import BookableResource
from clinic.identity.actors import Actor
from clinic.places.sites import active_sites
from clinic.time.cells import CELL_MINUTES, cell_after, ones
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries, site_diaries
from scheduling.models import Session
from scheduling.reports.adherence import due_now
from scheduling.reports.deviation import share_out

WEEKS_AHEAD, MOST_WEEKS = 12, 52
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeekOfTime:
    """Minutes of one ISO week: open, claimed, and expected of what is due in it and not booked yet."""

    starts_on: date
    open_minutes: int
    claimed_minutes: int
    expected_minutes: float

    @property
    def name(self) -> str:
        year, week, _ = self.starts_on.isocalendar()
        return f"{year}-W{week:02}"


@dataclass(frozen=True, slots=True)
class ResourceTime:
    """One resource's weeks; what is expected of its pool is shared out evenly."""

    resource: BookableResource
    weeks: tuple[WeekOfTime, ...]


@dataclass(frozen=True, slots=True)
class PoolTime:
    """The weeks of all that can play one role: what is due asks for one of them and not yet for whom."""

    kind: str
    label: str
    resources: tuple[BookableResource, ...]
    weeks: tuple[WeekOfTime, ...]


@dataclass(frozen=True, slots=True)
class Capacity:
    resources: tuple[ResourceTime, ...]
    pools: tuple[PoolTime, ...]


@dataclass(slots=True)
class _Times:
    """Minutes by diary and week."""

    weeks: tuple[date, ...]
    open: dict[tuple[int, date], int] = field(default_factory=dict)
    claimed: dict[tuple[int, date], int] = field(default_factory=dict)

    def of(self, diary_ids: Sequence[int], expected: Mapping[date, float]) -> tuple[WeekOfTime, ...]:
        return tuple(
            WeekOfTime(
                week,
                sum(self.open.get((diary, week), 0) for diary in diary_ids),
                sum(self.claimed.get((diary, week), 0) for diary in diary_ids),
                round(expected.get(week, 0), 1),
            )
            for week in self.weeks
        )


# Kind, label and diaries of those who can play a role.
_Pool = tuple[str, str, tuple[int, ...]]
_Expected = Mapping[_Pool, Mapping[date, int]]


def committed_capacity(*, by: Actor, weeks: int, now: datetime) -> Capacity:
    """Minutes open, claimed and expected of every active resource and pool, this week's rest first.

    Held time counts as claimed until it runs out. What is overdue is expected this week. A fixed number of
    queries a site, however much is booked. It says nothing of any patient, so every practitioner is told
    the whole clinic's.
    """
    sites = active_sites(clinic_id=by.clinic_id, now=now)
    today = now.astimezone(sites[0].tz).date()
    monday = today - timedelta(days=today.weekday())
    home = Horizon(sites[0].tz, monday, monday + weeks * _WEEK - timedelta(days=1))
    diaries = [
        site_diaries(
            site=site, patient_diary_id=None, first_on=home.first_on, last_on=home.last_on
        ).with_holds_yielding(now=now)
        for site in sites
    ]
    resources = {one.diary_id: one for of_site in diaries for one in of_site.resources}
    times = _Times(tuple(monday + n * _WEEK for n in range(weeks)))
    _reckon_minutes(times, diaries, home, now)
    expected = _expected(by, times.weeks, tuple(resources.values()))
    return Capacity(_by_resource(times, resources, expected), _by_pool(times, resources, expected))


def _by_resource(
    times: _Times, resources: Mapping[int, BookableResource], expected: _Expected
) -> tuple[ResourceTime, ...]:
    shares: dict[int, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for (_, _, pool), by_week in expected.items():
        for week, minutes in by_week.items():
            for diary, share in share_out(minutes=minutes, pool=pool).items():
                shares[diary][week] += share
    in_order = sorted(resources.items(), key=lambda pair: (pair[1].kind, pair[1].name))
    return tuple(ResourceTime(one, times.of([diary], shares[diary])) for diary, one in in_order)


def _by_pool(
    times: _Times, resources: Mapping[int, BookableResource], expected: _Expected
) -> tuple[PoolTime, ...]:
    return tuple(
        PoolTime(key[0], key[1], tuple(resources[diary] for diary in key[2]), times.of(key[2], expected[key]))
        for key in sorted(expected)
    )


def _reckon_minutes(times: _Times, diaries: Iterable[SiteDiaries], home: Horizon, now: datetime) -> None:
    """Open and claimed minutes from now on. Whoever works at two sites at once is there once."""
    open_masks: dict[int, int] = defaultdict(int)
    busy_masks: dict[int, int] = defaultdict(int)
    first = min(of_site.horizon.first_cell for of_site in diaries)
    for of_site in diaries:
        skew = of_site.horizon.first_cell - first
        for diary, mask in of_site.open.items():
            open_masks[diary] |= mask << skew
            busy_masks[diary] |= of_site.busy.get(diary, 0) << skew
    past = ones(cell_after(now) - first)
    for n, week in enumerate(times.weeks):
        days = home.days[7 * n : 7 * n + 7]
        ahead = ones(days[-1].end_cell - days[0].first_cell) << days[0].first_cell - first & ~past
        for diary, mask in open_masks.items():
            times.open[diary, week] = (mask & ahead).bit_count() * CELL_MINUTES
            times.claimed[diary, week] = (busy_masks[diary] & ahead).bit_count() * CELL_MINUTES


def _expected(
    by: Actor, weeks: Sequence[date], resources: Sequence[BookableResource]
) -> dict[_Pool, dict[date, int]]:
    """Pool → week → the minutes that due sessions will want of one of it."""
    due = due_now(Session.objects.of_clinic(by.clinic_id)).filter(target_on__lt=weeks[-1] + _WEEK)
    counts: dict[tuple[int, date], int] = defaultdict(int)
    rows = due.values_list("session_type_id", "target_on").annotate(count=Count("pk")).order_by()
    for pk, target_on, count in rows:
        assert target_on is not None, "those without a window are not asked for"
        counts[pk, max(target_on - timedelta(days=target_on.weekday()), weeks[0])] += count
    shapes = shapes_of(session_type_ids={pk for pk, _ in counts}, resources=resources)
    found: dict[_Pool, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for (pk, week), count in counts.items():
        for role in shapes[pk].roles:
            cells = sum(part.end - part.start for part in role.parts)
            found[role.kind, role.label, role.pool][week] += count * cells * CELL_MINUTES
    return found
