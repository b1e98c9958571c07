"""Leases: which sender has a message in hand, so that nobody else sends it meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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
    Window,
)
from django.db.models.functions import RowNumber

from scheduling.messages.reminder_times import LONG
from scheduling.models import Message, MessageKind, MessageState, Reason

# Longer than one sender ever works on what it leased (see `mail_server`): then that sender is dead.
LEASE = timedelta(seconds=150)
MOST_OF_A_CLINIC = 20
_LONGEST_DUE = ("due_at", "pk")
_SAID_LENGTH = 300
# A message with its local date `on` and whether it `is_long`; the first of a mail with `has_company`.
_Row = Any


def lease(*, now: datetime, limit: int, tries_others: bool = False) -> list[list[int]]:
    """Take mails that begin with so many rows at most for this sender alone; returns the keys of their rows.

    The longest due come first, of one clinic no more than twenty, so that the backlog of one holds up no
    other. `tries_others`: what was tried least often comes first. Reminders of one patient, local date and
    rule are one mail: the first that is due brings the others along. On PostgreSQL rows that another sender
    is just taking are passed over; on SQLite the transaction itself is the lock.
    """
    with transaction.atomic():
        order = ("attempts", *_LONGEST_DUE) if tries_others else _LONGEST_DUE
        mails = _take_firsts(now, limit, order)
        _take_company(mails, now)
        keys = [row.pk for mail in mails for row in mail]
        Message.objects.filter(pk__in=keys).update(lease_until=now + LEASE)
    return [[row.pk for row in mail] for mail in mails]


def _take_firsts(now: datetime, limit: int, order: Sequence[str]) -> list[list[_Row]]:
    """Of each mail the row that was due first. Whoever wants the mail wants this row: one sender gets it."""
    place = Window(RowNumber(), partition_by=F("clinic"), order_by=order)
    of_each = free(now=now).annotate(place=place).filter(place__lte=MOST_OF_A_CLINIC)
    # As a list: what stands before a row is to be looked up for these few, not for all that is due.
    keys = list(of_each.order_by(*order).values_list("pk", flat=True)[:limit])
    company = _of_one_mail(_in_no_hands(now))
    before = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    first = _to_take(free(now=now)).filter(~Exists(company.filter(before)), pk__in=keys)
    shown = first.annotate(has_company=Exists(company.exclude(pk=OuterRef("pk"))))
    return [[row] for row in shown.order_by(*order)]


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


def free(*, now: datetime) -> QuerySet[Message]:
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
