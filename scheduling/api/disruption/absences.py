"""Leave, closures and broken devices over REST: enter them, see what is in their way, swap it, end them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers

from clinic.audit_trail.write import AuditAction
from clinic.hours.rota import NewClosure, NewLeave
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Closure, Leave, LeaveKind, Resource, Site
from clinic.places.sites import today_at_home, zone_at_home
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Instant, Shape, Text, YesNo
from clinic.web.rest.json_types import Page
from clinic.web.rest.lists import ChangingShape, Piece, piece_of
from clinic.web.trail import saw
from scheduling.api.disruption.absence_answers import (
    ClearedJson,
    ClosureJson,
    EndedClosureJson,
    EndedLeaveJson,
    EnteredClosureJson,
    EnteredLeaveJson,
    GrantedLeaveJson,
    InTheWayOfJson,
    LeaveJson,
    cleared_json,
    closure_json,
    in_the_way_json,
    leave_json,
)
from scheduling.api.output import act_json
from scheduling.api.requested import refuse_reversed, touching
from scheduling.api.telling import TellingShape, telling_in
from scheduling.disruption import absences
from scheduling.disruption.absences import OnConflict
from scheduling.disruption.affected_sessions import InTheWay, sessions_in_the_way
from scheduling.disruption.clear_absence import Cleared
from scheduling.disruption.substitutes import away_of
from scheduling.undoing.last_acts import undoable_by


class LeaveShape(Shape):
    """Without `ends_at` until further notice; with `swap` others serve where they can.

    What is only kept free needs an end.
    """

    starts_at = Instant()
    ends_at = Instant(required=False)
    reason = Text(required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=LeaveKind.choices, required=False, default=LeaveKind.AWAY.value)
    swap = YesNo(required=False, default=False)


class GrantShape(Shape):
    """With `swap` others serve where they can."""

    swap = YesNo(required=False, default=False)


class ClosureShape(Shape):
    """From when until when a site is closed, and why."""

    starts_at = Instant()
    ends_at = Instant()
    reason = Text(required=False, allow_blank=True)


class EndShape(Shape):
    """When it ends; before it began it is taken back."""

    at = Instant()


class SwapShape(TellingShape):
    """Whether other practitioners may treat, not only other devices and assistants serve."""

    also_practitioners = YesNo(required=False, default=False)


class AbsenceFilter(ChangingShape):
    """`from` and `until` are dates at the clinic's first site, both included; from today without them."""

    orders = {"start": ("starts_at",)}

    from_ = Day(required=False)
    until = Day(required=False)


@speaks(
    "enter_leave",
    Act.MANAGE_PLACES,
    does=Does.MAKES,
    body=LeaveShape,
    answers={201: EnteredLeaveJson},
    refuses=("absence_reversed", "kept_free_endless", "reason_too_long"),
)
def enter_leave(call: Call, resource_id: UUID) -> Answer[EnteredLeaveJson]:
    """Enter leave, that something is out of order, or time to be kept free."""
    said, by, at = call.said, call.by, database_now()
    resource = find(Resource.objects.seen_by(by).select_related("site"), uuid=resource_id)
    stretch = (said["starts_at"], said.get("ends_at"))
    new = NewLeave(resource, *stretch, said.get("reason", ""), LeaveKind(said["kind"]))
    entered = absences.enter_leave(new=new, on_conflict=_on_conflict(said), by=by, now=at)
    assert isinstance(entered.absence, Leave), "leave was entered"
    told: EnteredLeaveJson = {
        "leave": leave_json(by)(entered.absence),
        **_cleared(call, entered.cleared, entered.absence),
        "act": act_json(undoable_by(by=by, at=at)),
    }
    location = f"{call.path.partition('resources/')[0]}leave/{entered.absence.uuid}/in-the-way/"
    return Answer(told, status=201, version=resource.version, location=location)


@speaks(
    "enter_closure",
    Act.MANAGE_PLACES,
    does=Does.MAKES,
    body=ClosureShape,
    answers={201: EnteredClosureJson},
    refuses=("absence_reversed", "reason_too_long"),
)
def enter_closure(call: Call, site_id: UUID) -> Answer[EnteredClosureJson]:
    """Close a site for a while."""
    said, by = call.said, call.by
    site = find(Site.objects.seen_by(by), uuid=site_id)
    new = NewClosure(site, said["starts_at"], said["ends_at"], said.get("reason", ""))
    entered = absences.enter_closure(new=new, by=by, now=database_now())
    assert isinstance(entered.absence, Closure), "a closure was entered"
    told: EnteredClosureJson = {
        "closure": closure_json(by)(entered.absence),
        **_cleared(call, entered.cleared, entered.absence),
    }
    location = f"{call.path.partition('sites/')[0]}closures/{entered.absence.uuid}/in-the-way/"
    return Answer(told, status=201, version=site.version, location=location)


@speaks("grant_leave", Act.MANAGE_PLACES, does=Does.CHANGES, body=GrantShape, answers={200: GrantedLeaveJson})
def grant(call: Call, leave_id: UUID) -> Answer[GrantedLeaveJson]:
    """Grant leave that was asked for."""
    leave = _leave(call, leave_id)
    call.refuse_if_stale(version=leave.version)
    conflict = _on_conflict(call.said)
    entered = absences.grant_asked(leave=leave, on_conflict=conflict, by=call.by, now=database_now())
    assert isinstance(entered.absence, Leave), "leave was granted"
    told: GrantedLeaveJson = {
        "leave": leave_json(call.by)(entered.absence),
        **_cleared(call, entered.cleared, entered.absence),
    }
    return Answer(told, version=entered.absence.version)


