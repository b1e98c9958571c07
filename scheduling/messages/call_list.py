"""Messages that no mail brings and staff must phone through: reads, and the act of saying that it is done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act
from clinic.errors import Conflict
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import Patient
from clinic.sentences import sentence as _
from scheduling.messages import outbox
from scheduling.messages.heard import hear, said_by_reminding
from scheduling.messages.payload import News, about_sessions, news_of
from scheduling.models import Message, MessageKind, MessageState, OfferState, Reason, Session

MOST_CALLS = 200
# Older ones are found on the patients' pages.
LOOK_BACK = timedelta(days=90)
_OF_ONE = (MessageKind.REMINDER, MessageKind.OFFER)


class NothingToSay(Conflict):
    """The message went out, or waits to."""


@dataclass(frozen=True, slots=True)
class Call:
    """A message that a person must bring, and the sessions that it is about, as they stand."""

    message: Message
    sessions: tuple[Session, ...]


def call_list(*, by: Actor, now: datetime, patient: Patient | None = None) -> list[Call]:
    """What is worth a call, of one patient or of all, the most urgent first; at most `MOST_CALLS`.

    Three queries. Reminders of one patient and date are one call. Messages come with patient, plan and
    session.
    """
    rows = Message.objects.seen_by(by).filter(_may_need_a_call(now), patient__erased_at__isnull=True)
    if patient is not None:
        rows = rows.filter(patient=patient)
    shown = rows.select_related("patient", "plan", "session__site", "session__session_type")
    return _one_a_date(calls_of(messages=list(shown.order_by("useful_until", "pk")[:MOST_CALLS]), now=now))


def calls_of(*, messages: Sequence[Message], now: datetime) -> list[Call]:
    """Those of the messages that a person must bring. Two queries at most.

    A reminder and an offer while they would be of use. A notice as long as its patient believes of a session
    ahead what is not so, however long ago the mail was given up; of several about one course the last.
    """
    candidates = [message for message in messages if _is_candidate(message, now)]
    notices = [message for message in candidates if message.kind == MessageKind.NOTICE]
    last = {(one.patient_id, one.plan_id): one for one in sorted(notices, key=lambda one: one.pk)}
    candidates = [one for one in candidates if one not in notices or one in last.values()]
    news = news_of(messages=candidates, now=now, is_by_mail=False)
    return [Call(one.message, sessions) for one in news if (sessions := _sessions(one))]


def mark_told(*, message: Message, by: Actor, now: datetime) -> Message:
    """Somebody told the patient, who need not be called any more. Twice is once.

    They know how its sessions stand, though nothing says so in writing. Raises NotAllowed, Unknown and
    NothingToSay. Locks: the message, what was heard, change
    counter.
    """
    refuse_unless_may(by=by, act=Act.TELL)
    refuse_foreign(by=by, unknown_message=message)
    with one_act():
        locked = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
        if locked.state == MessageState.TOLD:
            return locked
        if locked.state != MessageState.CALL:
            raise NothingToSay(
                "nothing_to_say", _("This mail went out, or will. Nobody needs to be called about it.")
            )
        before = {"state": locked.state}
        _hear(locked, now)
        outbox.told(locked, now=now)
        after = {"state": MessageState.TOLD}
        record_audit(
            AuditRecord(AuditAction.TOLD_PATIENT, locked, [message.patient.uuid], before, after),
            by=by,
            now=now,
        )
    return locked


def _hear(message: Message, now: datetime) -> None:
    if message.kind == MessageKind.NOTICE:
        [news] = news_of(messages=[message], now=now, is_by_mail=False)
        message.about = about_sessions(news.sessions)
        hear(said=[one.said for one in (*news.sessions, *news.settled)], is_by_mail=False, now=now)
    elif message.kind == MessageKind.REMINDER:
        together = outbox.told_with(message).select_related("session__heard", "session__site")
        sessions = dict.fromkeys(one.session for one in together if one.session is not None)
        hear(said=said_by_reminding(sessions=sessions), is_by_mail=False, now=now)


def _may_need_a_call(now: datetime) -> Q:
    calls = Q(state=MessageState.CALL)
    is_ahead = Q(reason=Reason.CANNOT_HAPPEN, session__starts_at__gt=now)
    of_use = Q(kind__in=_OF_ONE) & (Q(useful_until__gt=now) | is_ahead)
    return calls & (of_use | Q(kind=MessageKind.NOTICE, due_at__gt=now - LOOK_BACK))


def _is_candidate(message: Message, now: datetime) -> bool:
    if message.state != MessageState.CALL or message.kind == MessageKind.NOTICE:
        return message.state == MessageState.CALL
    # That a session cannot take place is worth saying until it would have begun.
    is_ahead = message.reason == Reason.CANNOT_HAPPEN and message.is_ahead(now)
    return message.kind in _OF_ONE and (is_ahead or message.useful_until > now)


def _sessions(news: News) -> tuple[Session, ...]:
    """A reminder and an offer are about the one session that they name, while it stands so or is on offer."""
    message = news.message
    if message.kind == MessageKind.NOTICE:
        return tuple(one.session for one in news.sessions)
    if message.kind == MessageKind.OFFER:
        is_over = news.offer is not None and news.offer.state != OfferState.OPEN
    else:
        is_over = not message.reminds_of_what_stands
    return () if message.session is None or is_over else (message.session,)


def _one_a_date(calls: Sequence[Call]) -> list[Call]:
    """Whoever is called about a reminder is told of all that day's visits."""
    found: dict[tuple[object, ...], Call] = {}
    for one in calls:
        message, [first, *_] = one.message, one.sessions
        is_reminder = message.kind == MessageKind.REMINDER
        key = (message.patient_id, first.local_date) if is_reminder else (message.pk,)
        known = found.setdefault(key, one)
        found[key] = replace(known, sessions=tuple(dict.fromkeys((*known.sessions, *one.sessions))))
    return list(found.values())
