"""Leave, closures and broken devices over REST: enter them, see what is in their way, swap it, end them."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.hours.rota import NewClosure, NewLeave
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, may
from clinic.lookup import find
from clinic.models import Closure, Leave, Resource, Site
from clinic.places.sites import today_at_home, zone_at_home
from clinic.web.database_clock import database_now
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.idempotency import idempotent
from clinic.web.rest.input_fields import Day, Instant, ListShape, Shape, Text, YesNo, parsed, parsed_query
from clinic.web.rest.pagination import piece_of
from clinic.web.trail import saw
from scheduling.api.output import session_json
from scheduling.api.requested import refuse_reversed, touching
from scheduling.disruption import absences
from scheduling.disruption.absences import Entered, OnConflict
from scheduling.disruption.affected_sessions import InTheWay, sessions_in_the_way
from scheduling.disruption.clear_absence import Cleared, Swapped
from scheduling.disruption.substitutes import away_of


class LeaveShape(Shape):
    """Without `ends_at` until further notice."""

    starts_at = Instant()
    ends_at = Instant(required=False, allow_null=True)
    reason = Text(required=False, allow_blank=True)
    swap = YesNo(required=False, default=False)


class GrantShape(Shape):
    swap = YesNo(required=False, default=False)


class ClosureShape(Shape):
    starts_at = Instant()
    ends_at = Instant()
    reason = Text(required=False, allow_blank=True)


class EndShape(Shape):
    at = Instant()


class SwapShape(Shape):
    also_practitioners = YesNo(required=False, default=False)


class AbsenceFilter(ListShape):
    """`from` and `until` are dates at the clinic's first site, both included; from today without them."""

    until = Day(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own and cannot be declared.
        return {"from": Day(required=False), **super().get_fields()}


@needs(Act.MANAGE_PLACES)
@idempotent
def enter_leave(request: Request, resource_id: UUID) -> Response:
    said, by = parsed(LeaveShape, request.data), actor_of(request)
    resource = find(Resource.objects.seen_by(by).select_related("site"), uuid=resource_id)
    new = NewLeave(resource, said["starts_at"], said.get("ends_at"), said.get("reason", ""))
    entered = absences.enter_leave(new=new, on_conflict=_on_conflict(said), by=by, now=database_now())
    return _entered(entered, by=by, status=201)


@needs(Act.MANAGE_PLACES)
@idempotent
def enter_closure(request: Request, site_id: UUID) -> Response:
    said, by = parsed(ClosureShape, request.data), actor_of(request)
    site = find(Site.objects.seen_by(by), uuid=site_id)
    new = NewClosure(site, said["starts_at"], said["ends_at"], said.get("reason", ""))
    entered = absences.enter_closure(new=new, by=by, now=database_now())
    return _entered(entered, by=by, status=201)


@needs(Act.MANAGE_PLACES)
@idempotent
def grant(request: Request, leave_id: UUID) -> Response:
    said, by = parsed(GrantShape, request.data), actor_of(request)
    leave = _leave(by, leave_id)
    entered = absences.grant_asked(leave=leave, on_conflict=_on_conflict(said), by=by, now=database_now())
    return _entered(entered, by=by)


@needs(Act.SEE_PLACES)
def list_leave(request: Request) -> Response:
    asked, by = parsed_query(AbsenceFilter, request.query_params), actor_of(request)
    rows = Leave.objects.seen_by(by).select_related("resource__site")
    return _listed(request, rows, asked, by)


@needs(Act.SEE_PLACES)
def list_closures(request: Request) -> Response:
    asked, by = parsed_query(AbsenceFilter, request.query_params), actor_of(request)
    return _listed(request, Closure.objects.seen_by(by).select_related("site"), asked, by)


@needs(Act.SEE_CALENDAR)
def leave_in_the_way(request: Request, leave_id: UUID) -> Response:
    by = actor_of(request)
    return _in_the_way(_leave(by, leave_id), by)


@needs(Act.SEE_CALENDAR)
def closure_in_the_way(request: Request, closure_id: UUID) -> Response:
    by = actor_of(request)
    return _in_the_way(_closure(by, closure_id), by)


@needs(Act.BOOK)
@idempotent
def swap(request: Request, leave_id: UUID) -> Response:
    said, by = parsed(SwapShape, request.data), actor_of(request)
    cleared = absences.swap_all(
        leave=_leave(by, leave_id),
        also_practitioners=said["also_practitioners"],
        by=by,
        now=database_now(),
    )
    return Response(cleared_json(cleared))


@needs(Act.MANAGE_PLACES)
@idempotent
def end_leave(request: Request, leave_id: UUID) -> Response:
    said, by = parsed(EndShape, request.data), actor_of(request)
    leave = absences.end_leave(leave=_leave(by, leave_id), at=said["at"], by=by, now=database_now())
    return Response({"leave": leave and _shown(leave, by)})


@needs(Act.MANAGE_PLACES)
@idempotent
def end_closure(request: Request, closure_id: UUID) -> Response:
    said, by = parsed(EndShape, request.data), actor_of(request)
    closure = absences.reopen(closure=_closure(by, closure_id), at=said["at"], by=by, now=database_now())
    return Response({"closure": closure and _shown(closure, by)})


def _on_conflict(said: dict[str, Any]) -> OnConflict:
    return OnConflict.SWAP if said["swap"] else OnConflict.LIST


def _leave(by: Actor, uuid: UUID) -> Leave:
    return find(Leave.objects.seen_by(by).select_related("resource__site"), uuid=uuid)


def _closure(by: Actor, uuid: UUID) -> Closure:
    return find(Closure.objects.seen_by(by).select_related("site"), uuid=uuid)


def _entered(entered: Entered, *, by: Actor, status: int = 200) -> Response:
    kind = "leave" if isinstance(entered.absence, Leave) else "closure"
    shown = {kind: _shown(entered.absence, by), **cleared_json(entered.cleared)}
    return Response(shown, status=status)


def _in_the_way(absence: Leave | Closure, by: Actor) -> Response:
    found: list[InTheWay] = sessions_in_the_way(away=away_of(absence), by=by, now=database_now())
    saw(AuditAction.SAW_SESSIONS, [one.session.patient.uuid for one in found], by=by, about=absence)
    return Response({"in_the_way": [in_the_way_json(one) for one in found]})


def _listed(request: Request, rows: Any, asked: dict[str, Any], by: Actor) -> Response:
    first_on, last_on = asked.get("from"), asked.get("until")
    refuse_reversed(first_on, last_on)
    zone = zone_at_home(clinic_id=by.clinic_id)
    first_on = first_on or today_at_home(clinic_id=by.clinic_id, now=database_now())
    piece = piece_of(
        request, rows.filter(touching(first_on, last_on, zone)), by=("starts_at", "uuid"), asked=asked
    )
    tells = may(by=by, act=Act.MANAGE_PLACES)
    return piece.answer(lambda row: absence_json(row, home=zone, tells_reason=tells))


def _shown(absence: Leave | Closure, by: Actor) -> dict[str, Any]:
    tells = may(by=by, act=Act.MANAGE_PLACES)
    return absence_json(absence, home=zone_at_home(clinic_id=by.clinic_id), tells_reason=tells)


def absence_json(absence: Leave | Closure, *, home: ZoneInfo, tells_reason: bool) -> dict[str, Any]:
    """One absence; its resource with its site, or its site, must be loaded. `home` is for who has no site.

    Why somebody is away is for those who manage the places.
    """
    site = absence.resource.site if isinstance(absence, Leave) else absence.site
    zone = site.tz if site else home
    said = {
        "id": str(absence.uuid),
        "starts_at": absence.starts_at.astimezone(zone).isoformat(),
        "ends_at": absence.ends_at and absence.ends_at.astimezone(zone).isoformat(),
    }
    if isinstance(absence, Leave):
        said |= {"resource": str(absence.resource.uuid), "state": absence.state}
    else:
        said |= {"site": str(absence.site.uuid)}
    return {**said, "reason": absence.reason} if tells_reason else said


def in_the_way_json(one: InTheWay) -> dict[str, Any]:
    """One session, what can be done with it, and why it is not simply swapped."""
    return {
        "session": session_json(one.session),
        "remedy": str(one.remedy),
        "code": one.snag and str(one.snag),
        "sentence": one.sentence,
    }


def cleared_json(cleared: Cleared) -> dict[str, Any]:
    return {
        "in_the_way": [in_the_way_json(one) for one in cleared.in_the_way],
        "swapped": [_swapped_json(one) for one in cleared.swapped],
        "released": [session_json(session) for session in cleared.released],
    }


def _swapped_json(swapped: Swapped) -> dict[str, Any]:
    return {
        "session": session_json(swapped.session),
        "changes": [
            {"role": change.role, "before": change.before, "after": change.after}
            for change in swapped.changes
        ],
        "patient_is_told": swapped.is_noticed,
    }
