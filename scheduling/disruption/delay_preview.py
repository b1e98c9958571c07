"""A day that runs late: which sessions come later, by how much, and what is in their way. Reads."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from clinic.errors import Problem, ProblemKind
from clinic.hours.opening import Horizon
from clinic.hours.working_time import working_at
from clinic.models import Patient, Resource, Site
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.time.cells import CELL_MINUTES, cells_in, instant_of
from clinic.time.intervals import Stretch
from clinic.time.wall_clock import local_date
from scheduling.models import AHEAD, Claim, Session, SessionStatus

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Delay:
    """Somebody or something is so many minutes late.

    With `only_as_needed` a gap swallows what it can: later sessions wait no longer than they must, or not at
    all. Without it all that remain of the day come later by the same minutes.
    """

    resource: Resource
    minutes: int
    only_as_needed: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """A session and its claims, so many cells later, and the diaries that speak against it."""

    session: Session
    claims: tuple[Claim, ...]
    cells: int
    taken: tuple[Stretch, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def old_starts_at(self) -> datetime:
        assert self.session.starts_at is not None, "only sessions that have a time are pushed"
        return self.session.starts_at

    @property
    def new_starts_at(self) -> datetime:
        return self.old_starts_at + timedelta(minutes=self.cells * CELL_MINUTES)

    @property
    def site(self) -> Site:
        assert self.session.site is not None, "only sessions that have a place are pushed"
        return self.session.site

    @property
    def leaves(self) -> list[Stretch]:
        return [Stretch(row.diary_id, row.start_cell, row.end_cell) for row in self.claims]

    @property
    def takes(self) -> list[Stretch]:
        return _later(self.leaves, self.cells)


def remaining(*, resource: Resource, now: datetime) -> list[Session]:
    """The sessions in the diary that are to begin from now until the day is over at their site, by start.

    One query.
    """
    claimed = Claim.objects.of_clinic(resource.clinic_id).filter(
        session=OuterRef("pk"), diary_id=resource.diary_id
    )
    rows = (
        Session.objects.of_clinic(resource.clinic_id)
        .filter(Exists(claimed), status__in=[*AHEAD, SessionStatus.ARRIVED])
        .starting_between(now, now + _DAY + timedelta(hours=1))
        .to_show()
    )
    return [
        row
        for row in rows.order_by("starts_at", "pk")
        if row.site is not None and row.local_date == local_date(now, row.site.tz)
    ]


def pushes(*, delay: Delay, sessions: Sequence[Session]) -> list[Shift]:
    """Those of the sessions, in order of their start, that come later. One query."""
    claims: dict[int, list[Claim]] = defaultdict(list)
    rows = Claim.objects.filter(session_id__in=[session.pk for session in sessions])
    for row in rows.order_by("start_cell", "pk"):
        claims[row.session_id].append(row)
    most, placed = cells_in(delay.minutes), list[Stretch]()
    found = []
    for session in sessions:
        push = Shift(session, tuple(claims[session.pk]), most)
        if delay.only_as_needed and placed:
            push = replace(push, cells=_fewest(push.leaves, placed, most))
        placed += push.takes
        found.append(push)
    return [push for push in found if push.cells]


def looked_at(found: Sequence[Shift], *, now: datetime) -> list[Shift]:
    """The pushes with all that speaks against each. A fixed number of queries for each site."""
    if not found:
        return []
    names = _names(found)
    closed = _closed(found)
    others = _others(found, now)
    return [
        replace(
            push, taken=tuple(taken), problems=(*_hours(push, closed, names), *_clash(push, taken, names))
        )
        for push in found
        for taken in [_taken(push, found, others)]
    ]


def taken_details(found: Sequence[Shift]) -> list[dict[str, Any]]:
    """What is in the way of which session, in the site's time, for whoever is refused."""
    names = _names(found)
    return [
        {
            "session": str(push.session.uuid),
            "resource": _card(names[stretch.diary_id]),
            "starts_at": instant_of(stretch.start_cell).astimezone(push.site.tz),
            "ends_at": instant_of(stretch.end_cell).astimezone(push.site.tz),
        }
        for push in found
        for stretch in push.taken
    ]


def _later(stretches: Sequence[Stretch], cells: int) -> list[Stretch]:
    return [Stretch(s.diary_id, s.start_cell + cells, s.end_cell + cells) for s in stretches]


def _fewest(stretches: Sequence[Stretch], placed: Sequence[Stretch], most: int) -> int:
    """The fewest cells by which the stretches come clear of those placed; the most if nothing less does."""
    own = {stretch.diary_id for stretch in stretches}
    near = [stretch for stretch in placed if stretch.diary_id in own]
    return next((n for n in range(most) if not _meets(_later(stretches, n), near)), most)


