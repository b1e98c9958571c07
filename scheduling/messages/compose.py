"""The mails patients get: what is said in them, in their language, by the site's clock."""

from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from clinic.plain_text import one_line
from clinic.wording import language_among
from scheduling.icalendar.text import calendar_text
from scheduling.messages.letters.shown import Letter
from scheduling.messages.letters.writing import letter_of
from scheduling.messages.payload import News


def compose(*, news: News, now: datetime) -> EmailMultiAlternatives:
    """The mail as plain text and HTML, with its sessions as a calendar file. Queries nothing.

    The same messages have the same Message-ID for as long as no act raises them, so that a mail sent twice
    can be told from two mails.
    Raises ValueError for a message that has nothing to tell.
    """
    message, clinic = news.message, news.message.clinic
    language = language_among(message.patient.language, clinic.language)
    with translation.override(language):
        letter = letter_of(news=news, sender=_sending_address(), now=now)
        subject = _subject(letter, news)
        shown = {
            **letter.shown,
            "mail": letter.head,
            "words": letter.words,
            "subject": subject,
            "language": language,
        }
        text = render_to_string(f"scheduling/mail/{message.kind}.txt", shown)
        html = render_to_string(f"scheduling/mail/{message.kind}.html", shown)
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=formataddr((letter.head.clinic, _sending_address())),
        to=[message.patient.email],
        reply_to=[clinic.email] if clinic.email else None,
        headers={
            "Message-ID": mail_id(news),
            "Date": format_datetime(now),
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(html, "text/html")
    _attach_calendar(mail, letter)
    return mail


def mail_id(news: News) -> str:
    """The Message-ID: the message's own; of several together one that is made of their keys."""
    return f"<{_mail_name(news)}@{settings.CALENDAR_HOST}>"


def _subject(letter: Letter, news: News) -> str:
    """Two patients who read one inbox see at once whose visit it is."""
    subject = letter.words["subject"]
    if news.addressee:
        subject = gettext("{name} – {subject}").format(name=news.addressee, subject=subject)
    return one_line(subject)


def _mail_name(news: News) -> str:
    if not news.others:
        return news.message.mail_name
    return str(uuid5(NAMESPACE_URL, " ".join(sorted(message.key for message in news.messages))))


def _attach_calendar(mail: EmailMultiAlternatives, letter: Letter) -> None:
    if letter.calendar:
        # PUBLISH: a file to be imported by hand, which asks for no answer.
        text = calendar_text(sessions=letter.calendar, head=["METHOD:PUBLISH"])
        mail.attach("visit.ics", text, "text/calendar; method=PUBLISH")


def _sending_address() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
