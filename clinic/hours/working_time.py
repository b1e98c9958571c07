"""Working time of a site's resources, apart from what is booked: reads, a fixed number of queries."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, Q, TextField, Value

from clinic.hours.opening import DaySpan, Horizon, Hours, WeeklySpan, absence_mask, open_mask
from clinic.hours.public_holidays import public_holidays
from clinic.models import (
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
from clinic.models.tenant import TenantQuerySet
from clinic.time.cells import instant_of

Absence = tuple[datetime, datetime | None]
# With the id of a site: which advisory lock is the turn to its hours.
_TURNS = 0x686F757273 << 24
_WEEKLY_SPAN = ("weekday", "opens", "closes", "every_weeks", "valid_from", "valid_until")


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


@dataclass(frozen=True, slots=True)
class Working:
    """Who and what may serve at a site, and when each of them works: diary id → its open bits."""

    resources: tuple[BookableResource, ...]
    open: Mapping[int, int]

    def cut(self, horizon: Horizon, shorter: Horizon) -> "Working":
        """The same over some dates of the horizon."""
        skip, cells = shorter.first_cell - horizon.first_cell, shorter.full
        return Working(self.resources, {diary: mask >> skip & cells for diary, mask in self.open.items()})


# A site and everything that its open hours are reckoned from.
_Hours = tuple[int, int | None, str, str, str]


def working_at(*, site: Site, horizon: Horizon) -> Working:
    """The site’s resources and when they work. Six queries, or one while nothing has changed.

    What is read is remembered under the version of the site's hours, which whoever changes hours, leave,
    closures or resources counts up (`clinic.hours.rota.lock_hours`). The version is read first: what is
    remembered is never older than it says. Inside a transaction nothing new is remembered: what it wrote
    itself may be rolled back.
    """
    hours = (site.pk, _version(site), site.zone, site.country, site.subdivision)
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
    resources = bookable_resources(site=site)
    return Working(tuple(resources), open_masks(site=site, resources=resources, horizon=horizon))


def bookable_resources(*, site: Site) -> list[BookableResource]:
    """The active resources that may serve at the site: its own, and every practitioner. Two queries."""
    rows = (
        Resource.objects.of_clinic(site.clinic_id)
        .filter(Q(site=site) | Q(kind=ResourceKind.PRACTITIONER), is_active=True)
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
        )
        for row in rows
    ]


def open_masks(*, site: Site, resources: Sequence[BookableResource], horizon: Horizon) -> dict[int, int]:
    """Diary id → the bits at which the resource can be booked at the site. Four queries.

    A room or device without hours of its own follows the site; a practitioner without hours at
    the site is not there.
    """
    hours = _hours(site, horizon)
    holidays = public_holidays(
        country=site.country, subdivision=site.subdivision, first=horizon.first_on, last=horizon.last_on
    )
    site_open = open_mask(hours=hours[None], horizon=horizon, holidays=holidays)
    site_open &= ~absence_mask(absences=_closures(site, horizon), horizon=horizon)
    away = _leaves(site.clinic_id, horizon)
    memo: dict[Hours, int] = {}
    masks: dict[int, int] = {}
    for resource in resources:
        own = hours[resource.pk]
        if own not in memo:
            memo[own] = open_mask(hours=own, horizon=horizon)
        follows_site = resource.kind != ResourceKind.PRACTITIONER and not own.weekly
        if follows_site:
            # Single dates of its own still replace the site's hours on those dates.
            own_dates = _dates_mask(own, horizon)
            mask = site_open & (memo[own] | ~own_dates)
        else:
            mask = site_open & memo[own]
        if resource.pk in away:
            mask &= ~absence_mask(absences=away[resource.pk], horizon=horizon)
        masks[resource.diary_id] = mask
    return masks


def share_hours(*, site_ids: Iterable[int]) -> None:
    """Hold the hours of the sites as they are: writers of hours wait until commit, bookings do not.

    SQLite needs nothing: its transaction is the lock.
    """
    if connection.vendor != "postgresql":
        return
    table = connection.ops.quote_name(SiteHours._meta.db_table)
    turn = "pg_advisory_xact_lock_shared(%s + site_id)"
    asked = f"SELECT id, {turn} FROM {table} "  # nosec # our own table
    asked += f'WHERE {table}."site_id" = ANY(%s) ORDER BY site_id FOR SHARE'
    with connection.cursor() as cursor:
        cursor.execute(asked, [_TURNS, sorted(site_ids)])


def alone_in_turn(rows: TenantQuerySet[SiteHours]) -> TenantQuerySet[SiteHours]:
    """The same hours, to be locked by who wants to be alone with them: no booking that comes later is first.

    Whoever shares a row is not kept out by one who waits to have it alone: while bookings come and go that
    one would wait on. An advisory lock of PostgreSQL is given in the order in which it is asked for.
    """
    if connection.vendor != "postgresql":
        return rows
    turn = Func(Value(_TURNS) + F("site_id"), function="pg_advisory_xact_lock", output_field=TextField())
    return rows.annotate(turn=turn)


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
    own_dates = {day.on for day in hours.days}
    return sum(horizon.day_mask(day) for day in horizon.days if day.on in own_dates)


def _touching(horizon: Horizon) -> Q:
    starts_at, ends_at = instant_of(horizon.first_cell), instant_of(horizon.first_cell + horizon.length)
    return Q(starts_at__lt=ends_at) & (Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at))


def _closures(site: Site, horizon: Horizon) -> list[Absence]:
    rows = Closure.objects.of_clinic(site.clinic_id).filter(_touching(horizon), site=site)
    return list(rows.values_list("starts_at", "ends_at"))


def _leaves(clinic_id: int, horizon: Horizon) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = defaultdict(list)
    rows = Leave.objects.of_clinic(clinic_id).filter(_touching(horizon), state=LeaveState.GRANTED)
    for resource_id, starts_at, ends_at in rows.values_list("resource_id", "starts_at", "ends_at"):
        found[resource_id].append((starts_at, ends_at))
    return found