def _meets(stretches: Sequence[Stretch], others: Sequence[Stretch]) -> list[Stretch]:
    return [s for s in stretches if any(s.overlaps(other) for other in others)]


def _others(found: Sequence[Shift], now: datetime) -> list[Stretch]:
    """What others claim around the new times; a hold that ran out is in nobody's way. One query."""
    wanted = [stretch for push in found for stretch in push.takes]
    rows = (
        Claim.objects.filter(
            diary_id__in={stretch.diary_id for stretch in wanted},
            start_cell__lt=max(stretch.end_cell for stretch in wanted),
            end_cell__gt=min(stretch.start_cell for stretch in wanted),
        )
        .exclude(session_id__in=[push.session.pk for push in found])
        .exclude(Q(session__hold__isnull=False, session__hold__expires_at__lte=now))
    )
    return [Stretch(*row) for row in rows.values_list("diary_id", "start_cell", "end_cell")]


def _taken(push: Shift, found: Sequence[Shift], others: Sequence[Stretch]) -> list[Stretch]:
    """Of what the session would take, what others have, sessions that are pushed by less among them."""
    rest = [s for other in found if other is not push and other.cells != push.cells for s in other.takes]
    return _meets(push.takes, [*others, *rest])


def _closed(found: Sequence[Shift]) -> dict[int, Collection[int]]:
    """Session → the diaries whose owners do not work throughout their new stretch."""
    by_site: dict[int, list[Shift]] = defaultdict(list)
    for push in found:
        by_site[push.site.pk].append(push)
    closed: dict[int, Collection[int]] = {}
    for at_site in by_site.values():
        site = at_site[0].site
        dates = [push.new_starts_at.astimezone(site.tz).date() for push in at_site]
        # Stages may begin the day before and end the day after.
        horizon = Horizon(site.tz, min(dates) - _DAY, max(dates) + _DAY)
        masks = working_at(site=site, horizon=horizon).open
        for push in at_site:
            closed[push.session.pk] = _shut(push, masks, horizon)
    return closed


def _shut(push: Shift, masks: Mapping[int, int], horizon: Horizon) -> Collection[int]:
    theirs = push.session.patient.diary_id
    return {
        stretch.diary_id
        for stretch in push.takes
        if stretch.diary_id != theirs
        and horizon.cells_mask(stretch.start_cell, stretch.end_cell) & ~masks.get(stretch.diary_id, 0)
    }


def _names(found: Sequence[Shift]) -> dict[int, Resource | Patient]:
    """Diary → whose it is. One query."""
    diaries = {row.diary_id for push in found for row in push.claims}
    clinic_id = found[0].session.clinic_id if found else 0
    names: dict[int, Resource | Patient] = {
        row.diary_id: row for row in Resource.objects.of_clinic(clinic_id).filter(diary_id__in=diaries)
    }
    return names | {push.session.patient.diary_id: push.session.patient for push in found}


def _card(owner: Resource | Patient) -> dict[str, str]:
    kind = owner.kind if isinstance(owner, Resource) else "patient"
    return {"id": str(owner.uuid), "kind": kind, "name": str(owner)}


def _would_be(push: Shift) -> Sentence:
    zone = push.site.tz
    old, new = push.old_starts_at.astimezone(zone), push.new_starts_at.astimezone(zone)
    return _("The session at {old:H:i} would begin at {new:H:i}", old=old, new=new)


def _hours(
    push: Shift, closed: Mapping[int, Collection[int]], names: Mapping[int, Resource | Patient]
) -> Iterator[Problem]:
    if shut := sorted(str(names[diary]) for diary in closed[push.session.pk]):
        yield Problem(
            "outside_hours",
            ProblemKind.WAIVABLE,
            _(
                "{would_be}, outside the hours of {shut}. Move it on its own, or let a doctor, "
                "owner or administrator set that aside with a reason.",
                would_be=_would_be(push),
                shut=", ".join(shut),
            ),
        )


def _clash(
    push: Shift, taken: Sequence[Stretch], names: Mapping[int, Resource | Patient]
) -> Iterator[Problem]:
    if busy := sorted({str(names[stretch.diary_id]) for stretch in taken}):
        yield Problem(
            "time_taken",
            ProblemKind.BLOCKER,
            _(
                "{would_be}, when this is taken: {busy}. Move one of the two first.",
                would_be=_would_be(push),
                busy=", ".join(busy),
            ),
        )
