"""Matches of free time with those who wait. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from clinic.hours.opening import start_grid_mask
from clinic.identity.actors import Actor
from clinic.time.cells import bits, cell_after, cell_at, instant_of
from clinic.time.wall_clock import local_date
from scheduling.booking.freed_time import FreeTime
from scheduling.courses.course import Course, courses_of, key_of
from scheduling.courses.states import PLAN_STEPS, booking_act
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries, site_diaries
from scheduling.engine.availability import SessionRequirements, feasible_starts
from scheduling.engine.costs import hours_mask, weekday_mask
from scheduling.engine.placed import PlacedSession
from scheduling.models import AHEAD, Offer, OfferState, Session, Wait, WaitState
from scheduling.models.waitlist import WaitQuerySet
from scheduling.moving.ripple import rhythm_problems, turn_problems
from scheduling.rest.reading import Standing
from scheduling.search.single_start import NamedStart, SingleStartCheck
from treatments.wishes import Wishes, wishes_from

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Match:
    """One who waits, and the earliest session in the free time that suits them."""

    free: FreeTime
    wait: Wait
    placed: PlacedSession


@dataclass(frozen=True, slots=True)
class _Board:
    """What all who wait are measured by: the free time, the site's diaries, their sessions and courses."""

    free: FreeTime
    diaries: SiteDiaries
    shapes: Mapping[int, SessionRequirements]
    courses: Mapping[int, Course]
    standing: Standing
    now: datetime

    def sessions_with(self, wait: Wait) -> Sequence[Session]:
        """The sessions that stand together with theirs; a lone session alone."""
        plan = wait.session.plan
        return [wait.session] if plan is None else self.courses[plan.pk].sessions


def queue_of(*, clinic_id: int) -> WaitQuerySet:
    """Those who wait, in the order in which they are asked: the urgent first, then as the desk ranks them."""
    rows: WaitQuerySet = Wait.objects.of_clinic(clinic_id)
    return rows.standing().of_what_may_come().in_turn()


def queue_seen_by(by: Actor) -> WaitQuerySet:
    """The same, as far as the actor may see them."""
    rows: WaitQuerySet = Wait.objects.seen_by(by)
    return rows.standing().of_what_may_come().in_turn()


def matches(*, free: FreeTime, now: datetime) -> Iterator[Match]:
    """Whom the time suits, in their turn, each with a session of their own.

    It suits one whose session may be that early, in its window, with enough rest from other courses and by
    the plan's wishes, whose later sessions stay within theirs, who has time then, whose course is at that
    site or may be, and who can come at so short a notice. Nobody moves for it: the time of their present
    session counts as taken. As many queries however many wait.
    """
    waits = _not_asked_yet(free)
    if not waits:
        return
    board = _board(waits, free, now)
    for wait in waits:
        if (placed := _placed(wait, board)) is not None:
            yield Match(free, wait, placed)


def _not_asked_yet(free: FreeTime) -> list[Wait]:
    """Those who wait, without whoever let an offer of this time pass."""
    passed = Offer.objects.filter(
        wait=OuterRef("pk"),
        site=free.site,
        starts_at__lt=free.ends_at,
        ends_at__gt=free.starts_at,
        state__in=[OfferState.DECLINED, OfferState.EXPIRED],
    )
    waits = queue_of(clinic_id=free.site.clinic_id).filter(~Exists(passed), state=WaitState.WAITING)
    return list(
        waits.select_related(
            "patient", "session__plan__clinic", "session__plan__protocol", "session__site", "session_type"
        )
    )


def _board(waits: Sequence[Wait], free: FreeTime, now: datetime) -> _Board:
    first_on, last_on = (local_date(at, free.site.tz) for at in (free.starts_at, free.ends_at))
    diaries = site_diaries(
        site=free.site, patient_diary_id=None, first_on=first_on - _DAY, last_on=last_on + _DAY
    )
    diaries = diaries.beside([wait.patient.diary_id for wait in waits]).with_holds_yielding(now=now)
    types = {wait.session.session_type_id for wait in waits}
    plans = {wait.session.plan.pk: wait.session.plan for wait in waits if wait.session.plan}
    return _Board(
        free=free,
        diaries=diaries,
        shapes=shapes_of(session_type_ids=types, resources=diaries.resources),
        courses=courses_of(plans=list(plans.values())),
        standing=Standing.of_patients({wait.patient_id for wait in waits}, clinic_id=free.site.clinic_id),
        now=now,
    )


