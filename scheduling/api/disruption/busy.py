"""Busy elsewhere over REST: another system says when a resource is taken, by an id of its own."""

from uuid import UUID

from clinic.hours.busy_elsewhere import NewBusyTime, forget_busy
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import BusyTime, Resource
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Instant, Shape
from clinic.web.rest.json_types import Page
from clinic.web.rest.lists import ChangingShape, piece_of
from scheduling.api.disruption.hours_answers import (
    BusyTimeJson,
    ForgottenBusyJson,
    NotedBusyJson,
    busy_json,
)
from scheduling.disruption import busy


class BusyShape(Shape):
    """From when until when. What it is stays where it came from."""

    starts_at = Instant()
    ends_at = Instant()


class BusyFilter(ChangingShape):
    """By when they start, or as they were entered."""

    orders = {"start": ("starts_at",)}


@speaks("list_busy_times", Act.SEE_PLACES, query=BusyFilter, answers={200: Page[BusyTimeJson]})
def list_busy(call: Call, resource_id: UUID) -> Answer[Page[BusyTimeJson]]:
    """List when a resource is busy elsewhere, as other systems said."""
    resource = find(Resource.objects.seen_by(call.by), uuid=resource_id)
    rows = BusyTime.objects.seen_by(call.by).filter(resource=resource).select_related("resource__site")
    return piece_of(call, rows).answer(busy_json)


@speaks(
    "note_busy_time",
    Act.MANAGE_PLACES,
    does=Does.REPEATS,
    body=BusyShape,
    answers={200: NotedBusyJson, 201: NotedBusyJson},
    refuses=("absence_reversed", "malformed_external_id"),
)
def note(call: Call, resource_id: UUID, external: str) -> Answer[NotedBusyJson]:
    """Say when a resource is busy elsewhere, or that this has moved.

    Nobody is booked then any more; what is booked stays, and is named. The same again changes nothing.
    """
    resource = find(Resource.objects.seen_by(call.by).select_related("site"), uuid=resource_id)
    _refuse_if_stale(call, resource, external)
    new = NewBusyTime(resource, external, call.said["starts_at"], call.said["ends_at"])
    noted = busy.note_busy(new=new, by=call.by, now=database_now())
    conflicts = [str(session.uuid) for session in noted.conflicts]
    told: NotedBusyJson = {
        "busy": busy_json(noted.busy),
        "conflict_count": len(conflicts),
        "conflicts": conflicts,
    }
    if noted.is_new:
        return Answer(told, status=201, version=noted.busy.version, location=call.path)
    return Answer(told, version=noted.busy.version)


@speaks(
    "forget_busy_time",
    Act.MANAGE_PLACES,
    does=Does.REPEATS,
    answers={200: ForgottenBusyJson},
    refuses=("unknown_busy_time",),
)
def forget(call: Call, resource_id: UUID, external: str) -> Answer[ForgottenBusyJson]:
    """Say that a resource is not busy elsewhere after all.

    Its time can be booked again. 404 if no busy time has that name.
    """
    resource = find(Resource.objects.seen_by(call.by).select_related("site"), uuid=resource_id)
    _refuse_if_stale(call, resource, external)
    gone = forget_busy(resource=resource, external_id=external, by=call.by, now=database_now())
    return Answer({"forgotten": busy_json(gone)})


def _refuse_if_stale(call: Call, resource: Resource, external: str) -> None:
    known = BusyTime.objects.seen_by(call.by).filter(resource=resource, external_id=external).first()
    # Whoever names a version has read one: what is not there has none.
    call.refuse_if_stale(version=known.version if known else 0)
