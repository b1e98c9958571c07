"""Adherence, sessions to be booked and capacity over REST."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.places.sites import today_at_home
from clinic.web.clock import now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.input_fields import Day, ListShape, Shape, parsed_query
from clinic.web.rest.pagination import piece_of
from clinic.web.trail import saw
from scheduling.api.output import session_json
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

    until = Day(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own and cannot be declared.
        return {"from": Day(required=False), **super().get_fields()}


class CapacityShape(Shape):
    weeks = serializers.IntegerField(min_value=1, max_value=MOST_WEEKS, default=WEEKS_AHEAD)


@needs(Act.SEE_CALENDAR)
def of_plan(request: Request, plan_id: UUID) -> Response:
    by = actor_of(request)
    plan = find(Plan.objects.seen_by(by).select_related("patient"), uuid=plan_id)
    found = course_adherence(plan=plan)
    saw(AuditAction.SAW_PLAN, [plan.patient.uuid], by=by, about=plan)
    sessions = [_measured_json(one) for one in found.sessions]
    return Response({"plan": str(plan.uuid), **_tally_json(found.tally), "sessions": sessions})


@needs(Act.SEE_CALENDAR)
def of_clinic(request: Request) -> Response:
    asked, by = parsed_query(StretchShape, request.query_params), actor_of(request)
    last_on = asked.get("until") or today_at_home(clinic_id=by.clinic_id, now=now())
    first_on = asked.get("from") or last_on - timedelta(days=REPORT_DAYS)
    found = clinic_adherence(by=by, first_on=first_on, last_on=last_on)
    protocols = [{"key": one.key, "name": one.name, **_tally_json(one.tally)} for one in found.protocols]
    return Response(
        {"from": str(first_on), "until": str(last_on), **_tally_json(found.tally), "protocols": protocols}
    )


@needs(Act.SEE_CALENDAR)
def list_to_be_booked(request: Request) -> Response:
    asked, by = parsed_query(ListShape, request.query_params), actor_of(request)
    today = today_at_home(clinic_id=by.clinic_id, now=now())
    piece = piece_of(request, to_be_booked(by=by), by=("due_by", "uuid"), asked=asked)
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid for session in piece.rows], by=by)
    return piece.answer(lambda session: _due_json(session, today))


@needs(Act.SEE_CALENDAR)
def capacity(request: Request) -> Response:
    asked, by = parsed_query(CapacityShape, request.query_params), actor_of(request)
    found = committed_capacity(by=by, weeks=asked["weeks"], now=now())
    resources = [
        {
            "id": str(one.resource.uuid),
            "kind": one.resource.kind,
            "name": one.resource.name,
            "weeks": [_week_json(week) for week in one.weeks],
        }
        for one in found.resources
    ]
    pools = [
        {
            "kind": pool.kind,
            "skill": pool.label,
            "resources": [str(one.uuid) for one in pool.resources],
            "weeks": [_week_json(week) for week in pool.weeks],
        }
        for pool in found.pools
    ]
    return Response({"resources": resources, "pools": pools})


def _tally_json(tally: Tally) -> dict[str, Any]:
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


def _measured_json(one: SessionAdherence) -> dict[str, Any]:
    return {
        "session": str(one.session.uuid),
        "number": one.session.number,
        "attempt": one.session.attempt,
        "on": str(one.session.local_date),
        "window": one.window.as_dict(),
        "timing": one.deviation.timing,
        "days_outside": one.deviation.days_outside,
        "days_off_target": one.deviation.days_off_target,
        "is_done_elsewhere": one.session.is_done_elsewhere,
    }


def _due_json(session: Session, today: date) -> dict[str, Any]:
    is_overdue = session.latest_on is not None and session.latest_on < today
    return {**session_json(session), "is_overdue": is_overdue}


def _week_json(week: WeekOfTime) -> dict[str, Any]:
    return {
        "week": week.name,
        "starts_on": str(week.starts_on),
        "open_minutes": week.open_minutes,
        "claimed_minutes": week.claimed_minutes,
        "expected_minutes": week.expected_minutes,
    }
