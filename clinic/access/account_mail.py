"""Mails about accounts: a few sentences, and at most one link."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from clinic.plain_text import one_line
from clinic.sentences import NOTHING, Sentence
from clinic.wording import worded

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail. `link` with the words on its button; `why` says why it came, in small print."""

    to: str
    subject: Sentence
    sentences: Sequence[Sentence]
    why: Sentence
    link: str = ""
    link_words: Sentence = NOTHING
    sender: str = "Coursebook"


def post(letter: Letter) -> bool:
    """Hand the mail over, in the language that is active.

    False if the mail server did not take it: what was done before stays done.
    """
    subject = one_line(worded(letter.subject)).removesuffix(".")
    shown = {
        "subject": subject,
        "sender": letter.sender,
        "sentences": [worded(sentence) for sentence in letter.sentences],
        "link": letter.link,
        "link_words": worded(letter.link_words),
        "why": worded(letter.why),
    }
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("clinic/mail/letter.txt", shown),
        from_email=formataddr((one_line(letter.sender), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[letter.to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("clinic/mail/letter.html", shown), "text/html")
    try:
        mail.send()
    except OSError as problem:  # SMTPException is one
        # Its own words may quote the address: only its kind is logged.
        log.warning("A mail about an account was not taken: %s", type(problem).__name__)
        return False
    return True
