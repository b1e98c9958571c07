"""Hours over REST: the week of a site, or of a resource there, and those of one date."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.errors import Malformed
from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import NewDayHours, Rota
from clinic.hours.standing import find_rota, hours_of, own_hours_on, version_of_hours
from clinic.identity.permissions import Act
from clinic.sentences import sentence as _
from clinic.time.wall_clock import local_date, parse_clock
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Shape, Text, WholeNumber
from clinic.web.trail import saw
from scheduling.api.disruption.hours_answers import (
    HoursOfDayJson,
    HoursOfWeekJson,
    SetDayJson,
    SetWeekJson,
    day_json,
    left_out_json,
    week_json,
)
from scheduling.disruption import hours
from scheduling.disruption.hours import NewWeek
from scheduling.models import Session

MOST_SPANS = 100
_CLOCK = {"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_WEEK_REFUSES = (
    "hours_empty",
    "hours_overlap",
    "malformed_time",
    "malformed_weekday",
    "malformed_weeks",
    "valid_until_reversed",
)
_DAY_REFUSES = ("hours_empty", "hours_overlap", "malformed_day", "malformed_time", "note_too_long")


class ClockSpanShape(Shape):
    """From when until when, `HH:MM`; what ends no later than it begins runs into the next day."""

    opens = Text(schema=_CLOCK)
    closes = Text(schema=_CLOCK)


class SpanShape(ClockSpanShape):
    """Weekday 1 is Monday. Every so many weeks is counted from the week of `counted_from`, or of `from`."""

    weekday = WholeNumber()
    every_weeks = WholeNumber(required=False, default=1)
    counted_from = Day(required=False)
    valid_until = Day(required=False)


class WeekShape(Shape):
    """The whole week from a date on: later weeks are replaced. None: the hours end there."""

    from_ = Day()
    hours = serializers.ListField(child=SpanShape(), max_length=MOST_SPANS)


class DayShape(Shape):
    """The hours of the date. None: closed."""

    hours = serializers.ListField(child=ClockSpanShape(), max_length=MOST_SPANS)
    note = Text(required=False, allow_blank=True, default="")


class OnFilter(Shape):
    """On which date; today without one."""

    on = Day(required=False)


@speaks("show_site_hours", Act.SEE_PLACES, query=OnFilter, answers={200: HoursOfWeekJson})
def show_of_site(call: Call, site_id: UUID) -> Answer[HoursOfWeekJson]:
    """Show the week of a site as it stands on a date."""
    return _show(call, _site_rota(call, site_id))


@speaks("show_resource_hours", Act.SEE_PLACES, query=OnFilter, answers={200: HoursOfWeekJson})
def show_of_resource(call: Call, site_id: UUID, resource_id: UUID) -> Answer[HoursOfWeekJson]:
    """Show the week of a practitioner, room or device at a site, as it stands on a date.

    A room or device without hours of its own follows the site.
    """
    return _show(call, _resource_rota(call, site_id, resource_id))


@speaks(
    "set_site_hours",
    Act.MANAGE_PLACES,
    does=Does.CHANGES,
    body=WeekShape,
    answers={200: SetWeekJson},
    refuses=_WEEK_REFUSES,
)
def set_of_site(call: Call, site_id: UUID) -> Answer[SetWeekJson]:
    """Set the week of a site from a date on.

    What is booked stays; the answer lists what the hours leave out.
    """
    return _set(call, _site_rota(call, site_id))


@speaks(
    "set_resource_hours",
    Act.MANAGE_PLACES,
    does=Does.CHANGES,
    body=WeekShape,
    answers={200: SetWeekJson},
    refuses=_WEEK_REFUSES,
)
def set_of_resource(call: Call, site_id: UUID, resource_id: UUID) -> Answer[SetWeekJson]:
    """Set the week of a practitioner, room or device at a site, from a date on.

    What is booked stays; the answer lists what the hours leave out.
    """
    return _set(call, _resource_rota(call, site_id, resource_id))


@speaks("show_site_day", Act.SEE_PLACES, answers={200: HoursOfDayJson}, refuses=("malformed_day",))
def show_day_of_site(call: Call, site_id: UUID, on: str) -> Answer[HoursOfDayJson]:
    """Show the hours of a site on a date."""
    return _show_day(_site_rota(call, site_id), on)


@speaks("show_resource_day", Act.SEE_PLACES, answers={200: HoursOfDayJson}, refuses=("malformed_day",))
def show_day_of_resource(call: Call, site_id: UUID, resource_id: UUID, on: str) -> Answer[HoursOfDayJson]:
    """Show the hours of a practitioner, room or device at a site on a date."""
    return _show_day(_resource_rota(call, site_id, resource_id), on)


@speaks(
    "set_site_day",
    Act.MANAGE_PLACES,
    does=Does.REPEATS,
    body=DayShape,
    answers={200: SetDayJson},
    refuses=_DAY_REFUSES,
)
def set_day_of_site(call: Call, site_id: UUID, on: str) -> Answer[SetDayJson]:
    """Set the hours of a site on a date, also of a public holiday."""
    return _set_day(call, _site_rota(call, site_id), on)


@speaks(
    "set_resource_day",
    Act.MANAGE_PLACES,
    does=Does.REPEATS,
    body=DayShape,
    answers={200: SetDayJson},
    refuses=_DAY_REFUSES,
)
def set_day_of_resource(call: Call, site_id: UUID, resource_id: UUID, on: str) -> Answer[SetDayJson]:
    """Set the hours of a practitioner, room or device at a site on a date."""
    return _set_day(call, _resource_rota(call, site_id, resource_id), on)


@speaks(
    "take_back_site_day",
    Act.MANAGE_PLACES,
    does=Does.REPEATS,
    answers={200: SetDayJson},
    refuses=("malformed_day",),
)
def take_back_day_of_site(call: Call, site_id: UUID, on: str) -> Answer[SetDayJson]:
    """Let a date go by the week of the site again."""
    return _take_back_day(call, _site_rota(call, site_id), on)


@speaks(
    "take_back_resource_day",
    Act.MANAGE_PLACES,
    does=Does.REPEATS,
    answers={200: SetDayJson},
    refuses=("malformed_day",),
)
def take_back_day_of_resource(call: Call, site_id: UUID, resource_id: UUID, on: str) -> Answer[SetDayJson]:
    """Let a date go by the week of a practitioner, room or device at a site again."""
    return _take_back_day(call, _resource_rota(call, site_id, resource_id), on)


def _show(call: Call, rota: Rota) -> Answer[HoursOfWeekJson]:
    on = call.asked.get("on") or local_date(database_now(), rota.site.tz)
    version = version_of_hours(rota=rota)
    return Answer(week_json(hours_of(rota=rota), on), version=version)


def _set(call: Call, rota: Rota) -> Answer[SetWeekJson]:
    call.refuse_if_stale(version=version_of_hours(rota=rota))
    begins_on = call.said["from"]
    spans = [_span(said, begins_on) for said in call.said["hours"]]
    left_out = hours.set_week(week=NewWeek(rota, begins_on, spans), by=call.by, now=database_now())
    _tell_of(call, left_out, rota)
    told: SetWeekJson = {
        "week": week_json(hours_of(rota=rota), begins_on),
        "left_out": left_out_json(left_out),
    }
    return Answer(told, version=version_of_hours(rota=rota))


def _show_day(rota: Rota, on: str) -> Answer[HoursOfDayJson]:
    version = version_of_hours(rota=rota)
    return Answer(_day_json(rota, _date(on)), version=version)


def _set_day(call: Call, rota: Rota, on: str) -> Answer[SetDayJson]:
    spans = [(parse_clock(said["opens"]), parse_clock(said["closes"])) for said in call.said["hours"]]
    day = NewDayHours(_date(on), spans, call.said["note"])
    return _changed_day(
        call, rota, day.on, lambda: hours.set_day(rota=rota, day=day, by=call.by, now=database_now())
    )


def _take_back_day(call: Call, rota: Rota, on: str) -> Answer[SetDayJson]:
    day = _date(on)
    return _changed_day(
        call, rota, day, lambda: hours.take_back_day(rota=rota, on=day, by=call.by, now=database_now())
    )


def _changed_day(call: Call, rota: Rota, on: date, act: Callable[[], list[Session]]) -> Answer[SetDayJson]:
    call.refuse_if_stale(version=version_of_hours(rota=rota))
    left_out = act()
    _tell_of(call, left_out, rota)
    told: SetDayJson = {"day": _day_json(rota, on), "left_out": left_out_json(left_out)}
    return Answer(told, version=version_of_hours(rota=rota))


def _day_json(rota: Rota, on: date) -> HoursOfDayJson:
    return day_json(hours_of(rota=rota), on, own_hours_on(rota=rota, on=on))


def _tell_of(call: Call, left_out: list[Session], rota: Rota) -> None:
    patients = [session.patient.uuid for session in left_out]
    saw(AuditAction.SAW_SESSIONS, patients, by=call.by, about=rota.whose)


def _span(said: Mapping[str, Any], begins_on: date) -> WeeklySpan:
    return WeeklySpan(
        weekday=said["weekday"],
        opens=parse_clock(said["opens"]),
        closes=parse_clock(said["closes"]),
        every_weeks=said["every_weeks"],
        valid_from=begins_on,
        valid_until=said.get("valid_until"),
        counted_from=said.get("counted_from"),
    )


def _date(on: str) -> date:
    """A date in a path. Raises Malformed (`malformed_day`)."""
    try:
        return Day().to_internal_value(on)
    except serializers.ValidationError:
        raise Malformed(
            "malformed_day", _("There is no date “{on}”. Write it as 2027-01-31.", on=on)
        ) from None


def _site_rota(call: Call, site_id: UUID) -> Rota:
    return find_rota(by=call.by, site=site_id)


def _resource_rota(call: Call, site_id: UUID, resource_id: UUID) -> Rota:
    return find_rota(by=call.by, site=site_id, resource=resource_id)