def _placed(wait: Wait, board: _Board) -> PlacedSession | None:
    session, site = wait.session, board.free.site
    shape = _shape(wait, board)
    if shape is None or not _may_be_there(wait, board):
        return None
    diaries = replace(board.diaries, patient_diary_id=wait.patient.diary_id)
    closed = board.standing.closed_to(session)
    for start in bits(_starts(wait, board, diaries, shape)):
        at = instant_of(diaries.horizon.first_cell + start)
        if not closed.short(local_date(at, site.tz)) and _keeps_rhythm(session, at, board):
            wanted = NamedStart(site, wait.patient, session.session_type_id, at)
            return SingleStartCheck(wanted, shape, diaries).placed(key=key_of(session))
    return None


def _shape(wait: Wait, board: _Board) -> SessionRequirements | None:
    """What the session takes; with whom they want and nobody else, None if that one is not here."""
    shape, wishes = board.shapes[wait.session.session_type_id], _wishes(wait)
    if not (wishes.hard and wishes.practitioner):
        return shape
    wanted = next((one for one in board.diaries.resources if one.uuid == wishes.practitioner), None)
    return None if wanted is None else shape.narrowed_to(wanted.diary_id)


def _may_be_there(wait: Wait, board: _Board) -> bool:
    """A session stays where it is; what is nowhere yet comes where the course is, or where that is wished."""
    if wait.session.site is not None:
        return wait.session.site == board.free.site
    sites = {session.site_id for session in board.sessions_with(wait) if session.site_id is not None}
    wished = _wishes(wait).site
    return board.free.site.pk in sites if sites else wished in (None, board.free.site.uuid)


def _starts(wait: Wait, board: _Board, diaries: SiteDiaries, shape: SessionRequirements) -> int:
    """The starts on the clinic's grid at which the session lies in the free time and in what was wished."""
    horizon, free, now = diaries.horizon, board.free, board.now
    starts = feasible_starts(shape=shape, free=diaries.free, patient_free=diaries.patient_free(now=now))
    starts &= start_grid_mask(horizon=horizon, minutes=free.site.clinic.start_grid_minutes)
    earliest = max(free.starts_at, now + timedelta(hours=wait.notice_hours))
    latest = cell_at(free.ends_at) - shape.patient_cells
    if wait.session.status in AHEAD and wait.session.starts_at is not None:
        latest = min(latest, cell_at(wait.session.starts_at) - 1)
    starts &= horizon.cells_mask(cell_after(earliest), latest + 1)
    return starts & _wished(wait, diaries, shape)


def _wished(wait: Wait, diaries: SiteDiaries, shape: SessionRequirements) -> int:
    """What the one who waits said, and the plan's own weekdays and hours: no offer goes against them."""
    horizon, mask = diaries.horizon, -1
    for day in horizon.days:
        is_early = wait.from_on is not None and day.on < wait.from_on
        is_late = wait.until_on is not None and day.on > wait.until_on
        if is_early or is_late:
            mask &= ~horizon.day_mask(day)
    wishes = _wishes(wait)
    if wishes.weekdays:
        mask &= weekday_mask(horizon=horizon, weekdays=wishes.weekdays)
    if wishes.after or wishes.before:
        cells = shape.patient_cells
        mask &= hours_mask(horizon=horizon, after=wishes.after, before=wishes.before, patient_cells=cells)
    return mask


def _wishes(wait: Wait) -> Wishes:
    return wishes_from(wait.session.plan.wishes) if wait.session.plan else Wishes()


def _keeps_rhythm(session: Session, at: datetime, board: _Board) -> bool:
    """Whether it is the session’s turn, and it and every later one that has a time stays in its window."""
    plan, zone = session.plan, board.free.site.tz
    if plan is None:
        return True
    course = board.courses[plan.pk]
    may_be_booked = plan.state in PLAN_STEPS[booking_act(session)].begins
    if not may_be_booked or any(turn_problems(placed=[session], course=course)):
        return False
    key, on = key_of(session), local_date(at, zone)
    dates = course.dates
    others = [
        other for other_key, other in dates.items() if other_key != key and other_key.number < key.number
    ]
    if any(other >= on for other in others):
        return False
    today = local_date(board.now, zone)
    return not rhythm_problems(course=course, dates=dates | {key: on}, today=today)
