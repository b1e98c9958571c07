"""Working time of a site's resources, apart from what is booked: reads, a fixed number of queries."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from types import MappingProxyType
from uuid import UUID

from django.db import connection
from django.db.models import Q

from clinic.hours.opening import DaySpan, Horizon, Hours, WeeklySpan, absence_mask, lasting_mask, open_mask
from clinic.hours.public_holidays import public_holidays
from clinic.models import (
    BusyTime,
    Closure,
    DayHours,
    Leave,
    LeaveState,
    Resource,
    ResourceKind,
    ResourceSkill,
    Site,
    SiteHours,
    WeeklyHours,
)
from clinic.time.cells import instant_of

Absence = tuple[datetime, datetime | None]
_NOTHING: Mapping[int | None, Hours] = MappingProxyType({})
_WEEKLY_SPAN = ("weekday", "opens", "closes", "every_weeks", "valid_from", "valid_until", "counted_from")


@dataclass(frozen=True, slots=True)
class BookableResource:
    """A resource as the search sees it."""

    pk: int
    uuid: UUID
    name: str
    kind: str
    diary_id: int
    site_id: int | None
    skill_ids: frozenset[int]
    valid_from: date | None = None
    valid_until: date | None = None

    def is_there(self, horizon: Horizon) -> bool:
        """On any of its dates."""
        begins, ends = self.valid_from, self.valid_until
        return (begins is None or begins <= horizon.last_on) and (ends is None or horizon.first_on <= ends)


@dataclass(frozen=True, slots=True)
class Working:
    """Who and what may serve at a site, and when each of them works: diary id → its open bits."""

    resources: tuple[BookableResource, ...]
    open: Mapping[int, int]

    def cut(self, horizon: Horizon, shorter: Horizon) -> "Working":
        """The same over some dates of the horizon."""
        skip, cells = shorter.first_cell - horizon.first_cell, shorter.full
        there = tuple(one for one in self.resources if one.is_there(shorter))
        return Working(there, {one.diary_id: self.open[one.diary_id] >> skip & cells for one in there})


# A site and everything that its open hours are reckoned from.
_Hours = tuple[int, int | None, str, str, str, date | None, date | None]


def working_at(*, site: Site, horizon: Horizon) -> Working:
    """The site’s resources and when they work. Six queries, or one while nothing has changed.

    What is read is remembered under the version of the site's hours, which whoever changes hours, leave,
    closures or resources counts up (`clinic.hours.rota.lock_hours`). The version is read first: what is
    remembered is never older than it says. Inside a transaction nothing new is remembered: what it wrote
    itself may be rolled back.
    """
    zone = (site.zone, site.country, site.subdivision)
    hours = (site.pk, _version(site), *zone, site.valid_from, site.valid_until)
    if (known := _remembered.around(hours, horizon)) is not None:
        return known
    found = _read(site, horizon)
    if not connection.in_atomic_block or _one_transaction.get():
        _remembered.keep(hours, horizon, found)
    return found


@contextmanager
def one_transaction_remembers() -> Iterator[None]:
    """For who writes weeks of history in one transaction, undoing none of its writes of hours apart.

    What it remembers is seen by its process alone, and forgotten at its end, however that is.
    """
    token = _one_transaction.set(True)
    try:
        yield
    finally:
        _one_transaction.reset(token)
        forget_hours()


def _version(site: Site) -> int | None:
    """In SQL: the ORM would take longer to word the question than the database to answer it."""
    table = connection.ops.quote_name(SiteHours._meta.db_table)
    with connection.cursor() as cursor:
        asked = f'SELECT version FROM {table} WHERE {table}."site_id" = %s'  # nosec # our own table
        cursor.execute(asked, [site.pk])
        row = cursor.fetchone()
    return row[0] if row else None


class _Remembered:
    """What was read, by the hours it was read from; a shorter horizon is cut from a longer one."""

    # A few horizons of a few sites: of a large clinic each may be two megabytes.
    _MOST = 16

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[_Hours, Horizon], Working] = OrderedDict()
        self._one_at_a_time = Lock()

    def around(self, hours: _Hours, horizon: Horizon) -> Working | None:
        with self._one_at_a_time:
            for key, working in self._kept.items():
                if key[0] == hours and _covers(key[1], horizon):
                    self._kept.move_to_end(key)
                    return working if key[1] == horizon else working.cut(key[1], horizon)
        return None

    def keep(self, hours: _Hours, horizon: Horizon, working: Working) -> None:
        with self._one_at_a_time:
            self._kept[hours, horizon] = working
            if len(self._kept) > self._MOST:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._one_at_a_time:
            self._kept.clear()


_remembered = _Remembered()
_one_transaction = ContextVar("one transaction remembers", default=False)


def _covers(long: Horizon, short: Horizon) -> bool:
    return long.zone == short.zone and long.first_on <= short.first_on and short.last_on <= long.last_on


def forget_hours() -> None:
    """Where sites come and go under the same numbers."""
    _remembered.forget()


def _read(site: Site, horizon: Horizon) -> Working:
    resources = [one for one in bookable_resources(site=site) if one.is_there(horizon)]
    return Working(tuple(resources), open_masks(site=site, resources=resources, horizon=horizon))


def bookable_resources(*, site: Site) -> list[BookableResource]:
    """Whoever and whatever may serve at the site, ever: its own, and every practitioner. Two queries."""
    rows = (
        Resource.objects.of_clinic(site.clinic_id)
        .filter(Q(site=site) | Q(kind=ResourceKind.PRACTITIONER))
        .order_by("pk")
    )
    skills: dict[int, set[int]] = defaultdict(set)
    pairs = ResourceSkill.objects.of_clinic(site.clinic_id)
    for resource_id, skill_id in pairs.values_list("resource_id", "skill_id"):
        skills[resource_id].add(skill_id)
    return [
        BookableResource(
            pk=row.pk,
            uuid=row.uuid,
            name=row.name,
            kind=row.kind,
            diary_id=row.diary_id,
            site_id=row.site_id,
            skill_ids=frozenset(skills[row.pk]),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in rows
    ]


def open_masks(
    *,
    site: Site,
    resources: Sequence[BookableResource],
    horizon: Horizon,
    instead: Mapping[int | None, Hours] = _NOTHING,
) -> dict[int, int]:
    """Diary id → the bits at which the resource can be booked at the site. Four queries.

    A room or device follows the site on dates for which it has no hours of its own; a practitioner without
    hours at the site is not there. Nobody and nothing is there before its first day and after its last.
    `instead` are hours as they would be, by the key of whose they are: None is the site itself.
    """
    hours = _hours(site, horizon)
    hours |= instead
    holidays = public_holidays(
        country=site.country, subdivision=site.subdivision, first=horizon.first_on, last=horizon.last_on
    )
    site_open = open_mask(hours=hours[None], horizon=horizon, holidays=holidays)
    site_open &= ~absence_mask(absences=_closures(site, horizon), horizon=horizon)
    site_open &= lasting_mask(horizon=horizon, first=site.valid_from, last=site.valid_until)
    away = _leaves(site.clinic_id, horizon)
    memo: dict[Hours, int] = {}
    masks: dict[int, int] = {}
    for resource in resources:
        own = hours[resource.pk]
        if own not in memo:
            memo[own] = open_mask(hours=own, horizon=horizon)
        mask = site_open & memo[own]
        if resource.kind != ResourceKind.PRACTITIONER:
            mask |= site_open & ~_dates_mask(own, horizon)
        if resource.pk in away:
            mask &= ~absence_mask(absences=away[resource.pk], horizon=horizon)
        first, last = resource.valid_from, resource.valid_until
        masks[resource.diary_id] = mask & lasting_mask(horizon=horizon, first=first, last=last)
    return masks


def _hours(site: Site, horizon: Horizon) -> dict[int | None, Hours]:
    """Hours at the site by resource; None is the site itself. Two queries."""
    # The eve counts too: its hours may run past midnight.
    eve = date.fromordinal(horizon.first_on.toordinal() - 1)
    weekly: dict[int | None, list[WeeklySpan]] = defaultdict(list)
    still_valid = Q(valid_until__isnull=True) | Q(valid_until__gte=eve)
    weeks = WeeklyHours.objects.of_clinic(site.clinic_id).filter(still_valid, site=site).order_by("pk")
    for resource_id, *span in weeks.values_list("resource_id", *_WEEKLY_SPAN):
        weekly[resource_id].append(WeeklySpan(*span))
    days: dict[int | None, list[DaySpan]] = defaultdict(list)
    dates = DayHours.objects.of_clinic(site.clinic_id).filter(site=site, on__range=(eve, horizon.last_on))
    for resource_id, *span in dates.order_by("pk").values_list("resource_id", "on", "opens", "closes"):
        days[resource_id].append(DaySpan(*span))
    found: dict[int | None, Hours] = defaultdict(Hours)
    for key in {*weekly, *days}:
        found[key] = Hours(weekly=tuple(weekly[key]), days=tuple(days[key]))
    return found


def _dates_mask(hours: Hours, horizon: Horizon) -> int:
    """The dates for which there are hours, a date's own or a week's, whether open on them or not."""
    if not hours.weekly and not hours.days:
        return 0
    own_dates = {day.on for day in hours.days}
    stretches = {(span.valid_from, span.valid_until) for span in hours.weekly}

    def has_hours(on: date) -> bool:
        return on in own_dates or any(
            first <= on and (last is None or on <= last) for first, last in stretches
        )

    return sum(horizon.day_mask(day) for day in horizon.days if has_hours(day.on))


def _touching(horizon: Horizon) -> Q:
    starts_at, ends_at = instant_of(horizon.first_cell), instant_of(horizon.first_cell + horizon.length)
    return Q(starts_at__lt=ends_at) & (Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at))


def _closures(site: Site, horizon: Horizon) -> list[Absence]:
    rows = Closure.objects.of_clinic(site.clinic_id).filter(_touching(horizon), site=site)
    return list(rows.values_list("starts_at", "ends_at"))


def _leaves(clinic_id: int, horizon: Horizon) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = defaultdict(list)
    columns = ("resource_id", "starts_at", "ends_at")
    leaves = Leave.objects.of_clinic(clinic_id).filter(_touching(horizon), state=LeaveState.GRANTED)
    busy = BusyTime.objects.of_clinic(clinic_id).filter(_touching(horizon))
    for resource_id, starts_at, ends_at in leaves.values_list(*columns).union(busy.values_list(*columns)):
        found[resource_id].append((starts_at, ends_at))
    return found
