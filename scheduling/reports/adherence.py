"""Adherence of courses to their windows, and sessions that are to be booked: reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, DurationField, ExpressionWrapper, F, Max, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.sentences import sentence as _
from scheduling.courses.states import PLAN_STEPS, PlanAct
from scheduling.models import Session, SessionStatus
from scheduling.models.sessions import SessionQuerySet
from scheduling.reports.deviation import Deviation, Tally, deviation_of, missed, tally_of
from treatments.cadence import Window
from treatments.models import Plan, StepKind

NO_WINDOW_YET = Value(date.max)
# What a report looks back on unless asked otherwise.
REPORT_DAYS = 90

_DONE = Q(status=SessionStatus.COMPLETED, counts=True)
_MISSED = Q(status=SessionStatus.MISSED)


@dataclass(frozen=True, slots=True)
class SessionAdherence:
    """One treatment of a course that was done or missed."""

    session: Session
    window: Window
    deviation: Deviation


@dataclass(frozen=True, slots=True)
class CourseAdherence:
    sessions: tuple[SessionAdherence, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class ProtocolAdherence:
    """The courses of one protocol, all its versions together."""

    key: str
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class ClinicAdherence:
    protocols: tuple[ProtocolAdherence, ...]
    tally: Tally


def course_adherence(*, plan: Plan) -> CourseAdherence:
    """Every treatment of the course that was done, here or elsewhere, or missed. One query."""
    rows = _counted(Session.objects.of_clinic(plan.clinic_id).filter(plan=plan))
    sessions = tuple(_measured(row) for row in rows.order_by("number", "attempt"))
    return CourseAdherence(sessions, tally_of(one.deviation for one in sessions))


def clinic_adherence(*, by: Actor, first_on: date, last_on: date) -> ClinicAdherence:
    """The same for all the courses the actor may see, on those dates (included), by protocol. One query.

    Raises Refused (`horizon_reversed`).
    """
    refuse_if_any(_reversed(first_on, last_on))
    rows = _counted(Session.objects.seen_by(by)).filter(local_date__range=(first_on, last_on))
    grouped = rows.values(key=F("plan__protocol__key")).annotate(
        name=Max("plan__protocol__name"), **_figures()
    )
    protocols = tuple(
        ProtocolAdherence(row["key"], row["name"], _tally({**row})) for row in grouped.order_by("name", "key")
    )
    return ClinicAdherence(protocols, sum((one.tally for one in protocols), start=Tally()))


def to_be_booked(*, by: Actor) -> SessionQuerySet:
    """Due sessions of running courses that the actor may see, with `due_by`: by it, what is overdue is first.

    The rows are unordered; order them by `due_by`, then `uuid`. A clinic's patients are never ranked.
    """
    rows = due_now(Session.objects.seen_by(by)).annotate(due_by=Coalesce("latest_on", NO_WINDOW_YET))
    return rows.select_related("patient", "plan__protocol", "site", "session_type", "step")


def due_now(sessions: SessionQuerySet) -> SessionQuerySet:
    """Of the sessions those that are to be booked: due, for a patient who is there, in a course that runs.

    Reviews are due however their course ended.
    """
    runs = Q(plan=None) | Q(plan__state__in=PLAN_STEPS[PlanAct.BOOK].begins)
    runs |= Q(kind=StepKind.REVIEW, plan__state__in=PLAN_STEPS[PlanAct.BOOK_REVIEW].begins)
    return sessions.filter(runs, status=SessionStatus.DUE, patient__erased_at__isnull=True)


def _counted(sessions: SessionQuerySet) -> SessionQuerySet:
    """Treatments with a window that were done and count, or were missed."""
    return sessions.filter(
        _DONE | _MISSED,
        plan__isnull=False,
        kind=StepKind.TREATMENT,
        target_on__isnull=False,
        local_date__isnull=False,
    )


def _measured(session: Session) -> SessionAdherence:
    on, earliest, target, latest = (
        session.local_date,
        session.earliest_on,
        session.target_on,
        session.latest_on,
    )
    assert on is not None
    assert earliest is not None
    assert target is not None
    assert latest is not None
    window = Window(earliest, target, latest)
    is_missed = session.status == SessionStatus.MISSED
    return SessionAdherence(session, window, missed() if is_missed else deviation_of(window=window, on=on))


def _figures() -> dict[str, Any]:
    """Conditional counts, said so that both engines can reckon them."""
    early = _DONE & Q(local_date__lt=F("earliest_on"))
    late = _DONE & Q(local_date__gt=F("latest_on"))
    # An interval has no absolute value on PostgreSQL.
    off_target = Case(
        When(local_date__lt=F("target_on"), then=_days("target_on", "local_date")),
        default=_days("local_date", "target_on"),
    )
    return {
        "early": Count("pk", filter=early),
        "late": Count("pk", filter=late),
        "done": Count("pk", filter=_DONE),
        "missed": Count("pk", filter=_MISSED),
        "off_target": Sum(off_target, filter=_DONE, output_field=DurationField()),
    }


def _days(later: str, earlier: str) -> Any:
    return ExpressionWrapper(F(later) - F(earlier), output_field=DurationField())


def _tally(row: dict[str, Any]) -> Tally:
    return Tally(
        early=row["early"],
        on_time=row["done"] - row["early"] - row["late"],
        late=row["late"],
        missed=row["missed"],
        days_off_target=(row["off_target"] or timedelta()).days,
    )


def _reversed(first_on: date, last_on: date) -> Sequence[Problem]:
    if first_on <= last_on:
        return ()
    sentence = _("The stretch ends on {last}, before it begins. Choose a later end.", last=last_on)
    return (Problem("horizon_reversed", ProblemKind.BLOCKER, sentence),)