@speaks(
    "list_leave",
    Act.SEE_PLACES,
    query=AbsenceFilter,
    answers={200: Page[LeaveJson]},
    refuses=("horizon_reversed",),
)
def list_leave(call: Call) -> Answer[Page[LeaveJson]]:
    """List leave, and what is out of order."""
    rows = Leave.objects.seen_by(call.by).select_related("resource__site")
    return _listed(call, rows).answer(leave_json(call.by))


@speaks(
    "list_closures",
    Act.SEE_PLACES,
    query=AbsenceFilter,
    answers={200: Page[ClosureJson]},
    refuses=("horizon_reversed",),
)
def list_closures(call: Call) -> Answer[Page[ClosureJson]]:
    """List when sites are closed beside their hours."""
    rows = Closure.objects.seen_by(call.by).select_related("site")
    return _listed(call, rows).answer(closure_json(call.by))


@speaks("list_in_the_way_of_leave", Act.SEE_CALENDAR, answers={200: InTheWayOfJson})
def leave_in_the_way(call: Call, leave_id: UUID) -> Answer[InTheWayOfJson]:
    """List the sessions in the way of leave."""
    return _in_the_way(call, _leave(call, leave_id))


@speaks("list_in_the_way_of_closure", Act.SEE_CALENDAR, answers={200: InTheWayOfJson})
def closure_in_the_way(call: Call, closure_id: UUID) -> Answer[InTheWayOfJson]:
    """List the sessions in the way of a closure."""
    return _in_the_way(call, _closure(call, closure_id))


@speaks(
    "swap_leave",
    Act.BOOK,
    does=Does.REPEATS,
    body=SwapShape,
    answers={200: ClearedJson},
    refuses=("leave_not_granted",),
)
def swap(call: Call, leave_id: UUID) -> Answer[ClearedJson]:
    """Let others serve in the sessions in the way of leave."""
    leave = _leave(call, leave_id)
    call.refuse_if_stale(version=leave.version)
    also, told = call.said["also_practitioners"], telling_in(call.said)
    cleared = absences.swap_all(
        leave=leave, also_practitioners=also, told=told, by=call.by, now=database_now()
    )
    return Answer(_cleared(call, cleared, leave), version=leave.version)


@speaks(
    "end_leave",
    Act.MANAGE_PLACES,
    does=Does.CHANGES,
    body=EndShape,
    answers={200: EndedLeaveJson},
    refuses=("absence_not_longer",),
)
def end_leave(call: Call, leave_id: UUID) -> Answer[EndedLeaveJson]:
    """End leave earlier."""
    leave = _leave(call, leave_id)
    call.refuse_if_stale(version=leave.version)
    left = absences.end_leave(leave=leave, at=call.said["at"], by=call.by, now=database_now())
    told: EndedLeaveJson = {"leave": leave_json(call.by)(left) if left else None}
    return Answer(told, version=left.version if left else None)


@speaks(
    "end_closure",
    Act.MANAGE_PLACES,
    does=Does.CHANGES,
    body=EndShape,
    answers={200: EndedClosureJson},
    refuses=("absence_not_longer",),
)
def end_closure(call: Call, closure_id: UUID) -> Answer[EndedClosureJson]:
    """Open a site again."""
    closure = _closure(call, closure_id)
    call.refuse_if_stale(version=closure.version)
    left = absences.reopen(closure=closure, at=call.said["at"], by=call.by, now=database_now())
    told: EndedClosureJson = {"closure": closure_json(call.by)(left) if left else None}
    return Answer(told, version=left.version if left else None)


def _on_conflict(said: Mapping[str, Any]) -> OnConflict:
    return OnConflict.SWAP if said["swap"] else OnConflict.LIST


def _leave(call: Call, uuid: UUID) -> Leave:
    return find(Leave.objects.seen_by(call.by).select_related("resource__site"), uuid=uuid)


def _closure(call: Call, uuid: UUID) -> Closure:
    return find(Closure.objects.seen_by(call.by).select_related("site"), uuid=uuid)


def _in_the_way(call: Call, absence: Leave | Closure) -> Answer[InTheWayOfJson]:
    found: list[InTheWay] = sessions_in_the_way(away=away_of(absence), by=call.by, now=database_now())
    patients = [one.session.patient.uuid for one in found]
    saw(AuditAction.SAW_SESSIONS, patients, by=call.by, about=absence)
    return Answer({"in_the_way": [in_the_way_json(one) for one in found]}, version=absence.version)


def _cleared(call: Call, cleared: Cleared, about: Leave | Closure) -> ClearedJson:
    """What was done to make way; whose sessions it names is noted."""
    sessions = (
        *(one.session for one in cleared.in_the_way),
        *(one.session for one in cleared.swapped),
        *cleared.released,
    )
    saw(AuditAction.SAW_SESSIONS, [session.patient.uuid for session in sessions], by=call.by, about=about)
    return cleared_json(cleared)


def _listed(call: Call, rows: QuerySet[Any]) -> Piece[Any]:
    first_on, last_on = call.asked.get("from"), call.asked.get("until")
    refuse_reversed(first_on, last_on)
    zone = zone_at_home(clinic_id=call.by.clinic_id)
    first_on = first_on or today_at_home(clinic_id=call.by.clinic_id, now=database_now())
    return piece_of(call, rows.filter(touching(first_on, last_on, zone)))
