"""A language in which every message stands in ⟦brackets⟧: what stands outside them no catalogue has."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import ClassVar

from django.apps import apps
from django.db.models import CharField, JSONField, TextField
from django.utils.translation import trans_real

# It takes the place of this one, so that all that chooses a language may choose it.
CODE = "nl"
# What fills a message stands outside, and so do the tags in it.
FILLED = re.compile(r"(<[^>]*>|%\(\w+\)[sd]|%%|\{\w*(?::[^{}]*)?\})")
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{2,}")
# Columns of what people named and wrote; the words of all others are ours.
NAMED = {
    "address",
    # Codes are for programs; a page shows them to whoever writes one.
    "country",
    "description",
    "desk_note",
    "email",
    "family_name",
    "given_name",
    "indication",
    "key",
    "label",
    "name",
    "phone",
    "prefix",
    "system",
    "zone",
}
# The same in JSON: the clinic's own catalogue.
NAMED_IN_JSON = {"defaults", "record_fields"}
IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Names of the product and of the trade that are the same in every language.
PROPER = ("Coursebook", "UTC")
ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")


def marked(message: str) -> str:
    """The message with every stretch of its own words in brackets."""
    text = message.rpartition("\x04")[2]
    return "".join(
        f"⟦{part}⟧" if WORD.search(part) and not FILLED.fullmatch(part) else part
        for part in FILLED.split(text)
    )


class PseudoLocale:
    """What Django asks of a language."""

    def gettext(self, message: str) -> str:
        return marked(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return marked(one if count == 1 else many)

    def language(self) -> str:
        return CODE

    def to_language(self) -> str:
        return CODE


@contextmanager
def pseudo_locale() -> Iterator[None]:
    """While it lasts, whoever reads Dutch reads this."""
    known = vars(trans_real)["_translations"]
    kept = known.get(CODE)
    known[CODE] = PseudoLocale()
    try:
        yield
    finally:
        known.pop(CODE)
        if kept is not None:
            known[CODE] = kept


def outside(text: str, *, known: Iterable[str] = ()) -> list[str]:
    """The words of a text that are in no brackets, and no name of those."""
    for name in sorted((*PROPER, *known), key=len, reverse=True):
        text = text.replace(name, " ")
    return WORD.findall(MARKED.sub(" ", IDS.sub(" ", text)))


def outside_in_page(html: str, *, known: Iterable[str] = ()) -> list[str]:
    """The same of all that a page shows or reads out."""
    names = [*known]
    return [text for text in texts_in(html) if outside(text, known=names)]


def texts_in(html: str) -> list[str]:
    """What a page shows or reads out, piece by piece."""
    page = PageTexts()
    page.feed(html)
    return page.said


def names_in_database() -> set[str]:
    """What people named and wrote, as it lies in the database, and each line of it."""
    found: set[str] = set()
    for model in apps.get_models():
        for field in model._meta.fields:
            if field.name in NAMED and isinstance(field, CharField | TextField) and not field.choices:
                found.update(filter(None, model._base_manager.values_list(field.name, flat=True)))
            if field.name in NAMED_IN_JSON and isinstance(field, JSONField):
                found.update(_texts_of([*model._base_manager.values_list(field.name, flat=True)]))
    return found | {line.strip() for name in found for line in name.splitlines() if line.strip()}


def _texts_of(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            yield from (text for part in value for text in _texts_of(part))
        case dict():
            yield from (text for part in value.values() for text in _texts_of(part))


class PageTexts(HTMLParser):
    """Collects texts and what is read out; scripts and styles are for nobody to read."""

    SILENT: ClassVar = {"script", "style"}

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self.SILENT
        given = dict(attrs)
        self.said += [text for name in ATTRIBUTES if (text := given.get(name))]
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.said.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self.SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.said.append(data.strip())
