"""What REST says of hours: the week from a day on, the hours of one date, and when a resource is busy."""

from collections.abc import Sequence
from datetime import date, time
from typing import TypedDict

from clinic.hours.opening import Hours, WeeklySpan
from clinic.hours.weeks import begun_on, week_on, weeks_of
from clinic.models import BusyTime, DayHours
from clinic.places.sites import zone_at_home
from clinic.web.rest.json_types import Date, Instant, Uuid
from scheduling.api.answers import SessionJson
from scheduling.api.output import session_json
from scheduling.models import Session


class ClockSpanJson(TypedDict):
    """From when until when on the wall; what ends no later than it begins runs into the next day."""

    opens: str
    closes: str


class SpanJson(ClockSpanJson):
    """Weekday 1 is Monday. Every so many weeks is counted from the week of `counted_from`."""

    weekday: int
    every_weeks: int
    counted_from: Date | None
    valid_until: Date | None


_From = TypedDict("_From", {"from": Date})


class HoursOfWeekJson(_From):
    """The week as it stands on a date, and every date on which the hours change."""

    hours: list[SpanJson]
    changes_on: list[Date]


class LeftOutJson(TypedDict):
    """The sessions that the hours leave out: they stay booked."""

    left_out: list[SessionJson]


class SetWeekJson(LeftOutJson):
    """The week as it was set."""

    week: HoursOfWeekJson


class HoursOfDayJson(TypedDict):
    """The hours of one date: its own, or else those of the week. None: closed."""

    on: Date
    is_own: bool
    hours: list[ClockSpanJson]
    note: str


class SetDayJson(LeftOutJson):
    """The date as it was set."""

    day: HoursOfDayJson


class BusyTimeJson(TypedDict):
    """When a resource is busy elsewhere, and what the other system calls that."""

    external_id: str
    version: int
    starts_at: Instant
    ends_at: Instant


class NotedBusyJson(TypedDict):
    """The busy time, and the ids of the sessions that are booked then: they stay booked."""

    busy: BusyTimeJson
    conflict_count: int
    conflicts: list[Uuid]


class ForgottenBusyJson(TypedDict):
    """What was busy, and is no more."""

    forgotten: BusyTimeJson


def week_json(hours: Hours, on: date) -> HoursOfWeekJson:
    """The week that begins on the date, so that it can be sent back as it is."""
    return {
        "from": on.isoformat(),
        "hours": [_span_json(span) for span in begun_on(week_on(hours.weekly, on), on)],
        "changes_on": [week.begins_on.isoformat() for week in weeks_of(hours.weekly)],
    }


def day_json(hours: Hours, on: date, own: Sequence[DayHours]) -> HoursOfDayJson:
    """`own` are the rows of the date; public holidays are not asked for."""
    return {
        "on": on.isoformat(),
        "is_own": bool(own),
        "hours": [_clocks(*span) for span in hours.spans_on(on, is_holiday=False)],
        "note": own[0].note if own else "",
    }


def left_out_json(sessions: Sequence[Session]) -> list[SessionJson]:
    """As any list of sessions."""
    return [session_json(session) for session in sessions]


def busy_json(busy: BusyTime) -> BusyTimeJson:
    """On the clock of the resource's site; that of a practitioner on the clinic's first."""
    site = busy.resource.site
    zone = site.tz if site else zone_at_home(clinic_id=busy.clinic_id)
    return {
        "external_id": busy.external_id,
        "version": busy.version,
        "starts_at": busy.starts_at.astimezone(zone).isoformat(),
        "ends_at": busy.ends_at.astimezone(zone).isoformat(),
    }


def _span_json(span: WeeklySpan) -> SpanJson:
    return {
        "weekday": span.weekday,
        **_clocks(span.opens, span.closes),
        "every_weeks": span.every_weeks,
        "counted_from": span.counted_from.isoformat() if span.counted_from else None,
        "valid_until": span.valid_until.isoformat() if span.valid_until else None,
    }


def _clocks(opens: time, closes: time) -> ClockSpanJson:
    return {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
