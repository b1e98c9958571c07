"""The queue of messages: who may send a row, and what became of it. The only writer of a row's state."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import (
    F,
    Q,
    QuerySet,
)

from clinic.changelog.log import one_act, record_rows
from clinic.models import MailProblem, MessageConsent, Patient
from scheduling.diaries.can_take_place import cannot_take_place
from scheduling.messages.heard import Said, hear
from scheduling.messages.leases import free
from scheduling.messages.payload import news_of
from scheduling.models import AHEAD, Message, MessageKind, MessageState, Reason

# Nobody sent these, and nobody will.
UNSENT = (MessageState.CALL, MessageState.TOO_LATE)
# What they tell is not so any more for their patient, who must hear it however late.
OF_CHANGES = (MessageKind.NOTICE, MessageKind.MOVED, MessageKind.CANCELLED)
_OF_THE_ADDRESS = (Reason.BAD_ADDRESS, Reason.NO_ADDRESS)
_SAID_LENGTH, _SAID_OF_ADDRESS_LENGTH = 300, 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message, and why; `server_said` is for the operator alone.

    While it goes on waiting: `again_at` = not to be tried before, `due_at` = due anew then. Once it does not,
    `about` is what it told or would have, and `said` what the patient knows by it. `mail_problem` is what is
    noted of the address.
    """

    state: MessageState
    reason: Reason | None = None
    server_said: str = ""
    was_tried: bool = False
    again_at: datetime | None = None
    due_at: datetime | None = None
    mail_problem: MailProblem | None = None
    about: Mapping[str, Any] | None = None
    said: Sequence[Said] = ()

    @property
    def is_refusal(self) -> bool:
        """Whether the server would not take the mail, now or ever."""
        return self.was_tried and self.reason in (Reason.REFUSED, Reason.BAD_ADDRESS)

    def put_off(self) -> "Verdict":
        """A refusal that says nothing of this mail: it waits."""
        return Verdict(MessageState.WAITING, Reason.SERVER_REFUSES, self.server_said, was_tried=True)


def give_up_useless(*, now: datetime) -> Counter[MessageState]:
    """Close all that nobody sent while it was of use; returns how many, by state. One query if none is.

    A person must say what changed, and that a session ahead that was waited for still cannot take place.
    """
    # A reminder of a session that will not be is void, which the sender finds out.
    is_told = Q(session__status__in=AHEAD) | ~Q(kind=MessageKind.REMINDER)
    useless = free(now=now).filter(is_told, useful_until__lte=now)
    count: Counter[MessageState] = Counter()
    for clinic_id in list(useless.order_by("clinic").values_list("clinic", flat=True).distinct()):
        with one_act():
            rows = useless.filter(clinic=clinic_id).select_for_update(
                skip_locked=True, no_key=True, of=("self",)
            )
            found = list(rows.order_by("pk").select_related("session__site"))
            for verdict, alike in _given_up(found, now).items():
                keys = [row.pk for row in alike]
                show(keys, now, state=verdict.state, reason=verdict.reason, lease_until=None)
                count[verdict.state] += len(keys)
    return count


def _given_up(rows: Sequence[Message], now: datetime) -> dict[Verdict, list[Message]]:
    waited = [row.session for row in rows if row.session and row.reason == Reason.CANNOT_HAPPEN]
    stranded = cannot_take_place(sessions=waited)
    changes = [row for row in rows if row.kind == MessageKind.NOTICE]
    known = {one.message.pk for one in news_of(messages=changes, now=now) if one.sessions and one.is_known}
    found: dict[Verdict, list[Message]] = defaultdict(list)
    for row in rows:
        if row.kind in OF_CHANGES and row.pk not in known:
            verdict = Verdict(MessageState.CALL, Reason.TOO_LATE)
        elif row.session_id in stranded and row.is_ahead(now):
            verdict = Verdict(MessageState.CALL, Reason.CANNOT_HAPPEN)
        else:
            verdict = Verdict(MessageState.TOO_LATE, Reason.TOO_LATE)
        found[verdict].append(row)
    return found


def show(keys: Sequence[int], now: datetime, **columns: object) -> None:
    """Write messages of one clinic as the call list shows them, or as it does no more, and tell the log.

    Without columns it is shown otherwise, as somebody calls.
    """
    rows = Message.objects.filter(pk__in=keys)
    rows.touch(now, **columns)
    record_rows(changed=list(rows.select_related("patient")), now=now)


def told_with(message: Message) -> QuerySet[Message]:
    """The message and what nobody could send of the same: of a reminder that date, of a notice its course."""
    same = Q(pk=message.pk)
    if message.kind == MessageKind.REMINDER and message.session is not None:
        that_day = Q(patient_id=message.patient_id, session__local_date=message.session.local_date)
        same |= that_day & Q(kind=message.kind, state=MessageState.CALL)
    if message.kind == MessageKind.NOTICE:
        same |= Q(
            patient=message.patient_id, plan=message.plan_id, kind=message.kind, state=MessageState.CALL
        )
    return Message.objects.filter(same, clinic_id=message.clinic_id)


def told(message: Message, *, now: datetime) -> None:
    """A person said it, and what is told with it. It must be locked; what it `about` told is written too."""
    message.state = MessageState.TOLD
    Message.objects.filter(pk=message.pk).update(about=message.about)
    show(list(told_with(message).values_list("pk", flat=True)), now, state=MessageState.TOLD)


