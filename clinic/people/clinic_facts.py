"""What patients read of the clinic: what it is called, how it is reached, in which language it writes."""

from collections.abc import Iterator
from types import MappingProxyType

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from clinic.errors import Problem, ProblemKind
from clinic.people.phones import e164
from clinic.places.policy import Policy, TextSetting, WordSetting
from clinic.plain_text import text_problems
from clinic.sentences import sentence as _
from clinic.sentences import verbatim

_IS_WEB = URLValidator(schemes=["http", "https"])


def _name_problems(text: str) -> Iterator[Problem]:
    return text_problems(text, "name", missing=_("Enter the clinic's name."))


def _phone_problems(text: str) -> Iterator[Problem]:
    # A country is not known here: it is printed in mails that are read abroad too.
    if text and e164(text, country=None) is None:
        sentence = _("“{phone}” is not a phone number. Write it with its country code.", phone=text)
        yield Problem("clinic_phone_malformed", ProblemKind.BLOCKER, sentence)


def _email_problems(text: str) -> Iterator[Problem]:
    try:
        if text:
            validate_email(text)
    except ValidationError:
        sentence = _("“{email}” is not an e-mail address.", email=text[:80])
        yield Problem("clinic_email_malformed", ProblemKind.BLOCKER, sentence)


def _web_problems(text: str) -> Iterator[Problem]:
    try:
        if text:
            _IS_WEB(text)
    except ValidationError:
        sentence = _("“{web}” is no web address. Write it as https://clinic.example.", web=text[:80])
        yield Problem("clinic_web_malformed", ProblemKind.BLOCKER, sentence)


_LANGUAGES = MappingProxyType({tag.split("-")[0]: verbatim(name) for tag, name in settings.LANGUAGES})

CLINIC_FACTS = Policy(
    (
        TextSetting("name", 200, _("Name"), _("As it stands in mails and calendars."), wrong=_name_problems),
        TextSetting(
            "phone",
            20,
            _("Phone"),
            _("With its country code. Patients are asked to call it."),
            wrong=_phone_problems,
            form="tel",
        ),
        TextSetting(
            "email",
            254,
            _("E-mail"),
            _("What patients answer goes there."),
            wrong=_email_problems,
            form="email",
        ),
        TextSetting("web", 200, _("Web address"), wrong=_web_problems, form="url"),
        WordSetting(
            "language",
            _LANGUAGES,
            Problem(
                "clinic_language_unknown",
                ProblemKind.BLOCKER,
                _("Mails are written in one of: {known}. Choose one.", known=", ".join(_LANGUAGES)),
            ),
            _("Language"),
            _("Of mails to patients for whom no other is entered."),
        ),
    )
)
