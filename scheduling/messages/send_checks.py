"""Checks just before a mail goes out: reasons not to send it, of everything as it is then."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clinic.models import Clinic, MailProblem, MessageConsent, Patient, Site
from scheduling.messages.outbox import OF_CHANGES, Verdict
from scheduling.messages.payload import News
from scheduling.messages.reminder_times import QuietHours
from scheduling.models import AHEAD, SCHEDULED, Message, MessageKind, MessageState, Offer, OfferState, Reason

# A mail that comes this much later than meant is held back in quiet hours.
OVERDUE_AFTER = timedelta(hours=1)
# Whoever must be there so soon after quiet hours has left the house when they end.
ON_THE_WAY = timedelta(hours=2)
# Whether a session can take place is asked again so often, and as long as that leaves time to phone.
LOOK_AGAIN_EVERY, TIME_TO_PHONE = timedelta(minutes=15), timedelta(hours=1)
# RFC 5321, 4.5.3.1: the whole less its angle brackets, and what stands before the @.
LONGEST_ADDRESS, LONGEST_LOCAL_PART = 254, 64


def reason_against(*, news: News, now: datetime) -> Verdict | None:
    """What becomes of the message instead, and why; None: send it.

    Looks at the sessions, the offer, the patient and the hour as they are now.
    """
    if reason := _reason_in_the_news(news, now):
        return Verdict(MessageState.VOID, reason)
    if not news.can_happen:
        return _until_it_can_happen(news, now)
    return _reason_in_the_patient(news) or _reason_in_the_hour(news, now)


def unsent(news: News, reason: Reason, *, server_said: str = "", was_tried: bool = False) -> Verdict:
    """What becomes of a message that no mail will bring: a call, or nothing."""
    state = MessageState.CALL if _is_worth_a_call(news, reason) else MessageState.VOID
    return Verdict(state, reason, server_said, was_tried)


def _is_worth_a_call(news: News, reason: Reason) -> bool:
    """Whether the patient would otherwise believe what is not so, or miss what runs out.

    No mail that is merely kind is phoned after; no reminder that the patient does not want. That a session
    cannot take place is never known to who was told its time.
    """
    message = news.message
    if message.patient.is_erased or (news.is_known and reason is not Reason.CANNOT_HAPPEN):
        return False
    if message.kind in OF_CHANGES or message.kind == MessageKind.OFFER:
        return True
    if message.kind != MessageKind.REMINDER or reason is Reason.CONSENT:
        return False
    return reason is not Reason.NO_ADDRESS or message.clinic.phones_reminders


def _until_it_can_happen(news: News, now: datetime) -> Verdict:
    """Nobody is reminded of what cannot take place. Often it is moved or seated anew in time; else they come
    in vain, mail or no mail.
    """
    session, latest = news.message.session, news.message.useful_until
    if session is not None and session.starts_at is not None:
        latest = min(latest, session.starts_at - TIME_TO_PHONE)
    if now + LOOK_AGAIN_EVERY >= latest:
        return unsent(news, Reason.CANNOT_HAPPEN)
    return Verdict(MessageState.WAITING, Reason.CANNOT_HAPPEN, again_at=now + LOOK_AGAIN_EVERY)


def quiet_hours_of(clinic: Clinic) -> QuietHours:
    return QuietHours(clinic.quiet_from, clinic.quiet_until)


def _reason_in_the_news(news: News, now: datetime) -> Reason | None:
    match news.message.kind:
        case MessageKind.REMINDER:
            return _reason_against_reminding(news.message)
        case MessageKind.OFFER:
            return _reason_against_offering(news.offer, now)
        case _:
            return None if news.sessions else Reason.NOTHING_TO_TELL


def _reason_against_offering(offer: Offer | None, now: datetime) -> Reason | None:
    is_open = offer is not None and offer.state == OfferState.OPEN and offer.expires_at > now
    return None if is_open else Reason.OFFER_OVER


def _reason_against_reminding(message: Message) -> Reason | None:
    if message.reminds_of_what_stands:
        return None
    session = message.session
    is_here = session is not None and session.status in SCHEDULED and session.status not in AHEAD
    return Reason.IS_HERE if is_here else Reason.TAKEN_BACK


def _reason_in_the_patient(news: News) -> Verdict | None:
    patient = news.message.patient
    if reason := out_of_reach_by_mail(patient):
        return unsent(news, reason)
    if not _can_be_written_to(patient.email):
        return replace(unsent(news, Reason.BAD_ADDRESS), mail_problem=MailProblem.IMPOSSIBLE)
    return None


def out_of_reach_by_mail(patient: Patient) -> Reason | None:
    """Why no mail reaches the patient, as far as one knows before it is tried."""
    if patient.message_consent == MessageConsent.NO:
        return Reason.CONSENT
    if not patient.email:
        return Reason.NO_ADDRESS
    return Reason.BAD_ADDRESS if patient.mail_problem else None


def _can_be_written_to(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return len(address) <= LONGEST_ADDRESS and len(address.rpartition("@")[0]) <= LONGEST_LOCAL_PART


def _reason_in_the_hour(news: News, now: datetime) -> Verdict | None:
    """Nobody is woken: not by what an outage left over, and by a change only if it cannot wait."""
    site, quiet = _site_of(news), quiet_hours_of(news.message.clinic)
    if site is None or not quiet.cover(now, site.tz):
        return None
    over_at = quiet.over_at(now, site.tz)
    if _may_disturb(news, over_at, now):
        return None
    if over_at >= news.message.useful_until:
        return Verdict(MessageState.TOO_LATE, Reason.TOO_LATE)
    return Verdict(MessageState.WAITING, Reason.QUIET_HOURS, due_at=over_at)


def _may_disturb(news: News, over_at: datetime, now: datetime) -> bool:
    match news.message.kind:
        case MessageKind.REMINDER:
            return now - news.message.due_at <= OVERDUE_AFTER
        case MessageKind.OFFER:
            return False
        case _:
            return _first_ahead(news, now) < over_at + ON_THE_WAY


def _first_ahead(news: News, now: datetime) -> datetime:
    """When a patient who does not know would first be at the wrong place, or fail to be at the right one."""
    times: Iterable[datetime] = (
        at for one in news.sessions for at in (one.was.starts_at, one.now.starts_at) if at > now
    )
    return min(times)


def _site_of(news: News) -> Site | None:
    """On whose clock it is night."""
    if news.offer is not None:
        return news.offer.site
    if news.sessions:
        return news.sessions[0].site
    return news.message.session.site if news.message.session else None
