"""You may look down, never up: storeys, rooms inside a storey, and no circles."""

from collections.abc import Iterator

import pytest

from tests.house.rooms import ORDER, ROOMS, is_wiring, room_of
from tests.house.source import STOREYS, Source, nothing_in, product, snippet, sources

# Pure rooms compute; what they need of the framework is handed to them.
FRAMEWORKS = ("django", "rest_framework", "celery", "redis", "psycopg")


def own_module(imported: str, modules: frozenset[str]) -> str | None:
    """The module of ours that is imported: the longest beginning of the name that is one."""
    parts = imported.split(".")
    if parts[0] not in STOREYS:
        return None
    candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((module for module in candidates if module in modules), imported)


def own_imports(source: Source) -> Iterator[tuple[str, int]]:
    modules = frozenset(other.name for other in sources())
    for imported, line in source.imports:
        if (module := own_module(imported, modules)) is not None:
            yield module, line


def upward_imports(source: Source) -> Iterator[str]:
    """Imports of a higher storey, of a higher room, or of the wiring."""
    here = room_of(source.name)
    for module, line in own_imports(source):
        where = f"{source.path}:{line} imports {module}"
        there = room_of(module)
        if is_wiring(module):
            if not is_wiring(source.name) and ".management" not in source.name:
                yield f"{where}, which is wiring"
        elif here is None or there is None:
            continue
        elif STOREYS.index(there[0]) > STOREYS.index(here[0]):
            yield f"{where}, a storey up"
        elif ORDER.index(there[1]) < ORDER.index(here[1]):
            yield f"{where}: {here[1]} may not use {there[1]}"


def wiring_that_imports_upward(source: Source) -> Iterator[str]:
    for module, line in own_imports(source):
        if is_wiring(source.name) and not is_wiring(module) and room_of(module) is not None:
            storey, room = room_of(module) or ("", "")
            if storey != "clinic" or room not in ("web", "errors", "pure"):
                yield f"{source.path}:{line} imports {module}; wiring names it as a string"


def frameworks_in_pure_rooms(source: Source) -> Iterator[str]:
    room = room_of(source.name)
    if room is not None and room[1] in ("pure", "errors"):
        for imported, line in source.imports:
            if imported.split(".")[0] in FRAMEWORKS:
                yield f"{source.path}:{line} imports {imported} into a pure room"


def circles(graph: dict[str, set[str]]) -> Iterator[str]:
    """Modules that import each other, however far around."""
    done: set[str] = set()

    def walk(module: str, way: tuple[str, ...]) -> Iterator[str]:
        if module in way:
            yield " → ".join([*way[way.index(module) :], module])
        elif module not in done:
            for other in sorted(graph.get(module, ())):
                yield from walk(other, (*way, module))
            done.add(module)

    for module in sorted(graph):
        yield from walk(module, ())


def test_nothing_imports_upward():
    nothing_in(found for source in product() for found in upward_imports(source))


def test_wiring_names_upper_storeys_only_as_strings():
    nothing_in(found for source in product() for found in wiring_that_imports_upward(source))


def test_pure_rooms_know_no_framework():
    nothing_in(found for source in product() for found in frameworks_in_pure_rooms(source))


def test_modules_do_not_import_each_other_in_circles():
    graph = {
        source.name: {module for module, _ in own_imports(source)} - {source.name} for source in product()
    }
    # A package's __init__ gathers what its modules say.
    packages = {name for name in graph for other in graph if other.startswith(f"{name}.")}
    plain = {name: used - packages for name, used in graph.items() if name not in packages}

    nothing_in(circles(plain))


def test_every_module_has_a_room():
    homeless = [
        source.path
        for source in product()
        if not is_wiring(source.name) and room_of(source.name) is None and source.text.strip()
    ]

    assert not homeless, "Enter these in tests/house/rooms.py."


def test_every_room_of_the_plan_exists():
    modules = {source.name for source in sources()}
    planned = [package for rooms in ROOMS.values() for packages in rooms.values() for package in packages]

    assert [package for package in planned if package not in modules] == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("clinic.people.patients", "from scheduling.booking.book_course import book_course"),
        ("clinic.people.patients", "import treatments.cadence"),
        ("treatments.prescribing", "from scheduling import booking"),
        ("scheduling.engine.placement", "from scheduling.models import Session"),
        ("scheduling.engine.placement", "from scheduling import booking"),
        ("scheduling.diaries.site_diaries", "from scheduling.booking.book_course import book_course"),
        ("scheduling.booking.book_course", "from scheduling.desk.search.wish_forms import Form"),
        ("scheduling.booking.book_course", "from clinic.web.rest.auth import actor_of"),
        ("scheduling.models.sessions", "from scheduling.diaries.site_diaries import claim"),
        ("clinic.errors", "from clinic.time.cells import ones"),
        ("clinic.people.patients", "from clinic.settings import DATA"),
        ("scheduling.tasks", "from clinic.celery import app"),
    ],
)
def test_an_upward_import_is_found(module, line):
    assert list(upward_imports(snippet(line, name=module)))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("scheduling.booking.book_course", "from treatments.prescribing import prescribe"),
        ("scheduling.booking.book_course", "from scheduling import diary, rules"),
        ("scheduling.desk.day.day_sheet", "from clinic.web.clock import now"),
        ("scheduling.engine.placement", "from treatments.cadence import Window"),
        ("clinic.management.commands.serve", "from clinic.running import crew"),
    ],
)
def test_a_downward_import_is_let_through(module, line):
    assert not list(upward_imports(snippet(line, name=module)))


def test_wiring_that_imports_a_storey_is_found():
    wired = snippet("from scheduling.desk import urls", name="clinic.urls")

    assert list(wiring_that_imports_upward(wired))


@pytest.mark.parametrize(
    "line", ["import django", "from django.db import models", "import rest_framework.status"]
)
def test_a_framework_in_a_pure_room_is_found(line):
    assert list(frameworks_in_pure_rooms(snippet(line, name="scheduling.engine.placement")))
    assert not list(frameworks_in_pure_rooms(snippet(line, name="scheduling.booking.book_course")))


def test_a_circle_is_found():
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == ["a → b → c → a"]
    assert not list(circles({"a": {"b", "c"}, "b": {"c"}}))
