"""Catalogues say what the sources say: nothing missing, nothing left over, and whole where patients read."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings

from build.catalogues import Message, catalogue_in, messages, messages_in, template, updated
from build.environment import CATALOGUES, ROOT, compiled, stale
from tests.support.house.source import nothing_in

FILES = sorted(ROOT.glob(CATALOGUES))
# What patients read: mails, the pages behind their links, and calendars.
FOR_PATIENTS = (
    "clinic/sentences.py",
    "scheduling/icalendar/words.py",
    "scheduling/messages/letters/",
    "scheduling/patient/",
    "scheduling/templates/scheduling/mail/",
    "scheduling/templates/scheduling/patient/",
)
PYTHON_FORMAT = re.compile(r"%\((\w+)\)")


def ids(message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings(message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def behind(catalogue: Catalog, said: Catalog) -> Iterator[str]:
    known, wanted = ({(ids(one), one.context) for one in of if one.id} for of in (catalogue, said))
    yield from (f"{catalogue.locale} lacks {message}" for message in sorted(wanted - known, key=str))
    yield from (f"{catalogue.locale} has {message} left" for message in sorted(known - wanted, key=str))


def gaps(catalogue: Catalog, wanted: Iterable[Message]) -> Iterator[str]:
    """Messages that a reader of this language would meet in English."""
    for one in wanted:
        found = catalogue.get(one.id if isinstance(one.id, str) else one.id[0], one.context)
        if found is None or found.fuzzy or not all(strings(found)):
            yield f"{catalogue.locale} has no words for “{one.id}” of {one.path}"


def fields(text: str) -> set[str]:
    """What a message leaves to be filled in, in either way of writing that."""
    return {name for _, name, _, _ in Formatter().parse(text.replace("{}", "")) if name} | set(
        PYTHON_FORMAT.findall(text)
    )


def misfits(catalogue: Catalog) -> Iterator[str]:
    """Translations that fill in what their message does not have."""
    for message in catalogue:
        if message.id:
            known = {name for text in ids(message) for name in fields(text)}
            for text in strings(message):
                if unknown := fields(text) - known:
                    yield f"{catalogue.locale}: “{text}” fills in {sorted(unknown)}"


def is_for_patients(message: Message) -> bool:
    return message.path.startswith(FOR_PATIENTS)


@pytest.fixture(params=FILES, ids=lambda file: file.parent.parent.name)
def catalogue(request) -> Catalog:
    return catalogue_in(request.param)


def a_catalogue(**translations: str) -> Catalog:
    made = Catalog(locale="nl")
    for message, string in translations.items():
        made.add(message, string)
    return made


def test_every_language_but_the_sources_own_has_a_catalogue():
    others = {code for code, _ in settings.LANGUAGES if not code.startswith("en")}

    assert {file.parent.parent.name for file in FILES} == others


def test_no_catalogue_is_behind_the_sources(catalogue):
    # `python build/catalogues.py update` writes what is missing into it, and takes out what is gone.
    nothing_in(behind(catalogue, template()))


def test_patients_read_their_own_language_only(catalogue):
    nothing_in(gaps(catalogue, filter(is_for_patients, messages())))


def test_a_desk_speaks_no_language_by_halves(catalogue):
    if str(catalogue.locale) in settings.DESK_LANGUAGES:
        nothing_in(gaps(catalogue, messages()))


def test_what_patients_read_is_still_there():
    assert [place for place in FOR_PATIENTS if not (ROOT / place).exists()] == []


def test_translations_fill_in_what_their_message_has(catalogue):
    nothing_in(misfits(catalogue))


def test_what_gettext_reads_is_built_and_no_older_than_its_catalogue():
    assert stale() == []
    assert all(compiled(file).exists() for file in FILES)


def test_a_catalogue_that_is_behind_is_found():
    said = a_catalogue(Visit="", Review="")

    assert list(behind(a_catalogue(Visit="Afspraak", Gone="Weg"), said)) == [
        "nl lacks (('Review',), None)",
        "nl has (('Gone',), None) left",
    ]


def test_a_gap_is_found():
    wanted = [Message("Visit", "a.py"), Message("Review", "a.py"), Message("Busy", "a.py")]

    assert [said.split("“")[1][:4] for said in gaps(a_catalogue(Visit="Afspraak", Review=""), wanted)] == [
        "Revi",
        "Busy",
    ]


@pytest.mark.parametrize("text", ["{aantal} afspraken", "%(aantal)s afspraken"])
def test_a_translation_that_fills_in_what_is_not_there_is_found(text):
    assert list(misfits(a_catalogue(**{"{count} of %(total)s": text})))
    assert not list(misfits(a_catalogue(**{"{count:H:i} of %(total)s": "%(total)s: {count:j F}"})))


def test_updating_keeps_what_is_said_still_and_drops_what_is_gone():
    text = updated(a_catalogue(Visit="Afspraak", Gone="Weg"), by=a_catalogue(Visit="", Review="")).decode()

    assert 'msgid "Visit"\nmsgstr "Afspraak"' in text
    assert 'msgid "Review"\nmsgstr ""' in text
    assert "Gone" not in text


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a.py", 'x = _("Book {day}.", day=_("today"))', ["Book {day}.", "today"]),
        ("a.py", 'x = counted("{count} day",\n  "{count} days", count=1)', [("{count} day", "{count} days")]),
        ("a.py", 'x = _("Long " "line.")\ny = plain("Not one.")', ["Long line."]),
        ("a.html", '<p>  {% translate "It is yours" %}</p>', ["It is yours"]),
        ("a.html", "{% blocktranslate %}Until {{ at }}.{% endblocktranslate %}", ["Until %(at)s."]),
        (
            "a.html",
            "  {% blocktranslate count n=1 %}A{% plural %}B{% endblocktranslate %}\n text\n\t(x",
            [("A", "B")],
        ),
    ],
)
def test_messages_are_found_in_modules_and_templates(path, text, found):
    assert [message.id for message in messages_in(text, path=path)] == found


def test_a_translator_reads_what_a_comment_says():
    [message] = messages_in('# Translators: a doctor\nx = _("With:")', path="a.py")

    assert message.comments == ("Translators: a doctor",)


def test_a_file_of_locations_has_no_line_numbers():
    assert not [
        line for file in FILES for line in Path(file).read_text().splitlines() if re.match(r"#: .*:\d", line)
    ]