def revive(*, patient: Patient, now: datetime) -> list[Message]:
    """What an address kept from the patient, who is locked, and would still help waits again; returns it.

    So does what they did not want, once they do. Of several notices of a course the last, unless one waits,
    which tells all. Offers stay with whoever phones: the time to answer runs by the phone's clock.
    """
    rows = Message.objects.filter(patient=patient, state__in=(MessageState.CALL, MessageState.VOID))
    wants_mail = patient.message_consent != MessageConsent.NO
    reasons = (*_OF_THE_ADDRESS, Reason.CONSENT) if wants_mail else _OF_THE_ADDRESS
    kept = rows.filter(reason__in=reasons, useful_until__gt=now).exclude(kind=MessageKind.OFFER)
    found = list(kept.select_for_update(no_key=True, of=("self",)).order_by("pk").select_related("session"))
    reminders = [one for one in found if one.kind == MessageKind.REMINDER and one.reminds_of_what_stands]
    waiting = Message.objects.filter(patient=patient, kind=MessageKind.NOTICE, state=MessageState.WAITING)
    told = set(waiting.values_list("plan", flat=True))
    notices = {
        one.plan_id: one for one in found if one.kind == MessageKind.NOTICE and one.plan_id not in told
    }
    revived = [*reminders, *notices.values()]
    keys = [one.pk for one in revived]
    if keys:
        show(keys, now, state=MessageState.WAITING, reason="", server_said="", attempts=0, lease_until=None)
    return revived


def record(messages: Sequence[Message], verdict: Verdict, *, now: datetime) -> None:
    """Write down what became of messages of one mail, what their patient knows by it, and a bad address.

    A notice that an act raised meanwhile is not done with: then it goes on waiting, and a row of its own says
    what went out. Nor is what an address refused that was corrected meanwhile.
    """
    is_act = verdict.said or verdict.mail_problem or verdict.state in UNSENT
    with one_act() if is_act else nullcontext():
        if verdict.mail_problem and not _mark_address(messages[0].patient, verdict, now):
            verdict = Verdict(MessageState.WAITING, was_tried=verdict.was_tried)
        _record(messages, verdict, now)
        hear(said=verdict.said, is_by_mail=True, now=now)
        if verdict.state in UNSENT:
            given_up = Message.objects.filter(pk__in=[one.pk for one in messages], state=verdict.state)
            show(list(given_up.values_list("pk", flat=True)), now)


def _mark_address(addressee: Patient, verdict: Verdict, now: datetime) -> bool:
    """Whether it is still theirs. They are locked: who corrects it comes before or after all of this."""
    patient = Patient.objects.filter(pk=addressee.pk, email=addressee.email)
    said = verdict.server_said[:_SAID_OF_ADDRESS_LENGTH]
    is_theirs = bool(patient.touch(now, mail_problem=verdict.mail_problem, mail_server_said=said))
    record_rows(changed=list(patient), now=now)
    return is_theirs


def _record(messages: Sequence[Message], verdict: Verdict, now: datetime) -> None:
    message, is_sent = messages[0], verdict.state == MessageState.SENT
    is_notice = message.kind == MessageKind.NOTICE
    # Even if a session was cancelled a moment ago: what has gone out has gone out.
    if is_sent and not is_notice:
        _mark(Message.objects.all(), messages, **_written(verdict, now))
        return
    waiting = Message.objects.filter(state=MessageState.WAITING)
    is_marked = _mark(waiting.filter(raised=message.raised), messages, **_written(verdict, now))
    if is_marked or not is_notice:
        return
    is_raised = waiting.filter(pk=message.pk).update(lease_until=None, attempts=0, reason="", server_said="")
    if is_raised and is_sent:
        _keep_account(message, verdict, now)


def _mark(rows: QuerySet[Message], messages: Sequence[Message], **written: object) -> int:
    """All in one statement, or none: a mail is sent or it is not. Acts lock them by id, and so does this."""
    keys = [message.pk for message in messages]
    if len(keys) == 1:
        return rows.filter(pk__in=keys).update(**written)
    with transaction.atomic():
        ordered = rows.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
        return rows.filter(pk__in=ordered.values("pk")).update(**written)


def _written(verdict: Verdict, now: datetime) -> dict[str, Any]:
    written: dict[str, Any] = {
        "state": verdict.state,
        "lease_until": verdict.again_at,
        "reason": verdict.reason or "",
        "server_said": verdict.server_said[:_SAID_LENGTH],
    }
    if verdict.was_tried:
        written["attempts"] = F("attempts") + 1
    if verdict.due_at:
        written["due_at"] = verdict.due_at
    if verdict.about is not None:
        written["about"] = verdict.about
    if verdict.state == MessageState.SENT:
        written["sent_at"] = now
    return written


def _keep_account(message: Message, verdict: Verdict, now: datetime) -> None:
    """Of a mail that went out while its row was raised."""
    uuid = uuid4()
    sent = Message(
        clinic_id=message.clinic_id,
        patient_id=message.patient_id,
        plan_id=message.plan_id,
        uuid=uuid,
        kind=message.kind,
        key=f"{message.kind}:{uuid}",
        about=verdict.about,
        raised=message.raised,
        due_at=message.due_at,
        useful_until=message.useful_until,
        attempts=message.attempts + 1,
        state=verdict.state,
        sent_at=now,
        changed_at=now,
    )
    Message.objects.insert([sent])
