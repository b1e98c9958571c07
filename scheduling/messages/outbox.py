"""The queue of messages: who may send a row, and what became of it. The only writer of a row's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Left, Trim

from clinic.models import Patient
from scheduling.models import AHEAD, Message, MessageKind, MessageState

# Longer than one sender ever works on what it leased (see smtp_post): when it runs out, that sender is dead.
LEASE = timedelta(seconds=150)
_PROBLEM_LENGTH, _MAIL_PROBLEM_LENGTH = 300, 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message, and why.

    While it goes on waiting: `again_at` = not to be tried before, `due_at` = due anew then.
    """

    state: MessageState
    sentence: str = ""
    was_tried: bool = False
    again_at: datetime | None = None
    due_at: datetime | None = None
    is_address_bad: bool = False


def give_up_useless(*, now: datetime) -> int:
    """Close all that nobody sent while it was of use; returns how many there were. One statement."""
    # A reminder of a session that will not be is void, which the sender finds out.
    is_told = Q(session__status__in=AHEAD) | ~Q(kind=MessageKind.REMINDER)
    rows = _free(now).filter(is_told, useful_until__lte=now)
    before = Concat(Value("It would have come too late to be of use. "), F("last_problem"))
    return rows.update(
        state=MessageState.TOO_LATE, lease_until=None, last_problem=Left(Trim(before), _PROBLEM_LENGTH)
    )


def lease(*, now: datetime, limit: int) -> list[int]:
    """Take up to that many due messages for this sender alone, longest due first; returns their keys.

    On PostgreSQL rows that another sender is just taking are passed over; on SQLite the transaction
    itself is the lock.
    """
    with transaction.atomic():
        rows = _free(now).select_for_update(skip_locked=True, no_key=True)
        taken = list(rows.order_by("due_at").values_list("pk", flat=True)[:limit])
        Message.objects.filter(pk__in=taken).update(lease_until=now + LEASE)
    return taken


def _free(now: datetime) -> QuerySet[Message]:
    """Due, and in nobody's hands."""
    in_no_hands = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    return Message.objects.filter(in_no_hands, state=MessageState.WAITING, due_at__lte=now)


def leased(*, keys: Sequence[int]) -> list[Message]:
    """Those still waiting, as they stand at this moment, with all that a mail needs. One query."""
    rows = Message.objects.filter(pk__in=keys, state=MessageState.WAITING).select_related(
        "clinic", "patient", "session__site", "session__session_type", "session__plan"
    )
    return sorted(rows, key=lambda message: (message.due_at, message.pk))


def release(*, keys: Sequence[int], sentence: str = "") -> None:
    """Give back what was leased and not tried; with a sentence that says what is in the way."""
    rows = Message.objects.filter(pk__in=keys, state=MessageState.WAITING)
    if sentence:
        rows.update(lease_until=None, last_problem=sentence[:_PROBLEM_LENGTH])
    else:
        rows.update(lease_until=None)


def told(message: Message) -> None:
    """A person said what could not be sent, and with one reminder all of that session. It must be locked."""
    same = Q(pk=message.pk)
    if message.kind == MessageKind.REMINDER:
        same |= Q(session_id=message.session_id, kind=message.kind, state=MessageState.FAILED)
    Message.objects.filter(same, clinic_id=message.clinic_id).update(state=MessageState.TOLD)
    message.state = MessageState.TOLD


def record(message: Message, verdict: Verdict, *, now: datetime) -> None:
    """Write down what became of a leased message, and on the patient if the address is the reason."""
    row = Message.objects.filter(pk=message.pk)
    written: dict[str, object] = {
        "lease_until": verdict.again_at,
        "last_problem": verdict.sentence[:_PROBLEM_LENGTH],
    }
    if verdict.was_tried:
        written["attempts"] = F("attempts") + 1
    if verdict.due_at:
        written["due_at"] = verdict.due_at
    if verdict.state == MessageState.SENT:
        # Even if the session was cancelled a moment ago: what has gone out has gone out.
        row.update(state=verdict.state, sent_at=now, **written)
        return
    row.filter(state=MessageState.WAITING).update(state=verdict.state, **written)
    if verdict.is_address_bad:
        patient = Patient.objects.filter(pk=message.patient_id, email=message.patient.email)
        patient.update(mail_problem=verdict.sentence[:_MAIL_PROBLEM_LENGTH])
