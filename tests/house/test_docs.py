"""What the docs name is there."""

import ast
import re
from collections.abc import Iterable, Iterator

from tests.support.house.source import ROOT, STOREYS, Source, functions, nothing_in, sources, tracked_files

PAGES = ("README.md", "CONTRIBUTING.md", "docs/")
QUOTED = re.compile(r"`([^`\s]+)`")
# A line of “Where to open”: what for, which module, and the names to look for in it.
WHERE = re.compile(r"^\| (?P<what>[a-z].*?) \| `(?P<path>\S+\.py)` \| (?P<names>`.*`) \|$", re.MULTILINE)
LINKED = re.compile(r"\]\(([^)#:]+)\)")


def pages() -> Iterator[tuple[str, str]]:
    for path in tracked_files():
        if path.endswith(".md") and path.startswith(PAGES):
            yield path, (ROOT / path).read_text("utf-8")


def missing_files(text: str, paths: Iterable[str]) -> Iterator[str]:
    """Paths of ours that a page names and that are not there; a pattern names its folder."""
    known = set(paths)
    folders = {path[: place + 1] for path in known for place, letter in enumerate(path) if letter == "/"}
    for quoted in QUOTED.findall(text):
        if quoted.split("/")[0] in (*STOREYS, "tests", "docs", "build", "benchmarks") and "/" in quoted:
            named = quoted.split("*")[0]
            if named not in known and named not in folders and f"{named}/" not in folders:
                yield quoted


def missing_names(text: str, known: set[str]) -> Iterator[str]:
    """Dotted names of ours, such as `scheduling.booking.book_course.book_course`, that no module has."""
    for quoted in QUOTED.findall(text):
        is_ours = quoted.split(".")[0] in STOREYS and not quoted.endswith(".example")
        if is_ours and "/" not in quoted and quoted not in known:
            yield quoted


def lost_ways(text: str) -> Iterator[str]:
    """Lines of “Where to open” that lead nowhere: the module is gone, or does not define the name."""
    modules = {source.path: source for source in sources()}
    for line in WHERE.finditer(text):
        source = modules.get(line["path"])
        if source is None:
            yield f"{line['what']}: there is no {line['path']}"
            continue
        yield from (
            f"{line['what']}: {line['path']} does not define {name}"
            for name in QUOTED.findall(line["names"])
            if name not in defined_in(source)
        )


def defined_in(source: Source) -> set[str]:
    """Functions, classes, and what their bodies and the module name."""
    named = {node.name for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    targets: list[ast.expr] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets += node.targets if isinstance(node, ast.Assign) else [node.target]
    return named | {target.id for target in targets if isinstance(target, ast.Name)}


def own_names() -> set[str]:
    modules = {source.name for source in sources()}
    return modules | {
        f"{source.name}.{function.name}" for source in sources() for function in functions(source)
    }


def test_every_file_that_a_page_names_is_there():
    nothing_in(f"{page}: {name}" for page, text in pages() for name in missing_files(text, tracked_files()))


def test_every_function_that_a_page_names_is_there():
    known = own_names()

    nothing_in(f"{page}: {name}" for page, text in pages() for name in missing_names(text, known))


def test_the_ways_of_the_architecture_page_lead_somewhere():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")

    assert len(WHERE.findall(page)) >= 20
    nothing_in(lost_ways(page))


def test_every_link_between_pages_leads_somewhere():
    nothing_in(
        f"{page}: {link}"
        for page, text in pages()
        for link in LINKED.findall(text)
        if not ((ROOT / page).parent / link).exists()
    )


def test_a_file_that_is_gone_is_found():
    paths = ["clinic/time/cells.py", "treatments/catalogue/prp.toml"]

    text = (
        "See `clinic/time/cells.py`, `clinic/`, `treatments/catalogue/*.toml`, `clinic/no.py`, `docs/x.md`."
    )

    assert list(missing_files(text, paths)) == ["clinic/no.py", "docs/x.md"]


def test_a_function_that_is_gone_is_found():
    text = "`clinic.time.cells.erode` and `clinic.time.cells.dilate`, in `clinic.time.cells`"

    assert list(missing_names(text, {"clinic.time.cells", "clinic.time.cells.erode"})) == [
        "clinic.time.cells.dilate"
    ]


def test_a_way_that_leads_nowhere_is_found():
    gone = "| book | `clinic/no.py` | `book` |"
    other = "| find rows | `clinic/lookup.py` | `find`, `seek` |"

    assert list(lost_ways(f"{gone}\n{other}\n")) == [
        "book: there is no clinic/no.py",
        "find rows: clinic/lookup.py does not define seek",
    ]
