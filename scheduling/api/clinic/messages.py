"""Messages over REST: what no mail could bring to a patient, and that somebody said it."""

from typing import Annotated, TypedDict
from uuid import UUID

from clinic.audit_trail.write import AuditAction
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.json_types import Listed, Uuid, Words
from clinic.web.trail import saw
from scheduling.calling.phone import tell
from scheduling.messages.call_list import Call as ToSay
from scheduling.messages.call_list import call_list
from scheduling.models import Message, MessageKind, MessageState, Reason


class MessageJson(TypedDict):
    """A message to a patient, and what kept it from them.

    `problem` is the `reason` in words, `server_said` what the mail server said.
    """

    id: Uuid
    version: int
    patient: Uuid
    plan: Uuid | None
    kind: Annotated[str, Words.of(MessageKind)]
    state: Annotated[str, Words.of(MessageState)]
    problem: str
    reason: Annotated[str, Words.of(Reason)]
    server_said: str


class CallJson(MessageJson):
    """Somebody to be called: `visits` are the sessions to say something of."""

    visits: list[Uuid]


@speaks("list_calls", Act.SEE_CALENDAR, answers={200: Listed[CallJson]})
def list_unsaid(call: Call) -> Answer[Listed[CallJson]]:
    """List what no mail could bring.

    The most urgent first, and at most 200.
    """
    found = call_list(by=call.by, now=now())
    saw(AuditAction.SAW_SESSIONS, [one.message.patient.uuid for one in found], by=call.by)
    return Answer({"results": [call_json(one) for one in found]})


@speaks(
    "mark_told",
    Act.TELL,
    does=Does.REPEATS,
    answers={200: MessageJson},
    refuses=("nothing_to_say", "offer_over"),
)
def told(call: Call, message_id: UUID) -> Answer[MessageJson]:
    """Note that somebody told the patient.

    The patient is taken to know how these sessions stand at that moment. Of an offer they have from then on
    as long to answer as by mail.
    """
    message = find(Message.objects.seen_by(call.by).select_related("patient", "plan"), uuid=message_id)
    call.refuse_if_stale(version=message.version)
    done = tell(message=message, by=call.by, now=database_now())
    return Answer(message_json(done), version=done.version)


def call_json(one: ToSay) -> CallJson:
    return {**message_json(one.message), "visits": [str(session.uuid) for session in one.sessions]}


def message_json(message: Message) -> MessageJson:
    return {
        "id": str(message.uuid),
        "version": message.version,
        "patient": str(message.patient.uuid),
        "plan": str(message.plan.uuid) if message.plan else None,
        "kind": message.kind,
        "state": message.state,
        "problem": str(Reason(message.reason).label) if message.reason else "",
        "reason": message.reason,
        "server_said": message.server_said,
    }
