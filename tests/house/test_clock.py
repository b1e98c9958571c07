"""The clock is read at the edges and handed down as `now`."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.house.source import EDGES, WIRING, Source, functions, nothing_in, product, snippet

READS_THE_CLOCK = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "django.db.models.functions.Now",
    "django.utils.timezone.localdate",
    "django.utils.timezone.localtime",
    "django.utils.timezone.now",
    "clinic.web.database_clock.database_now",
    "time.gmtime",
    "time.localtime",
    "time.time",
    "time.time_ns",
}
# Columns that fill themselves read the clock where nobody sees it.
SELF_FILLING = ("auto_now", "auto_now_add")


def clock_reads(source: Source) -> Iterator[str]:
    """Whatever reads the clock, below the edges."""
    if source.room in (*EDGES, *WIRING):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name) and source.full_name(node) in READS_THE_CLOCK:
            yield f"{source.path}:{node.lineno} reads the clock; take `now` as an argument"
        if isinstance(node, ast.keyword) and node.arg in SELF_FILLING:
            yield f"{source.path}:{node.value.lineno} has {node.arg}; write the instant that was handed down"


def optional_nows(source: Source) -> Iterator[str]:
    """`now` is always said: a default would be a clock that nobody sees."""
    for function in functions(source):
        arguments = function.args
        positional = [*arguments.posonlyargs, *arguments.args]
        with_default = positional[len(positional) - len(arguments.defaults) :]
        with_default += [
            argument
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        ]
        if any(argument.arg == "now" for argument in with_default):
            yield f"{source.path}:{function.lineno} {function.name} has a default for `now`"


def test_nothing_below_the_edges_reads_the_clock():
    nothing_in(found for source in product() for found in clock_reads(source))


def test_now_is_never_optional():
    nothing_in(found for source in product() for found in optional_nows(source))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nat = datetime.now()",
        "import datetime\nat = datetime.datetime.now(datetime.UTC)",
        "import datetime as dt\nat = dt.datetime.utcnow()",
        "from datetime import date\nfield = Field(default=date.today)",
        "from django.utils import timezone\nfield = Field(default=timezone.now)",
        "from django.utils.timezone import now\nat = now()",
        "from django.db.models.functions import Now\nrows.filter(due_at__lte=Now())",
        "import time\nstarted = time.time()",
        "from time import time\nstarted = time()",
        "field = models.DateTimeField(auto_now_add=True)",
    ],
)
def test_a_read_of_the_clock_is_found(text):
    assert list(clock_reads(snippet(text, name="scheduling.booking.book_course")))
    assert list(clock_reads(snippet(text, name="scheduling.models.sessions")))
    assert not list(clock_reads(snippet(text, name="scheduling.desk.day.day_sheet")))


@pytest.mark.parametrize(
    "text",
    [
        "import time\nstarted = time.monotonic()",
        "from datetime import datetime\nat = datetime.combine(on, clock)",
        "def due(*, now): return now",
    ],
)
def test_time_that_is_no_clock_is_let_through(text):
    assert not list(clock_reads(snippet(text)))


def test_a_default_for_now_is_found():
    assert list(optional_nows(snippet("def due(*, now=None): ...")))
    assert list(optional_nows(snippet("def due(row, now=None): ...")))
    assert not list(optional_nows(snippet("def due(row, *, now, limit=5): ...")))
