"""Every code a client may be refused with stands in docs/api.md."""

import ast
from collections.abc import Container, Iterator
from functools import cache

import pytest

from clinic.models.tenant import PublicRow
from tests.house.test_models import own_models
from tests.support.house.source import ROOT, Source, nothing_in, product, snippet

# The classes whose first argument is a code. Subclasses are found by their bases.
FAMILY = {"ClinicError", "Malformed", "NotAllowed", "Unknown", "Conflict", "Problem"}
# `find` makes its code from the model it looks for.
COMPUTED = {"clinic.lookup"}


@cache
def family() -> frozenset[str]:
    """The family and whoever inherits from it, by name. Refused takes problems, and they have the codes."""
    names = set(FAMILY)
    for source in product():
        for node in ast.walk(source.tree):
            bases = {source.full_name(base).rpartition(".")[2] for base in getattr(node, "bases", [])}
            if isinstance(node, ast.ClassDef) and bases & names and node.name != "Refused":
                names.add(node.name)
    return frozenset(names)


def code_nodes(source: Source, names: Container[str]) -> Iterator[ast.expr]:
    """The first argument of every call that makes a refusal, and the codes of framework refusals."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and source.full_name(node.func).rpartition(".")[2] in names:
            yield from node.args[:1]
            yield from (keyword.value for keyword in node.keywords if keyword.arg == "code")
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "default_code" for target in node.targets
        ):
            yield node.value


def constants(source: Source) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in source.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def codes_of(source: Source, names: Container[str]) -> Iterator[tuple[str, int]]:
    """(code, line); the code is "" where it is not written as a literal or a constant of the module."""
    known = constants(source)
    for node in code_nodes(source, names):
        if isinstance(node, ast.Starred):
            continue
        branches = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
        for branch in branches:
            literal = branch.value if isinstance(branch, ast.Constant) else None
            if isinstance(branch, ast.Name):
                literal = known.get(branch.id)
            yield (literal if isinstance(literal, str) else ""), node.lineno


def looked_up_codes() -> Iterator[str]:
    """The codes of `find`, for every model of which a request sees rows."""
    by_name = {model.__name__: model for model in own_models() if issubclass(model, PublicRow)}
    for source in product():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr == "seen_by":
                model = by_name.get(ast.unparse(node.value).removesuffix(".objects"))
                if model is not None:
                    yield f"unknown_{str(model._meta.verbose_name).replace(' ', '_')}"


def all_codes() -> set[str]:
    names = family()
    written = {
        code for source in product() if source.name not in COMPUTED for code, _ in codes_of(source, names)
    }
    return {code for code in written | set(looked_up_codes()) if code}


def unlisted(codes: set[str], page: str) -> list[str]:
    return sorted(code for code in codes if f"`{code}`" not in page)


def test_every_code_is_listed_in_the_api_page():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")

    assert unlisted(all_codes(), page) == []


def test_every_code_is_written_where_it_is_raised():
    names = family()

    nothing_in(
        f"{source.path}:{line} makes its code; write it out"
        for source in product()
        if source.name not in COMPUTED and source.name != "clinic.errors"
        for code, line in codes_of(source, names)
        if not code
    )


def test_the_codes_of_the_main_job_are_found():
    assert all_codes() >= {
        "already_booked",
        "no_sessions",
        "proposal_invalid",
        "proposal_stale",
        "sessions_out_of_range",
        "stage_not_in_cells",
        "time_taken",
        "unknown_patient",
        "unknown_zone",
    }


@pytest.mark.parametrize(
    "text",
    [
        'from clinic.errors import Conflict\nraise Conflict("time_taken", "Taken.")',
        'from clinic import errors\nraise errors.Conflict("time_taken", "Taken.")',
        'from clinic.errors import Problem\nyield_ = Problem("time_taken", kind, "Taken.")',
        'from clinic.errors import Problem\nTAKEN = "time_taken"\nx = Problem(TAKEN, kind, "Taken.")',
        'from clinic.errors import Problem\nx = Problem(code="time_taken", kind=kind, sentence="Taken.")',
        'from clinic.errors import Conflict\nx = Conflict("time_taken" if a else "time_taken", "Taken.")',
        'class Gone(APIException):\n    default_code = "time_taken"',
    ],
)
def test_a_code_is_found_however_it_is_said(text):
    assert {code for code, _ in codes_of(snippet(text), FAMILY)} == {"time_taken"}


def test_a_computed_code_is_found():
    text = 'from clinic.errors import Unknown\nraise Unknown(f"unknown_{noun}", "No such thing.")'

    assert [code for code, _ in codes_of(snippet(text), FAMILY)] == [""]


def test_a_code_that_the_page_lacks_is_found():
    assert unlisted({"time_taken", "hold_expired"}, "| `time_taken` | 409 |") == ["hold_expired"]
