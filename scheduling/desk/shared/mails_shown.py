"""The mails about sessions as pages show them: what, when, whether they went out, what to do if not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext

from clinic.identity.actors import Actor
from clinic.models import MailProblem, MessageConsent, Patient
from clinic.sentences import sentence as _
from clinic.wording import label_of, worded
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.shared.wording import date_words, listed
from scheduling.messages.call_list import calls_of
from scheduling.messages.outbox import UNSENT
from scheduling.messages.payload import news_of, told_in
from scheduling.models import Message, MessageKind, MessageState, Reason, Session
from treatments.models import Plan

NONE_PLANNED = _("None are planned: they come with the booking, as long as the session is far enough away.")
# These tell of as many sessions of a course as there are.
_OF_MANY = (MessageKind.NOTICE, MessageKind.MOVED, MessageKind.CANCELLED)


@dataclass(frozen=True, slots=True)
class _Telling:
    """A message, and the sessions that it tells of, each with whether it says that it is off."""

    message: Message
    told: Mapping[Session, bool]


@dataclass(frozen=True, slots=True)
class MailShown:
    """One mail in the site's time. `problem` is why it failed, `to_do` what the desk still does about it."""

    uuid: UUID
    at: datetime
    day_words: str
    about: str
    state: str
    is_waiting: bool
    problem: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Mails:
    """First what is to be done about some; `silence` says why there are none, or why none arrive."""

    lines: tuple[MailShown, ...]
    silence: str


def mails_of_course(*, plan: Plan, by: Actor, today: date, now: datetime) -> Mails:
    """As many queries however many mails. The plan's patient must be loaded."""
    rows = _rows(Q(plan=plan), by)
    return _mails(plan.patient, _tellings(rows, by, now), today, now)


def mails_of_session(*, session: Session, by: Actor, today: date, now: datetime) -> Mails:
    """Its own, and those that tell of it among others. The session's patient must be loaded."""
    of_course = Q(patient=session.patient_id, plan=session.plan_id, kind__in=_OF_MANY)
    tellings = _tellings(_rows(Q(session=session) | of_course, by), by, now)
    own = [one for one in tellings if one.message.session_id == session.pk or session in one.told]
    return _mails(session.patient, own, today, now)


def _rows(about: Q, by: Actor) -> list[Message]:
    found = Message.objects.seen_by(by).filter(about).exclude(state=MessageState.VOID)
    return list(found.select_related("session__site", "session__session_type").order_by("due_at", "pk"))


def _tellings(rows: Sequence[Message], by: Actor, now: datetime) -> list[_Telling]:
    """The messages with what they told, or would tell now. A waiting notice of nothing is left out."""
    unsent = [row for row in rows if row.state in (MessageState.WAITING, *UNSENT)]
    told = {
        news.message.pk: {one.session: one.now.is_off for one in news.sessions}
        for news in news_of(messages=unsent, now=now)
    }
    named = {uuid for row in rows for uuid in told_in(row)}
    known = Session.objects.seen_by(by).filter(uuid__in=named).select_related("session_type", "site")
    sessions = {session.uuid: session for session in known.order_by("starts_at", "number")}
    found = []
    for row in rows:
        kept = told_in(row)
        of_row = told.get(row.pk) or {one: kept[uuid] for uuid, one in sessions.items() if uuid in kept}
        if of_row or row.kind not in _OF_MANY or row.state != MessageState.WAITING:
            found.append(_Telling(row, of_row))
    return found


def _mails(patient: Patient, tellings: Sequence[_Telling], today: date, now: datetime) -> Mails:
    to_call = {one.message.pk for one in calls_of(messages=[one.message for one in tellings], now=now)}
    lines = [_mail(one, patient, today, is_to_call=one.message.pk in to_call) for one in tellings]
    lines.sort(key=lambda line: not line.to_do)
    silence = _silence(patient)
    if silence:
        lines = [line for line in lines if not line.is_waiting]
    return Mails(tuple(lines), silence or ("" if lines else worded(NONE_PLANNED)))


def _mail(telling: _Telling, patient: Patient, today: date, *, is_to_call: bool) -> MailShown:
    message = telling.message
    site = next((one.site for one in (message.session, *telling.told) if one and one.site), None)
    at = (message.sent_at or message.due_at).astimezone(site.tz if site else None)
    return MailShown(
        uuid=message.uuid,
        at=at,
        day_words=date_words(at.date(), today=today),
        about=_about(telling, today),
        state=label_of(MessageState(message.state)),
        is_waiting=message.state == MessageState.WAITING,
        problem=reason_words(message) if _is_explained(message) else "",
        to_do=_to_do(patient) if is_to_call else "",
    )


def _about(telling: _Telling, today: date) -> str:
    message, told = telling.message, telling.told
    session = message.session
    match message.kind:
        case MessageKind.REMINDER:
            words = gettext("reminder of {session}").format(session=_words([session]))
            on = session.local_date if session else None
            return f"{words}, {date_words(on, today=today)}" if on else words
        case MessageKind.OFFER:
            return gettext("an earlier time offered for {session}").format(session=_words([session]))
        case _:
            moved = [session for session, is_off in told.items() if not is_off]
            cancelled = [session for session, is_off in told.items() if is_off]
            parts = []
            if moved or not cancelled:
                parts.append(gettext("{sessions} moved").format(sessions=_words(moved)))
            if cancelled:
                parts.append(gettext("{sessions} cancelled").format(sessions=_words(cancelled)))
            return listed(parts)


def _words(sessions: Iterable[Session | None]) -> str:
    """“session 2”, “session 2 and session 3”; of a lone session what it is."""
    words = dict.fromkeys(about_session(session) for session in sessions if session)
    return listed([_lower(each) for each in words]) if words else gettext("a session")


def _lower(words: str) -> str:
    """Unless it is a name such as PRP."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def reason_words(message: Message) -> str:
    """Why it was not sent."""
    return label_of(Reason(message.reason)) if message.reason else ""


def _is_explained(message: Message) -> bool:
    return message.state in UNSENT or message.reason == Reason.CANNOT_HAPPEN


def _to_do(patient: Patient) -> str:
    if patient.phone:
        return gettext("Call {phone} and tell them.").format(phone=patient.phone)
    return gettext("There is no phone number: write to them by post.")


def _silence(patient: Patient) -> str:
    """Why no mail will reach the patient, and what to do; nothing when they will."""
    if patient.is_erased:
        return gettext("This patient was erased, so no mails go out.")
    if patient.message_consent == MessageConsent.NO:
        return gettext("The patient wants no messages, so none go out. Tell them their dates now.")
    if patient.mail_problem:
        return gettext("Mail does not reach the patient: {problem} Call them before each session.").format(
            problem=label_of(MailProblem(patient.mail_problem))
        )
    if not patient.email:
        return gettext(
            "There is no e-mail address, so none go out. Print the calendar, or call before each session."
        )
    return ""
