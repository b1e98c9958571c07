"""The mails patients get: what is said in them, in their language, by the site's clock."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from clinic.models import Clinic, Site
from clinic.plain_text import one_line
from scheduling.calendar_text import CalendarVisit, calendar_text, uid_of
from scheduling.languages import WORDS, language_among
from scheduling.models import Message, Session
from treatments.models import StepKind

_DAY = "l j F Y"
# A name of a thousand characters is a mistake or an attack; either way it is not read out.
_NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class BookedVisit:
    """A session that has a time and a place."""

    session: Session
    site: Site
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class LocalTime:
    """One stretch of time on one wall clock, ready to be shown."""

    city: str
    day: str
    hours: str


@dataclass(frozen=True, slots=True)
class VisitMail:
    """What a template shows.

    `also` is the same time on the patient's own clock, if that is another. `visit` is “Visit 2 of 5”
    and `number` its 2, for a treatment of a course; a lone visit and a review have no number.
    """

    patient: str
    clinic: str
    time: LocalTime
    start: str
    also: LocalTime | None
    visit: str
    number: int | None
    count: int | None
    treatment: str
    site: str
    address: str
    phone: str
    email: str


def compose(*, message: Message, now: datetime) -> EmailMultiAlternatives:
    """The reminder as plain text and HTML, with the visit as a calendar file. Queries nothing.

    The Message-ID is the message's for ever, so that a mail sent twice can be told from two mails.
    Raises ValueError for a message about no booked visit.
    """
    clinic, visit = message.clinic, _booked_visit(message)
    language = language_among(message.patient.language, clinic.language)
    with translation.override(language):
        mail = _visit_mail(message, visit, language)
        shown = {"mail": mail, "language": language}
        subject, text, html = (
            render_to_string(f"scheduling/mail/reminder.{language}.{part}", shown)
            for part in ("subject.txt", "txt", "html")
        )
    letter = EmailMultiAlternatives(
        subject=one_line(subject.strip()),
        body=text,
        from_email=formataddr((mail.clinic, _sending_address())),
        to=[message.patient.email],
        reply_to=[clinic.email] if clinic.email else None,
        headers={
            "Message-ID": f"<{message.uuid}@{settings.CALENDAR_HOST}>",
            "Date": format_datetime(now),
            "Auto-Submitted": "auto-generated",
        },
    )
    letter.attach_alternative(html, "text/html")
    # PUBLISH: a file to be imported by hand, which asks for no answer.
    letter.attach("visit.ics", _calendar_file(visit, clinic, mail, language), "text/calendar; method=PUBLISH")
    return letter


def _booked_visit(message: Message) -> BookedVisit:
    session = message.session
    if session is None or session.site is None or session.starts_at is None or session.ends_at is None:
        raise ValueError("The message is about no booked visit.")
    return BookedVisit(session, session.site, session.starts_at, session.ends_at)


def _visit_mail(message: Message, visit: BookedVisit, language: str) -> VisitMail:
    clinic, patient, site, session = message.clinic, message.patient, visit.site, visit.session
    number = session.number if session.kind == StepKind.TREATMENT and session.plan else None
    count = session.plan.session_count if session.plan else None
    words = WORDS[language]
    elsewhere = patient.zone if patient.zone and patient.zone != site.zone else ""
    return VisitMail(
        patient=_short(str(patient)),
        clinic=_short(clinic.name),
        time=_on_the_clock_of(site.tz, visit),
        start=f"{visit.starts_at.astimezone(site.tz):%H:%M}",
        also=_on_the_clock_of(ZoneInfo(elsewhere), visit) if elsewhere else None,
        visit=words.visit_of.format(visit=words.visit, number=number, count=count) if number else "",
        number=number,
        count=count,
        treatment=_short(session.session_type.name) if clinic.names_treatments else "",
        site=_short(site.name),
        address=", ".join(line.strip() for line in site.address.splitlines() if line.strip()),
        phone=clinic.phone,
        email=clinic.email,
    )


def _on_the_clock_of(zone: ZoneInfo, visit: BookedVisit) -> LocalTime:
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    return LocalTime(
        city=zone.key.rpartition("/")[2].replace("_", " "),
        day=date_format(starts.date(), _DAY),
        hours=f"{starts:%H:%M}–{ends:%H:%M}",
    )


def _calendar_file(visit: BookedVisit, clinic: Clinic, mail: VisitMail, language: str) -> str:
    session = visit.session
    plain = WORDS[language].visit_to.format(clinic=mail.clinic)
    shown = CalendarVisit(
        uid=uid_of(session.uuid, host=settings.CALENDAR_HOST),
        sequence=session.sequence,
        changed_at=session.changed_at,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        summary=f"{mail.treatment} · {mail.clinic}" if mail.treatment else plain,
        description=mail.visit,
        location=", ".join(part for part in (mail.site, mail.address) if part),
        organizer_name=mail.clinic,
        organizer_address=clinic.email or _sending_address(),
    )
    return calendar_text(visits=[shown], head=["METHOD:PUBLISH"])


def _sending_address() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _short(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"
