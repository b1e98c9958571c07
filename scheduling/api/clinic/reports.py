"""Adherence, sessions to be booked and capacity over REST."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, TypedDict
from uuid import UUID

from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import ResourceKind
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.rest.contract import Answer, Call, speaks
from clinic.web.rest.input_fields import Day, Shape
from clinic.web.rest.json_types import Date, Page, Uuid, Words
from clinic.web.rest.lists import ChangingShape, piece_of
from clinic.web.trail import saw
from scheduling.api.answers import SessionJson, WindowJson
from scheduling.api.output import session_json, window_json
from scheduling.models import Session
from scheduling.reports.adherence import (
    REPORT_DAYS,
    SessionAdherence,
    clinic_adherence,
    course_adherence,
    to_be_booked,
)
from scheduling.reports.capacity import MOST_WEEKS, WEEKS_AHEAD, WeekOfTime, committed_capacity
from scheduling.reports.deviation import Tally
from treatments.models import Plan


class StretchShape(Shape):
    """Dates at the sessions' own sites, both included."""

    from_ = Day(required=False)
    until = Day(required=False)


class CapacityShape(Shape):
    """How many weeks ahead."""

    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS, default=WEEKS_AHEAD)


class DueFilter(ChangingShape):
    """In the order `due` what must be booked soonest comes first."""

    orders = {"due": ("due_by",)}


class TallyJson(TypedDict):
    """How many sessions were in their windows; shares and means are null where there is none to count."""

    early: int
    on_time: int
    late: int
    missed: int
    share_on_time: float | None
    mean_days_off_target: float | None


class MeasuredJson(TypedDict):
    """A session and its window: how many days outside, and how many off the target date."""

    session: Uuid
    number: int
    attempt: int
    on: Date
    window: WindowJson
    timing: str
    days_outside: int | None
    days_off_target: int | None
    is_done_elsewhere: bool


class CourseAdherenceJson(TallyJson):
    """How a course kept to its windows."""

    plan: Uuid
    sessions: list[MeasuredJson]


class ProtocolAdherenceJson(TallyJson):
    """How the courses of a protocol kept to their windows."""

    key: str
    name: str


_Stretch = TypedDict("_Stretch", {"from": Date, "until": Date})


class ClinicAdherenceJson(TallyJson, _Stretch):
    """How the clinic’s courses kept to their windows."""

    protocols: list[ProtocolAdherenceJson]


class DueSessionJson(SessionJson):
    """A session to be booked; overdue once its window has closed."""

    is_overdue: bool


class WeekJson(TypedDict):
    """Minutes of an ISO week: open, claimed by what is booked or held, and expected of what is due."""

    week: str
    starts_on: Date
    open_minutes: int
    claimed_minutes: int
    expected_minutes: float


class CommittedResourceJson(TypedDict):
    """A practitioner, room or device, week by week."""

    id: Uuid
    kind: Annotated[str, Words.of(ResourceKind)]
    name: str
    weeks: list[WeekJson]


class PoolJson(TypedDict):
    """Those who can do the same."""

    kind: Annotated[str, Words.of(ResourceKind)]
    skill: str
    resources: list[Uuid]
    weeks: list[WeekJson]


class CapacityJson(TypedDict):
    """Each resource alone, and those together that can do the same."""

    resources: list[CommittedResourceJson]
    pools: list[PoolJson]


@speaks("show_course_adherence", Act.SEE_CALENDAR, answers={200: CourseAdherenceJson})
def of_plan(call: Call, plan_id: UUID) -> Answer[CourseAdherenceJson]:
    """Show how a course kept to its windows."""
    plan = find(Plan.objects.seen_by(call.by).select_related("patient"), uuid=plan_id)
    found = course_adherence(plan=plan)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=call.by, about=plan)
    told: CourseAdherenceJson = {
        "plan": str(plan.uuid),
        **_tally_json(found.tally),
        "sessions": [_measured_json(one) for one in found.sessions],
    }
    return Answer(told, version=plan.version)


@speaks(
    "show_adherence",
    Act.SEE_CALENDAR,
    query=StretchShape,
    answers={200: ClinicAdherenceJson},
    refuses=("horizon_reversed",),
)
def of_clinic(call: Call) -> Answer[ClinicAdherenceJson]:
    """Show how the clinic's courses kept to their windows."""
    last_on = call.asked.get("until") or today_at_home(clinic_id=call.by.clinic_id, now=now())
    first_on = call.asked.get("from") or last_on - timedelta(days=REPORT_DAYS)
    found = clinic_adherence(by=call.by, first_on=first_on, last_on=last_on)
    told: ClinicAdherenceJson = {
        "from": str(first_on),
        "until": str(last_on),
        **_tally_json(found.tally),
        "protocols": [
            {"key": one.key, "name": one.name, **_tally_json(one.tally)} for one in found.protocols
        ],
    }
    return Answer(told)


@speaks("list_to_be_booked", Act.SEE_CALENDAR, query=DueFilter, answers={200: Page[DueSessionJson]})
def list_to_be_booked(call: Call) -> Answer[Page[DueSessionJson]]:
    """List sessions to be booked."""
    today = today_at_home(clinic_id=call.by.clinic_id, now=now())
    piece = piece_of(call, to_be_booked(by=call.by))
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid for session in piece.rows], by=call.by)
    return piece.answer(lambda session: _due_json(session, today))


@speaks("show_capacity", Act.SEE_CALENDAR, query=CapacityShape, answers={200: CapacityJson})
def capacity(call: Call) -> Answer[CapacityJson]:
    """Show how much time is promised, week by week."""
    found = committed_capacity(by=call.by, weeks=call.asked["weeks"], now=now())
    told: CapacityJson = {
        "resources": [
            {
                "id": str(one.resource.uuid),
                "kind": one.resource.kind,
                "name": one.resource.name,
                "weeks": _weeks_json(one.weeks),
            }
            for one in found.resources
        ],
        "pools": [
            {
                "kind": pool.kind,
                "skill": pool.label,
                "resources": [str(one.uuid) for one in pool.resources],
                "weeks": _weeks_json(pool.weeks),
            }
            for pool in found.pools
        ],
    }
    return Answer(told)


def _tally_json(tally: Tally) -> TallyJson:
    return {
        "early": tally.early,
        "on_time": tally.on_time,
        "late": tally.late,
        "missed": tally.missed,
        "share_on_time": _rounded(tally.share_on_time),
        "mean_days_off_target": _rounded(tally.mean_days_off_target),
    }


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 3)


def _measured_json(one: SessionAdherence) -> MeasuredJson:
    return {
        "session": str(one.session.uuid),
        "number": one.session.number,
        "attempt": one.session.attempt,
        "on": str(one.session.local_date),
        "window": window_json(one.window),
        "timing": one.deviation.timing,
        "days_outside": one.deviation.days_outside,
        "days_off_target": one.deviation.days_off_target,
        "is_done_elsewhere": one.session.is_done_elsewhere,
    }


def _due_json(session: Session, today: date) -> DueSessionJson:
    is_overdue = session.latest_on is not None and session.latest_on < today
    return {**session_json(session), "is_overdue": is_overdue}


def _weeks_json(weeks: Iterable[WeekOfTime]) -> list[WeekJson]:
    return [
        {
            "week": week.name,
            "starts_on": str(week.starts_on),
            "open_minutes": week.open_minutes,
            "claimed_minutes": week.claimed_minutes,
            "expected_minutes": week.expected_minutes,
        }
        for week in weeks
    ]
