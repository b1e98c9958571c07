"""Names of the trade. A room named for nothing ends up with everything."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.house.source import Source, nothing_in, snippet, sources

FORBIDDEN = frozenset(
    {"appointment", "common", "core", "data", "entity", "entitie", "event", "handle", "handler", "helper"}
    | {"info", "item", "manager", "misc", "process", "processing", "selector", "service", "slot", "util"}
)

# What a framework or a standard calls so: how the full name ends, and whose word it is.
EXEMPT = {
    "Command.handle": "Django's hook of a command",
    "DeskErrors.process_exception": "Django's hook of a middleware",
    "UserManager": "Django's word for what makes accounts",
    "Sink.handle_DATA": "aiosmtpd's hook",
    "MailServer.handle_DATA": "aiosmtpd's hook",
    "MailServer.handle_EHLO": "aiosmtpd's hook",
    "MailServer.handle_HELO": "aiosmtpd's hook",
    "MailServer.handle_RCPT": "aiosmtpd's hook",
    "TellingSMTP.data": "smtplib's word for SMTP's own DATA",
    "Loose.handle_data": "the HTML parser's hook",
    "Loose.handle_endtag": "the HTML parser's hook",
    "Loose.handle_starttag": "the HTML parser's hook",
    "Seen.handle_data": "the HTML parser's hook",
    "Seen.handle_endtag": "the HTML parser's hook",
    "Seen.handle_starttag": "the HTML parser's hook",
    "PageTexts.handle_data": "the HTML parser's hook",
    "PageTexts.handle_endtag": "the HTML parser's hook",
    "PageTexts.handle_starttag": "the HTML parser's hook",
    "serve.own_processes": "processes of the operating system",
    "Stack.process": "a process of the operating system",
}


def is_exempt(full_name: str) -> bool:
    return any(full_name.endswith(f".{ending}") for ending in EXEMPT)


def words_of(name: str) -> set[str]:
    """The words of snake_case and CamelCase, in the singular too."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    words = {word for word in apart.split("_") if word}
    return words | {word.removesuffix(end) for word in words for end in ("s", "es")}


def own_names(source: Source) -> Iterator[tuple[str, int]]:
    """(full name, line) of the module, its classes, functions and methods."""
    yield source.name, 1

    def inside(node: ast.AST, owner: str) -> Iterator[tuple[str, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{owner}.{child.name}", child.lineno
                yield from inside(child, f"{owner}.{child.name}")
            else:
                yield from inside(child, owner)

    yield from inside(source.tree, source.name)


def forbidden_names(source: Source) -> Iterator[str]:
    for full_name, line in own_names(source):
        own = full_name.split(".") if full_name == source.name else [full_name.rpartition(".")[2]]
        words = set().union(*(words_of(part) for part in own))
        if not is_exempt(full_name) and (found := sorted(words & FORBIDDEN)):
            yield f"{source.path}:{line} {full_name} is named “{found[0]}”"


def test_nothing_has_a_name_that_says_nothing():
    # A fact may speak of anything: names of tests are left out.
    found = (
        said
        for source in sources()
        for said in forbidden_names(source)
        if not re.search(r"\btest_\w+ is named", said)
    )

    nothing_in(found)


def test_every_exemption_is_still_needed():
    known = [full_name for source in sources() for full_name, _ in own_names(source)]

    assert [end for end in EXEMPT if not any(name.endswith(f".{end}") for name in known)] == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("scheduling.utils", ""),
        ("scheduling.services.booking", ""),
        ("clinic.common", ""),
        ("scheduling.booking.book_course", "def handle_booking(): ..."),
        ("scheduling.booking.book_course", "def get_patient_info(): ..."),
        ("scheduling.booking.book_course", "def process(): ..."),
        ("scheduling.booking.book_course", "class BookingManager: ..."),
        ("scheduling.booking.book_course", "class TimeSlots: ..."),
        ("scheduling.booking.book_course", "class Shelf:\n    def items(self): ..."),
        ("scheduling.booking.book_course", "def book():\n    def event_of(): ..."),
        ("scheduling.booking.book_course", "async def sendData(): ..."),
        ("scheduling.booking.book_course", "if True:\n    class HTTPHelper: ..."),
    ],
)
def test_a_name_that_says_nothing_is_found(module, text):
    assert list(forbidden_names(snippet(text, name=module)))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("scheduling.management.commands.demo", "def database_now(): ..."),
        ("scheduling.booking.book_course", "def eventually(): ...\ndata = 5"),
        ("clinic.models.people", "class UserManager: ..."),
    ],
)
def test_a_name_of_the_trade_is_let_through(module, text):
    assert not list(forbidden_names(snippet(text, name=module)))
