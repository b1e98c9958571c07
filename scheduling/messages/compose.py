"""The mails patients get: what is said in them, in their language, by the site's clock."""

from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from clinic.plain_text import one_line
from scheduling.icalendar.languages import language_among
from scheduling.icalendar.text import calendar_text
from scheduling.messages.letters import Letter, letter_of
from scheduling.messages.payload import News


def compose(*, news: News, now: datetime) -> EmailMultiAlternatives:
    """The mail as plain text and HTML, with its sessions as a calendar file. Queries nothing.

    The Message-ID is the message's for ever, so that a mail sent twice can be told from two mails.
    Raises ValueError for a message that has nothing to tell.
    """
    message, clinic = news.message, news.message.clinic
    language = language_among(message.patient.language, clinic.language)
    with translation.override(language):
        letter = letter_of(news=news, language=language, sender=_sending_address())
        template = f"scheduling/mail/{message.kind}.{language}"
        shown = {**letter.shown, "mail": letter.head, "language": language}
        subject = one_line(render_to_string(f"{template}.subject.txt", shown))
        text = render_to_string(f"{template}.txt", shown)
        html = render_to_string(f"{template}.html", {**shown, "subject": subject})
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=formataddr((letter.head.clinic, _sending_address())),
        to=[message.patient.email],
        reply_to=[clinic.email] if clinic.email else None,
        headers={
            "Message-ID": f"<{message.uuid}@{settings.CALENDAR_HOST}>",
            "Date": format_datetime(now),
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(html, "text/html")
    _attach_calendar(mail, letter)
    return mail


def _attach_calendar(mail: EmailMultiAlternatives, letter: Letter) -> None:
    if letter.calendar:
        # PUBLISH: a file to be imported by hand, which asks for no answer.
        text = calendar_text(sessions=letter.calendar, head=["METHOD:PUBLISH"])
        mail.attach("visit.ics", text, "text/calendar; method=PUBLISH")


def _sending_address() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
