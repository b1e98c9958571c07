"""Sessions that hours, as they are about to be, leave out: booked in time that will not be open. Reads."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic.hours.opening import DaySpan, Horizon, Hours, WeeklySpan
from clinic.hours.rota import NewDayHours, Rota
from clinic.hours.standing import hours_of
from clinic.hours.weeks import ended_before
from clinic.hours.working_time import bookable_resources, open_masks
from clinic.identity.actors import Actor
from clinic.time.cells import cell_at, instant_of
from clinic.time.wall_clock import local_date
from scheduling.disruption.affected_sessions import STANDING
from scheduling.models import Claim, Session

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewHours:
    """Whose hours become which, from the first date on which that is felt to the last; None: for good."""

    rota: Rota
    become: Hours
    first_on: date
    last_on: date | None = None


def new_week(*, rota: Rota, spans: Sequence[WeeklySpan], begins_on: date) -> NewHours:
    """Another week from that date on. Two queries."""
    standing = hours_of(rota=rota)
    weekly = (*ended_before(standing.weekly, begins_on), *spans)
    return NewHours(rota, Hours(weekly=weekly, days=standing.days), begins_on)


def new_day(*, rota: Rota, on: date, day: NewDayHours | None) -> NewHours:
    """Other hours on one date; None: those of the week. Two queries."""
    standing = hours_of(rota=rota)
    days = tuple(one for one in standing.days if one.on != on)
    if day is not None:
        days += tuple(DaySpan(on, *span) for span in day.spans) or (DaySpan(on, None, None),)
    # What opens on a date may run into the next one.
    return NewHours(rota, Hours(weekly=standing.weekly, days=days), on, on + _DAY)


def left_out(*, new: NewHours, by: Actor, now: datetime) -> list[Session]:
    """The sessions ahead that the hours fit today and will not fit, held ones too, by their start.

    Those of patients whom the actor may not see are not among them. A fixed number of queries.
    """
    rows = _claims(new.rota, now)
    if not rows:
        return []
    site, resource = new.rota.site, new.rota.resource
    first_on = max(new.first_on, local_date(now, site.tz))
    last_on = max(local_date(instant_of(claim.end_cell), site.tz) for claim in rows)
    last_on = min(last_on, new.last_on) if new.last_on else last_on
    if last_on < first_on:
        return []
    horizon = Horizon(site.tz, first_on, last_on)
    lost = _lost(new, horizon, {resource.pk if resource else None: new.become})
    hit = {
        claim.session_id
        for claim in rows
        if horizon.cells_mask(claim.start_cell, claim.end_cell) & lost[claim.diary_id]
    }
    return list(Session.objects.seen_by(by).filter(pk__in=hit).to_show().order_by("starts_at", "pk"))


def _lost(new: NewHours, horizon: Horizon, become: Mapping[int | None, Hours]) -> Mapping[int, int]:
    """Diary id → the bits that are open today and will not be."""
    site = new.rota.site
    resources = bookable_resources(site=site)
    before = open_masks(site=site, resources=resources, horizon=horizon)
    after = open_masks(site=site, resources=resources, horizon=horizon, instead=become)
    return defaultdict(int, {diary: mask & ~after[diary] for diary, mask in before.items()})


def _claims(rota: Rota, now: datetime) -> list[Claim]:
    """What resources hold for sessions there that are not over."""
    rows = Claim.objects.of_clinic(rota.site.clinic_id).filter(
        session__site=rota.site, session__status__in=STANDING, end_cell__gt=cell_at(now), need__isnull=False
    )
    if rota.resource is not None:
        rows = rows.filter(diary_id=rota.resource.diary_id)
    return list(rows.only("diary_id", "session_id", "start_cell", "end_cell"))
