"""The project's own source, read as syntax trees."""

import ast
import subprocess
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STOREYS = ("clinic", "treatments", "scheduling")
# Where requests come in.
DOORS = ("api", "desk", "patient", "sync")
# Where the clock is read and handed down: every way in, and what they are furnished with.
EDGES = (*DOORS, "demo", "health", "management", "tasks", "web")
# The project's wiring names upper storeys only as strings.
WIRING = ("apps", "asgi", "celery", "running", "settings", "urls", "wsgi")


@dataclass(frozen=True)
class Source:
    """One module: its dotted name, its path inside the project, its text."""

    name: str
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def is_product(self) -> bool:
        return self.name.split(".")[0] in STOREYS

    @property
    def room(self) -> str:
        """The first name below the storey: `scheduling.booking.holds` stands in booking."""
        return [*self.name.split("."), ""][1]

    @cached_property
    def imports(self) -> list[tuple[str, int]]:
        """(what is imported, line), by full name: `from a import b` is a.b."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(alias.name, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """What a bare name of this module stands for: its full name."""
        known: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                # `import a.b` binds a, `import a.b as c` binds c to a.b.
                known |= {alias.asname: alias.name for alias in node.names if alias.asname}
                tops = {alias.name.split(".")[0] for alias in node.names if not alias.asname}
                known |= {top: top for top in tops}
            elif isinstance(node, ast.ImportFrom) and node.module:
                known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        return known

    def full_name(self, node: ast.expr) -> str:
        """The dotted name that an expression such as `timezone.now` stands for; "" for any other."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.full_name(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""


def snippet(text: str, *, name: str = "scheduling.booking.book_course") -> Source:
    """Made-up source, to prove that a rule bites."""
    return Source(name=name, path=f"{name.replace('.', '/')}.py", text=textwrap.dedent(text))


@cache
def tracked_files() -> tuple[str, ...]:
    """Every file that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for path in sorted(set(listed.split("\0"))) if path and (ROOT / path).is_file())


@cache
def sources() -> tuple[Source, ...]:
    """Every Python module of the project but migrations, which are written by Django and frozen."""
    return tuple(
        Source(name=module_name(path), path=path, text=(ROOT / path).read_text("utf-8"))
        for path in tracked_files()
        if path.endswith(".py") and "/migrations/" not in path
    )


def product() -> Iterator[Source]:
    return (source for source in sources() if source.is_product)


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def nothing_in(violations: Iterable[str]) -> None:
    """Fail with all the violations, one per line."""
    found = list(violations)
    assert not found, "\n" + "\n".join(found)
