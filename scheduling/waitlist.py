"""Who waits, and whom a free time suits. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from clinic.cells import bits, cell_after, cell_at, instant_of
from clinic.localtime import local_date
from clinic.models import Site
from clinic.opening import start_grid_mask
from scheduling.availability import Shape, feasible_starts
from scheduling.course_sessions import key_of, sessions_of, standing_dates
from scheduling.diary import SiteDiaries, site_diaries
from scheduling.models import AHEAD, Offer, OfferState, Session, Wait, WaitState
from scheduling.models.waitlist import WaitQuerySet
from scheduling.named_start import Look, NamedStart
from scheduling.preferences import hours_mask, weekday_mask
from scheduling.proposals import PlacedSession
from scheduling.rippling import rhythm_problems
from scheduling.shapes import shapes_of
from treatments.wishes import Wishes, wishes_from

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A stretch at a site, aware, in which somebody who waits could come: visits begin and end in it."""

    site: Site
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """One who waits, and the earliest visit in the free time that suits them."""

    free: FreeTime
    wait: Wait
    placed: PlacedSession


def queue_of(*, clinic_id: int) -> WaitQuerySet:
    """Those who wait, in the order in which they are asked: the urgent first, then as the desk ranks them."""
    rows: WaitQuerySet = Wait.objects.of_clinic(clinic_id)
    return rows.standing().of_what_may_come().in_turn()


def matches(*, free: FreeTime, now: datetime) -> Iterator[Match]:
    """Whom the time suits, in their turn, each with a visit of their own.

    It suits one whose session may be that early, in its window and by the plan's wishes, whose later
    sessions stay within theirs, who has time then, and who can come at so short a notice. Nobody moves
    for it: the time of their present visit counts as taken.
    """
    site = free.site
    first_on, last_on = (local_date(at, site.tz) for at in (free.starts_at, free.ends_at))
    for wait in _not_asked_yet(free):
        diaries = site_diaries(
            site=site,
            patient_diary_id=wait.patient.diary_id,
            first_on=first_on - _DAY,
            last_on=last_on + _DAY,
        ).with_holds_yielding(now=now)
        if (placed := _placed(wait, free, diaries, now)) is not None:
            yield Match(free, wait, placed)


def _not_asked_yet(free: FreeTime) -> Iterator[Wait]:
    """Those who wait, without whoever let an offer of this time pass."""
    passed = Offer.objects.filter(
        wait=OuterRef("pk"),
        site=free.site,
        starts_at__lt=free.ends_at,
        ends_at__gt=free.starts_at,
        state__in=[OfferState.DECLINED, OfferState.EXPIRED],
    )
    waits = queue_of(clinic_id=free.site.clinic_id).filter(~Exists(passed), state=WaitState.WAITING)
    yield from waits.select_related("patient", "session__plan__clinic", "session__site", "session_type")


def _placed(wait: Wait, free: FreeTime, diaries: SiteDiaries, now: datetime) -> PlacedSession | None:
    session = wait.session
    shape = shapes_of(session_type_ids=[session.session_type_id], resources=diaries.resources)[
        session.session_type_id
    ]
    starts = _starts(wait, free, diaries, shape, now)
    for start in bits(starts):
        at = instant_of(diaries.horizon.first_cell + start)
        if _keeps_rhythm(session, at, free.site):
            wanted = NamedStart(free.site, wait.patient, session.session_type_id, at)
            return Look(wanted, shape, diaries).placed(number=session.number)
    return None


def _starts(wait: Wait, free: FreeTime, diaries: SiteDiaries, shape: Shape, now: datetime) -> int:
    """The starts on the clinic's grid at which the visit lies in the free time and in what was wished."""
    horizon = diaries.horizon
    starts = feasible_starts(shape=shape, free=diaries.free, patient_free=diaries.patient_free(now=now))
    starts &= start_grid_mask(horizon=horizon, minutes=free.site.clinic.start_grid_minutes)
    earliest = max(free.starts_at, now + timedelta(hours=wait.notice_hours))
    latest = cell_at(free.ends_at) - shape.patient_cells
    if wait.session.status in AHEAD and wait.session.starts_at is not None:
        latest = min(latest, cell_at(wait.session.starts_at) - 1)
    starts &= horizon.cells_mask(cell_after(earliest), latest + 1)
    return starts & _wished(wait, diaries, shape)


def _wished(wait: Wait, diaries: SiteDiaries, shape: Shape) -> int:
    """What the one who waits said, and the plan's own weekdays and hours: no offer goes against them."""
    horizon, mask = diaries.horizon, -1
    for day in horizon.days:
        is_early = wait.from_on is not None and day.on < wait.from_on
        is_late = wait.until_on is not None and day.on > wait.until_on
        if is_early or is_late:
            mask &= ~horizon.day_mask(day)
    wishes = wishes_from(wait.session.plan.wishes) if wait.session.plan else Wishes()
    if wishes.weekdays:
        mask &= weekday_mask(horizon=horizon, weekdays=wishes.weekdays)
    if wishes.after or wishes.before:
        cells = shape.patient_cells
        mask &= hours_mask(horizon=horizon, after=wishes.after, before=wishes.before, patient_cells=cells)
    return mask


def _keeps_rhythm(session: Session, at: datetime, site: Site) -> bool:
    """Whether the session, and every later one that has a time, stays in its window."""
    if session.plan is None:
        return True
    course = sessions_of(plan=session.plan)
    key, on = key_of(session), local_date(at, site.tz)
    dates = standing_dates(course)
    others = [
        other for other_key, other in dates.items() if other_key != key and other_key.number < key.number
    ]
    if any(other >= on for other in others):
        return False
    return not rhythm_problems(plan=session.plan, sessions=course, dates=dates | {key: on})
