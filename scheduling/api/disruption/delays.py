"""Running late over REST: look at what a delay would push, then push it."""

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from rest_framework.exceptions import ValidationError

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Resource
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Described, Shape, Text, WaivingShape, WholeNumber, YesNo
from clinic.web.rest.json_types import Instant, ProblemJson, Uuid
from clinic.web.rest.problems import problems_json
from clinic.web.trail import saw
from scheduling.api.answers import SessionsJson
from scheduling.api.output import session_json
from scheduling.api.telling import MailedOrNotShape, telling_in
from scheduling.disruption.delay_preview import Delay, Shift
from scheduling.disruption.delays import Agreed, preview_delay, push_day


class DelayShape(Shape):
    """How much later; with `only_as_needed` a gap swallows what it can."""

    minutes = WholeNumber()
    only_as_needed = YesNo(required=False, default=False)


_VERSIONS = {
    "type": "object",
    "propertyNames": {"type": "string", "format": "uuid"},
    "additionalProperties": {"type": "integer"},
}


class PushShape(DelayShape, WaivingShape, MailedOrNotShape):
    """`expected` is what the preview showed: the id of each session and its version.

    A `reason` sets aside what the key's scopes let it; with `on_word_of`, what that member may.
    """

    expected = Described(child=WholeNumber(), schema=_VERSIONS)
    reason = Text(required=False, allow_blank=True, default="")

    def validate_expected(self, said: dict[str, int]) -> dict[UUID, int]:
        try:
            return {UUID(key): version for key, version in said.items()}
        except ValueError:
            raise ValidationError("Ids of sessions with their versions are needed.") from None


class ShiftJson(TypedDict):
    """When a session would begin, and what is in the way."""

    session: Uuid
    version: int
    patient: Uuid
    starts_at: Instant
    new_starts_at: Instant
    problems: list[ProblemJson]


class ShiftsJson(TypedDict):
    """What remains of the day, later."""

    visits: list[ShiftJson]


@speaks(
    "preview_delay", Act.PUSH_DAY, body=DelayShape, answers={200: ShiftsJson}, refuses=("delay_out_of_range",)
)
def preview(call: Call, resource_id: UUID) -> Answer[ShiftsJson]:
    """Preview what remains of a day, so many minutes later.

    Nothing is written.
    """
    delay = _delay(call.said, resource_id, call.by)
    found = preview_delay(delay=delay, by=call.by, now=now())
    patients = [push.session.patient.uuid for push in found]
    saw(AuditAction.SAW_SESSIONS, patients, by=call.by, about=delay.resource)
    return Answer({"visits": [_shift_json(push) for push in found]})


# The preview's versions say what the client saw.
@speaks(
    "push_day",
    Act.PUSH_DAY,
    does=Does.MAKES,
    body=PushShape,
    answers={200: SessionsJson},
    refuses=("day_changed", "delay_out_of_range", "outside_hours", "reason_too_long", "time_taken"),
)
def push(call: Call, resource_id: UUID) -> Answer[SessionsJson]:
    """Push what remains of a day.

    All of the sessions or none; each patient hears of it once, as `told` says.
    """
    said = call.said
    agreed = Agreed(expected=said["expected"], told=telling_in(said), reason=said["reason"])
    delay = _delay(said, resource_id, call.by)
    sessions = push_day(delay=delay, agreed=agreed, by=call.by, now=database_now())
    return Answer({"sessions": [session_json(session) for session in sessions]})


def _delay(said: Mapping[str, Any], resource_id: UUID, by: Actor) -> Delay:
    resource = find(Resource.objects.seen_by(by), uuid=resource_id)
    return Delay(resource, said["minutes"], said["only_as_needed"])


def _shift_json(push: Shift) -> ShiftJson:
    zone = push.site.tz
    return {
        "session": str(push.session.uuid),
        "version": push.session.version,
        "patient": str(push.session.patient.uuid),
        "starts_at": push.old_starts_at.astimezone(zone).isoformat(),
        "new_starts_at": push.new_starts_at.astimezone(zone).isoformat(),
        "problems": problems_json(push.problems),
    }
