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
# What makes its code of what it is given: `find` of the model it looks for, the others of what their callers
# write out, where `foreign_codes` and `text_codes` find it.
COMPUTED = {"clinic.lookup.find", "clinic.lookup.refuse_foreign", "clinic.plain_text.text_problems"}


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


def nodes_of(source: Source) -> Iterator[ast.AST]:
    """What the module says, but for the functions that make their codes."""
    for statement in source.tree.body:
        if f"{source.name}.{getattr(statement, 'name', '')}" not in COMPUTED:
            yield from ast.walk(statement)


def code_nodes(source: Source, names: Container[str]) -> Iterator[ast.expr]:
    """The first argument of every call that makes a refusal, and the codes of framework refusals."""
    for node in nodes_of(source):
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
    for call in ast.walk(source.tree):
        if isinstance(call, ast.Call):
            called = source.full_name(call.func).rpartition(".")[2]
            made = {"refuse_foreign": foreign_codes, "text_problems": text_codes}.get(called)
            yield from ((code, call.lineno) for code in (made(call) if made else ()))


def foreign_codes(call: ast.Call) -> Iterator[str]:
    """`refuse_foreign(by=by, unknown_site=site)` names each row by its code; `**rows` says none."""
    for keyword in call.keywords:
        if keyword.arg not in ("by", "sentence"):
            yield keyword.arg or ""


def text_codes(call: ast.Call) -> Iterator[str]:
    """`text_problems(reason, "reason", missing=…, most=…)`: one code for each thing that is asked."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    about = call.args[1] if len(call.args) > 1 else given.get("about")
    asked = {"missing": "_missing", "most": "_too_long"}.items()
    endings = [ending for name, ending in asked if name in given]
    is_hidden = None in given or any(isinstance(argument, ast.Starred) for argument in call.args)
    if isinstance(about, ast.Constant) and isinstance(about.value, str) and endings and not is_hidden:
        yield from (about.value + ending for ending in endings)
    else:
        yield ""


def models_looked_through(source: Source) -> Iterator[str]:
    """Of which models a request sees rows, or `find` goes through a clinic's."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "seen_by":
            yield ast.unparse(node.value).removesuffix(".objects")
        elif isinstance(node, ast.FunctionDef):
            calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
            if any(source.full_name(call.func) == "clinic.lookup.find" for call in calls):
                written = (ast.unparse(call.func) for call in calls)
                yield from (rows.removesuffix(".objects.of_clinic") for rows in written)


def looked_up_codes() -> Iterator[str]:
    """The codes of `find`, for every model that it may look through."""
    by_name = {model.__name__: model for model in own_models() if issubclass(model, PublicRow)}
    for name in {name for source in product() for name in models_looked_through(source)} & by_name.keys():
        yield f"unknown_{str(by_name[name]._meta.verbose_name).replace(' ', '_')}"


def all_codes() -> set[str]:
    names = family()
    written = {code for source in product() for code, _ in codes_of(source, names)}
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
        if source.name != "clinic.errors"
        for code, line in codes_of(source, names)
        if not code
    )


def test_the_codes_of_the_main_job_are_found():
    assert all_codes() >= {
        "already_booked",
        "name_missing",
        "no_sessions",
        "proposal_invalid",
        "proposal_stale",
        "reason_too_long",
        "sessions_out_of_range",
        "stage_not_in_cells",
        "time_taken",
        "unknown_diary",
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


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("refuse_foreign(by=by, unknown_plan=plan)", ["unknown_plan"]),
        ("lookup.refuse_foreign(by=by, unknown_row=row, sentence=other)", ["unknown_row"]),
        ("refuse_foreign(by=by, unknown_plan=plan, unknown_site=to.site)", ["unknown_plan", "unknown_site"]),
        ("refuse_foreign(by=by, unknown_plan=plan, **rows)", ["unknown_plan", ""]),
        ('text_problems(note, "note", most=200)', ["note_too_long"]),
        ('plain_text.text_problems(note, about="note", missing="Enter it.")', ["note_missing"]),
        ('text_problems(note, "note", most=9, missing="Enter it.")', ["note_missing", "note_too_long"]),
        ("text_problems(note, about, most=200)", [""]),
        ('text_problems(note, f"{about}", most=200)', [""]),
        ('text_problems(note, "note", **asked)', [""]),
        ('text_problems(*asked, "note", most=200)', [""]),
        ('text_problems(note, "note")', [""]),
    ],
)
def test_a_code_that_is_made_of_what_the_caller_writes_out_is_found_there(text, codes):
    imports = (
        "from clinic import lookup, plain_text\nfrom clinic.lookup import refuse_foreign\n"
        "from clinic.plain_text import text_problems\n"
    )

    assert [code for code, _ in codes_of(snippet(imports + text), FAMILY)] == codes


def test_another_name_for_such_a_function_hides_no_code():
    text = "from clinic.lookup import refuse_foreign as only_ours\nonly_ours(by=by, unknown_plan=plan)"

    assert [code for code, _ in codes_of(snippet(text), FAMILY)] == ["unknown_plan"]


def test_only_the_functions_that_make_codes_are_left_out_of_their_modules():
    text = """
        def text_problems(text, about):
            yield Problem(f"{about}_missing", kind, "Enter it.")

        def others(about):
            yield Problem(f"{about}_malformed", kind, "Enter it anew.")
    """

    assert [line for _, line in codes_of(snippet(text, name="clinic.plain_text"), FAMILY)] == [6]


def test_a_computed_code_is_found():
    text = 'from clinic.errors import Unknown\nraise Unknown(f"unknown_{noun}", "No such thing.")'

    assert [code for code, _ in codes_of(snippet(text), FAMILY)] == [""]


@pytest.mark.parametrize(
    "text",
    [
        "plans = Plan.objects.seen_by(by)",
        "def f():\n    return find(Plan.objects.of_clinic(1), uuid=uuid)",
        "def f():\n    rows = Plan.objects.of_clinic(1).all()\n    return find(rows, uuid=uuid)",
    ],
)
def test_the_model_that_find_makes_its_code_of_is_found(text):
    assert "Plan" in set(models_looked_through(snippet(f"from clinic.lookup import find\n{text}")))


def test_a_code_that_the_page_lacks_is_found():
    assert unlisted({"time_taken", "hold_expired"}, "| `time_taken` | 409 |") == ["hold_expired"]
