"""Telling patients what became of their sessions: one message for an act, none for what they cannot notice.

Every act calls one of these in its transaction, when its sessions and its plan have been written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from clinic.models import Patient, Site
from scheduling.messages.payload import LastKnown, about_offer, about_sessions, told_in
from scheduling.messages.reminders import plan_reminders, void_reminders
from scheduling.models import Message, MessageKind, MessageState, Offer, Session
from treatments.models import Plan

# What nobody could send for so long, a person must say: the message is closed, and staff read why.
LONGEST_USE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TimeChange:
    """A session as it was written, and where it stood before.

    `was_until` is the old end, of a session that may have become longer or shorter; `was_site` the old
    site, of one that may be at another; `was_with` who treated them, of one that may get somebody else.
    """

    session: Session
    was_at: datetime
    was_until: datetime | None = None
    was_site: Site | None = None
    was_with: str = ""

    @property
    def before(self) -> LastKnown:
        session = self.session
        before = LastKnown(
            session.uuid, session.sequence, self.was_at, self.was_until, was_with=self.was_with
        )
        if self.was_site is None or self.was_site.pk == session.site_id:
            return before
        return replace(before, was_site=self.was_site.name, was_zone=self.was_site.zone)

    @property
    def is_noticed(self) -> bool:
        """Whether the patient would see a difference."""
        return self.before.differs_from(self.session)


def tell_moved(*, patient: Patient, plan: Plan | None, moved: Sequence[TimeChange], now: datetime) -> None:
    """Write the one message about all sessions that an act moved, and plan their reminders anew.

    What the patient was to be told of this course and has not been sent yet goes into it: two quick
    moves are one mail, from the time the patient knows to the time it is now. Nothing noticed, nothing
    written. Called again for the same sequence of the same sessions, it changes nothing.
    """
    noticed = [one for one in moved if one.is_noticed]
    if not noticed or _is_said(key := _key(MessageKind.MOVED, noticed[0])):
        return
    sessions = [one.session for one in noticed]
    void_reminders(sessions=sessions, now=now)
    plan_reminders(sessions=sessions, clinic=patient.clinic, is_told=True, now=now)
    untold = _untold(MessageKind.MOVED, patient, plan)
    told = _before(untold)
    ends = [message.useful_until for message in untold]
    for one in noticed:
        session = one.session
        known = _as_known(one.before, told.pop(session.uuid, None))
        if known.differs_from(session) and session.starts_at is not None and session.starts_at > now:
            told[session.uuid] = known
            ends.append(session.starts_at)
    _void(untold)
    if told:
        first = noticed[0].session
        _write(
            _message(MessageKind.MOVED, patient, plan, first), key, about_sessions(told.values()), ends, now
        )


def tell_cancelled(
    *, patient: Patient, plan: Plan | None, cancelled: Sequence[Session], now: datetime
) -> None:
    """Write the one message about all sessions that an act cancelled, and take their reminders back.

    Only for sessions that were booked: of one that was due or held the patient knows nothing. It names
    the time that the patient knows, so a move that has not been told is never told. A session whose time
    has passed is left out; nothing left, nothing written.
    """
    if not cancelled or _is_said(key := _key_of(MessageKind.CANCELLED, cancelled[0])):
        return
    void_reminders(sessions=cancelled, now=now)
    moves = _untold(MessageKind.MOVED, patient, plan)
    gone = {session.uuid for session in cancelled}
    _void([message for message in moves if gone.issuperset(one.session for one in told_in(message))])
    untold = _untold(MessageKind.CANCELLED, patient, plan)
    believed, told = _before(moves), _before(untold)
    ends = [message.useful_until for message in untold]
    for session in cancelled:
        if session.starts_at is None:
            continue
        known = believed.get(session.uuid, LastKnown(session.uuid, session.sequence, session.starts_at))
        if (last_at := max(session.starts_at, known.was_at)) > now:
            told[session.uuid] = replace(known, sequence=session.sequence)
            ends.append(last_at)
    _void(untold)
    if told:
        message = _message(MessageKind.CANCELLED, patient, plan, cancelled[0])
        _write(message, key, about_sessions(told.values()), ends, now)


def tell_offer(*, offer: Offer, now: datetime) -> None:
    """Write the message that offers the time to whoever waits, with the link that `offer_links` makes.

    It is of use until the offer runs out, and goes out while the offer is open.
    """
    wait, key = offer.wait, f"{MessageKind.OFFER}:{offer.uuid}"
    if not _is_said(key):
        message = _message(MessageKind.OFFER, wait.patient, wait.plan, wait.session)
        _write(message, key, about_offer(offer), [offer.expires_at], now)


def _key(kind: MessageKind, moved: TimeChange) -> str:
    """Somebody else at the same time is no new sequence: then the version says which act it was."""
    key = _key_of(kind, moved.session)
    return f"{key}:{moved.session.version}" if moved.was_with else key


def _key_of(kind: MessageKind, session: Session) -> str:
    """The first session of an act, at the sequence that the act gave it: no other act gives it that again."""
    return f"{kind}:{session.uuid}:{session.sequence}"


def _is_said(key: str) -> bool:
    return Message.objects.filter(key=key).exists()


def _untold(kind: MessageKind, patient: Patient, plan: Plan | None) -> list[Message]:
    rows = Message.objects.filter(patient=patient, plan=plan, kind=kind, state=MessageState.WAITING)
    return list(rows.order_by("pk"))


def _before(messages: Iterable[Message]) -> dict[UUID, LastKnown]:
    return {before.session: before for message in messages for before in told_in(message)}


def _as_known(before: LastKnown, untold: LastKnown | None) -> LastKnown:
    """Where the patient believes the session to be; where it stood before this act was perhaps never told."""
    if untold is None:
        return before
    known = replace(untold, sequence=before.sequence)
    if not known.was_site:
        known = replace(known, was_site=before.was_site, was_zone=before.was_zone)
    return known if known.was_with else replace(known, was_with=before.was_with)


def _void(messages: Sequence[Message]) -> None:
    """What a sender has just taken may still go out; then there are two mails, and the later one is right."""
    rows = Message.objects.filter(pk__in=[message.pk for message in messages], state=MessageState.WAITING)
    rows.update(state=MessageState.VOID, lease_until=None, last_problem="A newer message says how it stands.")


def _message(kind: MessageKind, patient: Patient, plan: Plan | None, session: Session) -> Message:
    return Message(clinic_id=patient.clinic_id, patient=patient, plan=plan, session=session, kind=kind)


def _write(
    message: Message, key: str, about: Mapping[str, object], ends: Sequence[datetime], now: datetime
) -> None:
    message.key, message.about, message.due_at = key, dict(about), now
    message.useful_until = min(max(ends), now + LONGEST_USE)
    message.save(force_insert=True)
