"""Words in the language of whoever reads them: which languages there are, and sentences in one of them."""

from datetime import date, time
from typing import Any, cast

from django.conf import settings
from django.db.models import Choices
from django.utils.formats import date_format, time_format
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext

from clinic.plain_text import FIRST_STRONG, isolated
from clinic.sentences import Sentence


def language_among(*wished: str) -> str:
    """The first of the wished languages (BCP 47, best first) that patients can read here, else English."""
    written = written_languages()
    return next((_main(tag) for tag in wished if _main(tag) in written), _main(settings.LANGUAGE_CODE))


def written_languages() -> list[str]:
    """Those that patients can read here: “en”, “nl”."""
    return [_main(code) for code, _ in settings.LANGUAGES]


def is_written(language: str) -> bool:
    """Whether patients can read it here; “nl-BE” as “nl”."""
    return _main(language) in written_languages()


def worded(sentence: Sentence) -> str:
    """In the language that is active."""
    return sentence.worded(_Active())


def told(sentence: Sentence) -> str:
    """The same for a page: names in it are kept apart from the words, for the filter `sentence` to show."""
    return sentence.worded(_ActiveOnPages())


def label_of(choice: Choices) -> str:
    """The label of a choice, in the language that is active."""
    return worded(cast(Sentence, choice.label))


def choices_of(kind: type[Choices]) -> list[tuple[Any, Any]]:
    """The choices of a form's field, each labelled when it is shown."""
    return [(value, worded_later(cast(Sentence, label))) for value, label in kind.choices]


# For what is made once and shown in many languages.
worded_later = lazy(worded, str)


def _main(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()


class _Active:
    def pattern(self, messages: tuple[str, ...], number: int) -> str:
        one, *many = messages
        return ngettext(one, many[0], number) if many else gettext(one)

    def named(self, name: str) -> str:
        return name

    def dated(self, at: date | time, style: str) -> str:
        return date_format(at, style) if isinstance(at, date) else time_format(at, style)


class _ActiveOnPages(_Active):
    def named(self, name: str) -> str:
        # What is put together of names may have kept them apart already.
        return name if FIRST_STRONG in name else isolated(name)
