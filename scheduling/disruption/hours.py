"""Hours that change over booked time: whoever sets them is told which sessions they leave out.

Those stay as they are; what becomes of them is decided one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clinic.changelog.log import one_act
from clinic.hours import rota as rotas
from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import NewDayHours, Rota, lock_hours, refuse_day, refuse_week
from clinic.hours.standing import hours_of
from clinic.hours.weeks import Week, runs_past_midnight, weeks_of
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from scheduling.disruption.left_out import NewHours, left_out, new_day, new_week
from scheduling.models import Session


@dataclass(frozen=True, slots=True)
class NewWeek:
    """The week from a date on; without spans the hours end there."""

    rota: Rota
    begins_on: date
    spans: Sequence[WeeklySpan]


@dataclass(frozen=True, slots=True)
class WeekPreview:
    """What to know before a week is set: the sessions left out, the coming weeks that it replaces, and the
    spans that run past midnight."""

    left_out: Sequence[Session]
    replaced: Sequence[Week]
    past_midnight: Sequence[WeeklySpan]

    @property
    def is_worth_a_look(self) -> bool:
        return bool(self.left_out or self.replaced or self.past_midnight)


def preview_week(*, week: NewWeek, by: Actor, now: datetime) -> WeekPreview:
    """What setting the week would do. Nothing is written. Raises what `set_week` raises."""
    refuse_week(rota=week.rota, spans=week.spans, by=by, begins_on=week.begins_on)
    return WeekPreview(
        left_out=left_out(new=_of_week(week), by=by, now=now),
        replaced=[
            coming
            for coming in weeks_of(hours_of(rota=week.rota).weekly)
            if coming.begins_on > week.begins_on and coming.spans
        ],
        past_midnight=[span for span in week.spans if runs_past_midnight(span)],
    )


def set_week(*, week: NewWeek, by: Actor, now: datetime) -> list[Session]:
    """Set the week from its first day on; returns the sessions that it leaves out, which stay booked.

    Raises what `clinic.hours.rota.refuse_week` raises. Locks: site hours, change counter.
    """
    refuse_week(rota=week.rota, spans=week.spans, by=by, begins_on=week.begins_on)
    with one_act():
        # Once they are locked no booking is under way: what came before is told, what comes after sees them.
        lock_hours(clinic_id=by.clinic_id, site=week.rota.site)
        out = left_out(new=_of_week(week), by=by, now=now)
        rotas.set_weekly_hours(rota=week.rota, spans=week.spans, by=by, now=now, begins_on=week.begins_on)
    return out


def preview_day(*, rota: Rota, on: date, day: NewDayHours | None, by: Actor, now: datetime) -> list[Session]:
    """The sessions that other hours on the date would leave out; None are the week's. Nothing is written.

    Raises what `set_day` and `take_back_day` raise.
    """
    _refuse_day(rota, day, by)
    return left_out(new=new_day(rota=rota, on=on, day=day), by=by, now=now)


def set_day(*, rota: Rota, day: NewDayHours, by: Actor, now: datetime) -> list[Session]:
    """Give one date other hours; returns the sessions that they leave out, which stay booked.

    Raises what `clinic.hours.rota.refuse_day` raises. Locks: site hours, change counter.
    """
    _refuse_day(rota, day, by)
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=rota.site)
        out = left_out(new=new_day(rota=rota, on=day.on, day=day), by=by, now=now)
        rotas.set_day_hours(rota=rota, day=day, by=by, now=now)
    return out


def take_back_day(*, rota: Rota, on: date, by: Actor, now: datetime) -> list[Session]:
    """The date goes by the week again; the same twice is once. The rest is as `set_day` has it."""
    _refuse_day(rota, None, by)
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=rota.site)
        out = left_out(new=new_day(rota=rota, on=on, day=None), by=by, now=now)
        rotas.take_back_day_hours(rota=rota, on=on, by=by, now=now)
    return out


def _of_week(week: NewWeek) -> NewHours:
    return new_week(rota=week.rota, spans=week.spans, begins_on=week.begins_on)


def _refuse_day(rota: Rota, day: NewDayHours | None, by: Actor) -> None:
    if day is not None:
        refuse_day(rota=rota, day=day, by=by)
    else:
        refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
        refuse_foreign(by=by, unknown_site=rota.site, unknown_resource=rota.resource)
