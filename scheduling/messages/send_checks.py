"""Checks just before a mail goes out: reasons not to send it, of everything as it is then."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from clinic.models import Clinic, MessageConsent, Patient, Site
from scheduling.messages.outbox import Verdict
from scheduling.messages.payload import News
from scheduling.messages.reminder_times import QuietHours
from scheduling.models import AHEAD, SCHEDULED, Message, MessageKind, MessageState, Offer, OfferState

# A mail that comes this much later than meant is held back in quiet hours.
OVERDUE_AFTER = timedelta(hours=1)
# Whoever must be there so soon after quiet hours has left the house when they end.
ON_THE_WAY = timedelta(hours=2)
# RFC 5321, 4.5.3.1: the whole less its angle brackets, and what stands before the @.
LONGEST_ADDRESS, LONGEST_LOCAL_PART = 254, 64


def reason_against(*, news: News, now: datetime) -> Verdict | None:
    """What becomes of the message instead, with a sentence for staff; None: send it.

    Looks at the sessions, the offer, the patient and the hour as they are now.
    """
    if reason := _reason_in_the_news(news, now):
        return Verdict(MessageState.VOID, reason)
    patient = news.message.patient
    if patient.message_consent == MessageConsent.NO:
        return Verdict(MessageState.VOID, "The patient wants no messages.")
    return _reason_in_the_address(patient) or _reason_in_the_hour(news, now)


def quiet_hours_of(clinic: Clinic) -> QuietHours:
    return QuietHours(clinic.quiet_from, clinic.quiet_until)


def _reason_in_the_news(news: News, now: datetime) -> str:
    match news.message.kind:
        case MessageKind.REMINDER:
            return _reason_against_reminding(news.message)
        case MessageKind.OFFER:
            return _reason_against_offering(news.offer, now)
        case _:
            return "" if news.sessions else "The patient knows how it stands by now, or it is over."


def _reason_against_offering(offer: Offer | None, now: datetime) -> str:
    if offer is not None and offer.state == OfferState.OPEN and offer.expires_at > now:
        return ""
    return "The offer was answered or ran out."


def _reason_against_reminding(message: Message) -> str:
    if message.reminds_of_what_stands:
        return ""
    session = message.session
    is_here = session is not None and session.status in SCHEDULED and session.status not in AHEAD
    return "The patient is here already." if is_here else "The session was moved or cancelled."


def _reason_in_the_address(patient: Patient) -> Verdict | None:
    if patient.mail_problem:
        return Verdict(MessageState.FAILED, f"Call the patient. {patient.mail_problem}")
    if not patient.email:
        return Verdict(MessageState.FAILED, "Call the patient: there is no e-mail address.")
    if not _can_be_written_to(patient.email):
        return Verdict(MessageState.FAILED, "The e-mail address cannot be right.", is_address_bad=True)
    return None


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
        return Verdict(MessageState.TOO_LATE, "When quiet hours end it is too late to be of use.")
    return Verdict(MessageState.WAITING, "It waits for quiet hours to end.", due_at=over_at)


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
