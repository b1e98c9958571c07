"""Rows that a client asks to see or names."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from clinic.errors import Problem, ProblemKind, Refused
from clinic.identity.actors import Actor
from clinic.lookup import find
from clinic.models import NamedKind, Patient, Resource, ResourceKind, Site
from clinic.people.external_id_kinds import name_from
from clinic.people.external_ids import rows_named
from clinic.sentences import sentence as _
from clinic.time.wall_clock import day_starts_at
from clinic.web.clock import now
from scheduling.models import Claim, Session, SessionStatus
from scheduling.models.sessions import SessionQuerySet
from treatments.models import Plan, SessionType

_TOLD_UNASKED = frozenset(SessionStatus.values) - {SessionStatus.DUE, SessionStatus.HELD}


def asked_sessions(*, by: Actor, asked: Mapping[str, Any]) -> SessionQuerySet:
    """The sessions the actor may see that fit all filters of `SessionFilter` that are asked.

    Without a status: all that have a time, except held ones. Due sessions have none: `from` and `until` find
    the windows that they touch. With `without_time` those who walked in, and have or had no time. Raises
    Unknown for a row of no or another clinic, and Refused (`horizon_reversed`).
    """
    first_on, last_on = asked.get("from"), asked.get("until")
    refuse_reversed(first_on, last_on)
    rows = Session.objects.seen_by(by).to_show()
    found = _of_the_named(rows, by=by, asked=asked)
    if asked.get("without_time"):
        found = found.filter(starts_at__isnull=True, arrived_at__isnull=False, local_date__isnull=False)
        found = found.filter(_is_dated(first_on, last_on))
        return found.filter(status__in=asked["status"]) if "status" in asked else found
    if "done_elsewhere" in asked:
        found = found.filter(is_done_elsewhere=asked["done_elsewhere"])
    if asked.get("done_elsewhere"):
        # It has a date, and no time here.
        found = found.filter(_is_dated(first_on, last_on))
        return found.filter(status__in=asked["status"]) if "status" in asked else found
    statuses = asked.get("status", _TOLD_UNASKED)
    timed = Q(starts_at__isnull=False, status__in=statuses - {SessionStatus.DUE}) & _is_on(first_on, last_on)
    if SessionStatus.DUE not in statuses:
        return found.filter(timed)
    # What is due for someone who was erased will never be booked.
    due = Q(status=SessionStatus.DUE, patient__erased_at__isnull=True) & _window_touches(first_on, last_on)
    return found.filter(due | timed)


def _is_dated(first_on: date | None, last_on: date | None) -> Q:
    dated = Q(local_date__gte=first_on) if first_on else Q()
    return dated & Q(local_date__lte=last_on) if last_on else dated


def named_site(uuid: UUID | None, *, by: Actor) -> Site | None:
    """The site with that id, open for bookings. Raises Unknown."""
    sites = Site.objects.seen_by(by).not_retired(now()).select_related("clinic")
    return find(sites, uuid=uuid) if uuid else None


def named_plan(uuid: UUID, *, by: Actor) -> Plan:
    """The plan with that id, and what is shown of it. Raises Unknown."""
    rows = Plan.objects.seen_by(by).select_related("clinic", "patient", "protocol", "prescribed_by")
    return find(rows, uuid=uuid)


def named_session(uuid: UUID, *, by: Actor) -> Session:
    """The session with that id, its plan, and where and for whom they are. Raises Unknown."""
    rows = Session.objects.seen_by(by).select_related(
        "patient__clinic", "plan__patient", "plan__clinic", "site__clinic", "session_type"
    )
    return find(rows, uuid=uuid)


def shown_sessions(sessions: Iterable[Session], *, by: Actor) -> list[Session]:
    """The same sessions as they stand now, in the same order, with what is shown of them. One query."""
    keys = [session.pk for session in sessions]
    rows = Session.objects.seen_by(by).to_show()
    found = {row.pk: row for row in rows.filter(pk__in=keys)}
    return [found[key] for key in keys if key in found]


def named_practitioner(uuid: UUID | None, *, by: Actor) -> Resource | None:
    """The practitioner with that id who works here today. Raises Unknown."""
    people = Resource.objects.seen_by(by).not_retired(now()).filter(kind=ResourceKind.PRACTITIONER)
    return find(people, uuid=uuid) if uuid else None


def touching(first_on: date, last_on: date | None, zone: ZoneInfo) -> Q:
    """What stands from `starts_at` to `ends_at`, or for good, on any of those dates, both included."""
    touches = Q(ends_at__isnull=True) | Q(ends_at__gt=day_starts_at(first_on, zone))
    if last_on is not None:
        touches &= Q(starts_at__lt=day_starts_at(last_on + timedelta(days=1), zone))
    return touches


def refuse_reversed(first_on: date | None, last_on: date | None) -> None:
    """Raise Refused (`horizon_reversed`)."""
    if first_on and last_on and last_on < first_on:
        sentence = _("The stretch ends on {last}, before it begins. Choose a later end.", last=last_on)
        raise Refused([Problem("horizon_reversed", ProblemKind.BLOCKER, sentence)])


def _of_the_named(sessions: SessionQuerySet, *, by: Actor, asked: Mapping[str, Any]) -> SessionQuerySet:
    if plan := asked.get("plan"):
        sessions = sessions.filter(plan=find(Plan.objects.seen_by(by), uuid=plan))
    if patient := asked.get("patient"):
        sessions = sessions.filter(patient=find(Patient.objects.seen_by(by), uuid=patient))
    if external := asked.get("external"):
        names = [name_from(external)]
        named = rows_named(clinic_id=by.clinic_id, kind=NamedKind.SESSION, names=names)
        sessions = sessions.filter(uuid__in=named.values())
    if site := asked.get("site"):
        sessions = sessions.filter(site=find(Site.objects.seen_by(by), uuid=site))
    if session_type := asked.get("session_type"):
        sessions = sessions.filter(session_type=find(SessionType.objects.seen_by(by), uuid=session_type))
    if resource := asked.get("resource"):
        sessions = _served_by(sessions, find(Resource.objects.seen_by(by), uuid=resource), by=by)
    return sessions


def _served_by(sessions: SessionQuerySet, resource: Resource, *, by: Actor) -> SessionQuerySet:
    """In which it serves; of what is cancelled, and claims nothing any more, in which it was to serve."""
    claims = Claim.objects.of_clinic(by.clinic_id).filter(session=OuterRef("pk"), diary_id=resource.diary_id)
    was_to_serve = Q(status=SessionStatus.CANCELLED, cast_as_text__contains=str(resource.uuid))
    named = sessions.annotate(cast_as_text=Cast("cast", TextField()))
    return named.filter(Exists(claims) | was_to_serve)


def _is_on(first_on: date | None, last_on: date | None) -> Q:
    """On those dates at the session's own site. The instants, a day wider, are there for the index."""
    is_on, day = Q(), timedelta(days=1)
    if first_on:
        is_on &= Q(local_date__gte=first_on, starts_at__gte=_midnight(first_on) - day)
    if last_on:
        is_on &= Q(local_date__lte=last_on, starts_at__lt=_midnight(last_on) + 2 * day)
    return is_on


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(0), tzinfo=UTC)


def _window_touches(first_on: date | None, last_on: date | None) -> Q:
    touches = Q()
    if first_on:
        touches &= Q(latest_on__gte=first_on)
    if last_on:
        touches &= Q(earliest_on__lte=last_on)
    return touches
