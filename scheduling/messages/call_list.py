"""Failed messages that staff must phone through: reads, and the act of saying that it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Conflict
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from scheduling.messages import outbox
from scheduling.messages.payload import news_of
from scheduling.models import Message, MessageKind, MessageState, Session

MOST_UNSAID = 200
# Older ones are found on the patients' pages.
LOOK_BACK = timedelta(days=90)
# These tell of sessions that are ahead, and of as many as there are.
NEWS = (MessageKind.MOVED, MessageKind.CANCELLED)
# Nobody sent these, and nobody will.
UNSENT = (MessageState.FAILED, MessageState.TOO_LATE)


class NothingToSay(Conflict):
    """The message went out, or waits to."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A message that a person must bring, and the sessions of which what it tells still holds."""

    message: Message
    sessions: tuple[Session, ...]


def unreached(*, by: Actor, now: datetime) -> list[Unsaid]:
    """What is worth a call, the most urgent first; at most `MOST_UNSAID`. Three queries.

    Messages come with patient, plan and session.
    """
    rows = Message.objects.seen_by(by).filter(_may_be_unsaid(now), patient__erased_at__isnull=True)
    shown = rows.select_related("patient", "plan", "session__site", "session__session_type")
    return unsaid_of(messages=list(shown.order_by("useful_until", "pk")[:MOST_UNSAID]), now=now)


def unsaid_of(*, messages: Sequence[Message], now: datetime) -> list[Unsaid]:
    """Those of the messages that a person must bring. Two queries at most.

    A reminder and an offer while they would be of use; that sessions were moved or cancelled while they are
    ahead and stand as the message says, however long ago the mail was given up.
    """
    candidates = [message for message in messages if _is_candidate(message, now)]
    return [
        Unsaid(news.message, sessions)
        for news in news_of(messages=candidates, now=now)
        if (sessions := tuple(told.session.session for told in news.sessions) or _of_its_own(news.message))
    ]


def mark_told(*, message: Message, by: Actor, now: datetime) -> Message:
    """Somebody told the patient, who need not be called any more. Twice is once.

    Raises NotAllowed, Unknown and NothingToSay. Locks: the message.
    """
    refuse_unless_may(by=by, act=Act.TELL)
    refuse_foreign(by=by, unknown_message=message)
    with transaction.atomic():
        locked = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
        if locked.state == MessageState.TOLD:
            return locked
        if locked.state not in UNSENT:
            raise NothingToSay(
                "nothing_to_say", "This mail went out, or will. Nobody needs to be called about it."
            )
        before = {"state": locked.state}
        outbox.told(locked)
        after = {"state": MessageState.TOLD}
        record_audit(
            AuditRecord(AuditAction.TOLD_PATIENT, locked, [message.patient.uuid], before, after),
            by=by,
            now=now,
        )
    return locked


def _may_be_unsaid(now: datetime) -> Q:
    failed = Q(state=MessageState.FAILED, useful_until__gt=now)
    given_up = Q(state__in=UNSENT, kind__in=NEWS)
    return failed | (given_up & Q(due_at__gt=now - LOOK_BACK))


def _is_candidate(message: Message, now: datetime) -> bool:
    if message.kind in NEWS:
        return message.state in UNSENT
    return message.state == MessageState.FAILED and message.useful_until > now


def _of_its_own(message: Message) -> tuple[Session, ...]:
    """A reminder and an offer are about the one session that they name."""
    return (message.session,) if message.session is not None and message.kind not in NEWS else ()
