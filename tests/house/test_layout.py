"""The top level is fixed, no module imports another in a circle, and the repository names no machine.

The order of storeys and rooms, and the rooms that know no framework, are contracts in pyproject.toml.
"""

import re
from collections.abc import Iterable, Iterator

import pytest

from tests.support.house.source import ROOT, STOREYS, Source, nothing_in, product, sources, tracked_files

FOLDERS = {".ci", "benchmarks", "build", "clinic", "docs", "locale", "scheduling", "tests", "treatments"}
FILES = {
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "Procfile",
    "README.md",
    "SECURITY.md",
    "manage.py",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements-dev.txt",
    "requirements.lock",
    "requirements.txt",
}
# Put together, so that this module does not find itself.
HOMES = ("work", "root", "home", "Users")
MACHINE = re.compile(
    "|".join(
        [
            *(rf"/{home}/\w" for home in HOMES),
            r"pypi\.org",
            r"pythonhosted\.org",
            r"registry\.npmjs\.org",
            r"deb\.debian\.org",
            r"archive\.ubuntu\.com",
            r"proxy\.golang\.org",
        ]
    )
)
SILENCED = re.compile(r"#\s*(type:\s*ignore|noqa|nosec)\b")
# By its code, and then in words.
WITH_A_REASON = re.compile(
    r"#\s*(type:\s*ignore\[[a-z0-9, -]+\]|noqa: [A-Z]+\d+(, [A-Z]+\d+)*|nosec( B\d+)? #)\W+\w.*\w{3}"
)


def strangers(paths: Iterable[str]) -> list[str]:
    """What stands at the top level without belonging there."""
    tops = {path.split("/")[0] + ("/" if "/" in path else "") for path in paths}
    return sorted(tops - FILES - {f"{folder}/" for folder in FOLDERS})


def machine_names(text: str, path: str = "") -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if found := MACHINE.search(line):
            yield f"{path}:{number} names {found.group()}"


def silenced_without_a_reason(text: str, path: str = "") -> Iterator[str]:
    """A check is silenced by its code, and with a reason that a stranger accepts."""
    for number, line in enumerate(text.splitlines(), start=1):
        if SILENCED.search(line) and not WITH_A_REASON.search(line):
            yield f"{path}:{number} silences a check without saying why"


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked_files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            yield path, content.decode("utf-8")


def test_the_top_level_is_fixed():
    assert strangers(tracked_files()) == []


def test_no_file_names_a_machine_or_a_registry():
    nothing_in(found for path, text in texts() for found in machine_names(text, path))


def test_every_silenced_check_says_why():
    own = "tests/house/test_layout.py"

    nothing_in(
        found
        for path, text in texts()
        if path.endswith(".py") and path != own
        for found in silenced_without_a_reason(text, path)
    )


def test_a_stranger_at_the_top_level_is_found():
    paths = ["clinic/time/cells.py", "manage.py", "billing/models.py", "notes.txt"]

    assert strangers(paths) == ["billing/", "notes.txt"]


@pytest.mark.parametrize(
    "line",
    [
        "cd /wo" + "rk/here",
        "DATA = '/ro" + "ot/var'",
        "see /ho" + "me/someone/x",
        "index-url = https://pypi." + "org/simple",
        "wget http://deb.deb" + "ian.org/x",
    ],
)
def test_a_machine_is_found(line):
    assert list(machine_names(f"fine\n{line}\n"))
    assert not list(machine_names("a workbench, the root of a folder, the home page"))


def test_a_silenced_check_without_a_reason_is_found():
    ignore, noqa, nosec = "# type: " + "ignore", "# no" + "qa", "# no" + "sec"

    assert list(silenced_without_a_reason(f"x = 1  {ignore}"))
    assert list(silenced_without_a_reason(f"x = 1  {ignore}[misc]"))
    assert list(silenced_without_a_reason(f"x = 1  {noqa}"))
    assert list(silenced_without_a_reason(f"x = 1  {noqa}: F401"))
    assert list(silenced_without_a_reason(f"x = 1  {noqa}  # everything about this line"))
    assert list(silenced_without_a_reason(f"x = 1  {nosec} B311"))
    assert not list(silenced_without_a_reason(f"x = 1  {nosec} B311 # the same from the same seed"))
    assert not list(silenced_without_a_reason(f"x = 1  {ignore}[misc]  # the stubs are wrong here"))
    assert not list(silenced_without_a_reason(f"x = 1  {noqa}: F401  (registers the tasks)"))


def own_module(imported: str, modules: frozenset[str]) -> str | None:
    """The module of ours that is imported: the longest beginning of the name that is one."""
    parts = imported.split(".")
    if parts[0] not in STOREYS:
        return None
    candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((module for module in candidates if module in modules), imported)


def own_imports(source: Source) -> set[str]:
    modules = frozenset(other.name for other in sources())
    found = {own_module(imported, modules) for imported, _ in source.imports}
    return {module for module in found if module is not None} - {source.name}


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


def test_modules_do_not_import_each_other_in_circles():
    graph = {source.name: own_imports(source) for source in product()}
    # A package's __init__ gathers what its modules say.
    packages = {name for name in graph for other in graph if other.startswith(f"{name}.")}

    nothing_in(circles({name: used - packages for name, used in graph.items() if name not in packages}))


def test_a_circle_is_found():
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == ["a → b → c → a"]
    assert not list(circles({"a": {"b", "c"}, "b": {"c"}}))
