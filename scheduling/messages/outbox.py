"""The queue of messages: who may send a row, and what became of it. The only writer of a row's state."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from clinic.changelog.log import one_act, record_rows
from clinic.models import MailProblem, Patient
from scheduling.diaries.can_take_place import cannot_take_place
from scheduling.messages.heard import Said, hear
from scheduling.messages.reminder_times import LONG
from scheduling.models import AHEAD, Message, MessageKind, MessageState, Reason

# Nobody sent these, and nobody will.
UNSENT = (MessageState.CALL, MessageState.TOO_LATE)
# What they tell is not so any more for their patient, who must hear it however late.
OF_CHANGES = (MessageKind.NOTICE, MessageKind.MOVED, MessageKind.CANCELLED)
# Longer than one sender ever works on what it leased (see smtp_post): when it runs out, that sender is dead.
LEASE = timedelta(seconds=150)
_SAID_LENGTH, _SAID_OF_ADDRESS_LENGTH = 300, 200
# A message with its local date `on` and whether it `is_long`; the first of a mail with `has_company`.
_Row = Any


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


def give_up_useless(*, now: datetime) -> Counter[MessageState]:
    """Close all that nobody sent while it was of use; returns how many, by state. One query if none is.

    A person must say what changed, and that a session ahead that was waited for still cannot take place.
    """
    # A reminder of a session that will not be is void, which the sender finds out.
    is_told = Q(session__status__in=AHEAD) | ~Q(kind=MessageKind.REMINDER)
    useless = _free(now).filter(is_told, useful_until__lte=now)
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
    found: dict[Verdict, list[Message]] = defaultdict(list)
    for row in rows:
        if row.kind in OF_CHANGES:
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


def lease(*, now: datetime, limit: int) -> list[list[int]]:
    """Take that many mails at most for this sender alone, longest due first; returns the keys of their rows.

    Reminders of one patient, local date and rule are one mail: the first that is due brings the others along.
    On PostgreSQL rows that another sender is just taking are passed over; on SQLite the transaction itself is
    the lock.
    """
    with transaction.atomic():
        mails = _take_firsts(now, limit)
        _take_company(mails, now)
        keys = [row.pk for mail in mails for row in mail]
        Message.objects.filter(pk__in=keys).update(lease_until=now + LEASE)
    return [[row.pk for row in mail] for mail in mails]


def _take_firsts(now: datetime, limit: int) -> list[list[_Row]]:
    """Of each mail the row that was due first. Whoever wants the mail wants this row: one sender gets it."""
    company = _of_one_mail(_in_no_hands(now))
    before = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    first = _to_take(_free(now)).filter(~Exists(company.filter(before)))
    shown = first.annotate(has_company=Exists(company.exclude(pk=OuterRef("pk"))))
    return [[row] for row in shown.order_by("due_at", "pk")[:limit]]


def _take_company(mails: Sequence[list[_Row]], now: datetime) -> None:
    """The other rows of mails whose first one is locked: looked for anew, as they stand under that lock."""
    wanted = {_mail_of(mail[0]): mail for mail in mails if mail[0].has_company}
    if not wanted:
        return
    firsts = _of_one_mail(Message.objects.filter(pk__in=[mail[0].pk for mail in wanted.values()]))
    rows = _to_take(_in_no_hands(now)).filter(Exists(firsts.exclude(pk=OuterRef("pk"))))
    for row in rows.filter(patient__in=[mail[0].patient_id for mail in wanted.values()]).order_by("pk"):
        if mail := wanted.get(_mail_of(row)):
            mail.append(row)


def _to_take(rows: QuerySet[Message]) -> QuerySet[_Row]:
    locked = _with_its_mail(rows).select_for_update(skip_locked=True, no_key=True, of=("self",))
    return locked.only("patient", "due_at")


def _with_its_mail(rows: QuerySet[Message]) -> QuerySet[Message]:
    is_long = ExpressionWrapper(Q(key__contains=f":{LONG}:"), output_field=BooleanField())
    return rows.annotate(on=F("session__local_date"), is_long=is_long)


def _of_one_mail(rows: QuerySet[Message]) -> QuerySet[Message]:
    """Those of the rows that go out together with the row of the query around it, itself among them."""
    alike = {name: OuterRef(name) for name in ("kind", "patient", "on", "is_long")}
    return _with_its_mail(rows).filter(kind=MessageKind.REMINDER).filter(**alike)


def _mail_of(row: _Row) -> tuple[object, ...]:
    return row.patient_id, row.on, row.is_long


def _in_no_hands(now: datetime) -> QuerySet[Message]:
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    return Message.objects.filter(is_free, state=MessageState.WAITING)


def _free(now: datetime) -> QuerySet[Message]:
    """Due, and in nobody's hands."""
    return _in_no_hands(now).filter(due_at__lte=now)


def leased(*, keys: Sequence[int]) -> list[Message]:
    """Those still waiting, as they stand at this moment, with all that a mail needs. One query."""
    rows = Message.objects.filter(pk__in=keys, state=MessageState.WAITING).select_related(
        "clinic", "patient", "session__site", "session__session_type", "session__plan", "session__heard"
    )
    return sorted(rows, key=lambda message: (message.due_at, message.pk))


def release(*, keys: Sequence[int], out_of_reach: str = "") -> None:
    """Give back what was leased and not tried, with why the mail server is out of reach if it is."""
    rows = Message.objects.filter(pk__in=keys, state=MessageState.WAITING)
    if out_of_reach:
        # That a session cannot take place is still so, and worth more to know.
        kept = When(reason=Reason.CANNOT_HAPPEN, then=F("reason"))
        reason = Case(kept, default=Value(Reason.OUT_OF_REACH))
        rows.update(lease_until=None, reason=reason, server_said=out_of_reach[:_SAID_LENGTH])
    else:
        rows.update(lease_until=None)


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


def record(messages: Sequence[Message], verdict: Verdict, *, now: datetime) -> None:
    """Write down what became of messages of one mail, what their patient knows by it, and a bad address.

    A notice that an act raised meanwhile is not done with: then it goes on waiting, and a row of its own says
    what went out.
    """
    must_be_said = verdict.state in UNSENT
    with one_act() if verdict.said or must_be_said else nullcontext():
        _record(messages, verdict, now)
        hear(said=verdict.said, is_by_mail=True, now=now)
        if must_be_said:
            given_up = Message.objects.filter(pk__in=[one.pk for one in messages], state=verdict.state)
            show(list(given_up.values_list("pk", flat=True)), now)
    if verdict.mail_problem:
        addressee = messages[0].patient
        patient = Patient.objects.filter(pk=addressee.pk, email=addressee.email)
        said = verdict.server_said[:_SAID_OF_ADDRESS_LENGTH]
        patient.update(mail_problem=verdict.mail_problem, mail_server_said=said)


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
