"""The mails about sessions as pages show them: what, when, whether they went out, what to do if not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from clinic.identity.actors import Actor
from clinic.models import MessageConsent, Patient
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.shared.wording import date_words, listed
from scheduling.messages.call_list import NEWS, UNSENT, calls_of
from scheduling.messages.payload import told_in
from scheduling.models import Message, MessageKind, MessageState, Session
from treatments.models import Plan

NONE_PLANNED = "None are planned: they come with the booking, as long as the session is far enough away."


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
    return _mails(plan.patient, _rows(Q(plan=plan), by), by, today, now)


def mails_of_session(*, session: Session, by: Actor, today: date, now: datetime) -> Mails:
    """Its own, and those of its course that tell of it among others. The session's patient must be loaded."""
    about = Q(session=session)
    if session.plan_id is not None:
        about |= Q(plan_id=session.plan_id, kind__in=NEWS)
    rows = [row for row in _rows(about, by) if row.session_id == session.pk or session.uuid in _named(row)]
    return _mails(session.patient, rows, by, today, now)


def _rows(about: Q, by: Actor) -> list[Message]:
    found = Message.objects.seen_by(by).filter(about).exclude(state=MessageState.VOID)
    return list(found.select_related("session__site", "session__session_type").order_by("due_at", "pk"))


def _mails(patient: Patient, rows: Sequence[Message], by: Actor, today: date, now: datetime) -> Mails:
    told = _told(rows, by)
    to_call = {one.message.pk for one in calls_of(messages=rows, now=now)}
    lines = [_mail(row, told, patient, today, is_to_call=row.pk in to_call) for row in rows]
    lines.sort(key=lambda line: not line.to_do)
    silence = _silence(patient)
    if silence:
        lines = [line for line in lines if not line.is_waiting]
    return Mails(tuple(lines), silence or ("" if lines else NONE_PLANNED))


def _named(message: Message) -> set[UUID]:
    return {before.session for before in told_in(message)}


def _told(messages: Iterable[Message], by: Actor) -> dict[UUID, Session]:
    """The sessions that any of the messages tells of, as they are now."""
    uuids = {uuid for message in messages for uuid in _named(message)}
    rows = Session.objects.seen_by(by).filter(uuid__in=uuids).select_related("session_type")
    return {session.uuid: session for session in rows.order_by("starts_at", "number")}


def _mail(
    message: Message, told: Mapping[UUID, Session], patient: Patient, today: date, *, is_to_call: bool
) -> MailShown:
    site = message.session.site if message.session else None
    at = (message.sent_at or message.due_at).astimezone(site.tz if site else None)
    return MailShown(
        uuid=message.uuid,
        at=at,
        day_words=date_words(at.date(), today=today),
        about=_about(message, told, today),
        state=MessageState(message.state).label,
        is_waiting=message.state == MessageState.WAITING,
        problem=problem_words(message) if message.state in UNSENT else "",
        to_do=_to_do(patient) if is_to_call else "",
    )


def _about(message: Message, told: Mapping[UUID, Session], today: date) -> str:
    sessions = _sessions(message, told)
    match message.kind:
        case MessageKind.REMINDER:
            on = message.session.local_date if message.session else None
            return f"reminder of {sessions}{f', {date_words(on, today=today)}' if on else ''}"
        case MessageKind.MOVED:
            return f"{sessions} moved"
        case MessageKind.CANCELLED:
            return f"{sessions} cancelled"
        case _:
            return f"an earlier time offered for {sessions}"


def _sessions(message: Message, told: Mapping[UUID, Session]) -> str:
    """“session 2”, “session 2 and session 3”; of a lone session what it is."""
    of_message = _named(message)
    named = [session for uuid, session in told.items() if uuid in of_message]
    if not named and message.session:
        named = [message.session]
    words = dict.fromkeys(about_session(session) for session in named)
    return listed([_lower(each) for each in words]) if words else "a session"


def _lower(words: str) -> str:
    """Unless it is a name such as PRP."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def problem_words(message: Message) -> str:
    """Why, without the advice that the page gives itself."""
    why = message.last_problem.removeprefix("Call the patient").lstrip(".: ")
    return why[:1].upper() + why[1:]


def _to_do(patient: Patient) -> str:
    if patient.phone:
        return f"Call {patient.phone} and tell them."
    return "There is no phone number: write to them by post."


def _silence(patient: Patient) -> str:
    """Why no mail will reach the patient, and what to do; nothing when they will."""
    if patient.is_erased:
        return "This patient was erased, so no mails go out."
    if patient.message_consent == MessageConsent.NO:
        return "The patient wants no messages, so none go out. Tell them their dates now."
    if patient.mail_problem:
        return f"Mail does not reach the patient: {patient.mail_problem} Call them before each session."
    if not patient.email:
        return "There is no e-mail address, so none go out. Print the calendar, or call before each session."
    return ""
