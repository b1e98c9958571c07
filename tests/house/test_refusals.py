"""Every code of a refusal stands in the tables of refusals, and every sentence can be translated."""

import ast
from collections.abc import Container, Iterator
from functools import cache

import pytest

from clinic.lookup import UNKNOWN
from clinic.models.tenant import PublicRow
from clinic.web.rest.openapi.refusals import known_refusals
from tests.house.test_models import own_models
from tests.support.house.source import Source, nothing_in, product, snippet

# The classes whose first argument is a code. Subclasses are found by their bases.
FAMILY = {"ClinicError", "Malformed", "NotAllowed", "Unknown", "Conflict", "Problem"}
# What makes its code of what it is given: `find` of the model it looks for, the others of what their callers
# write out, where `foreign_codes` and `text_codes` find it.
MARKS = {"clinic.sentences.sentence", "clinic.sentences.counted"}
# Text that no catalogue words, by the module that has it, and whose words it is.
VERBATIM = {
    "clinic.audit_trail.deeds": "an act that only an earlier version knew",
    "clinic.people.clinic_facts": "Django names the languages",
    "clinic.access.members": "Django words what is wrong with a password",
    "scheduling.search.tokens": "a token keeps the name of its calendar in English",
    "treatments.catalogue_files.rules": "operators alone read what a catalogue file lacks",
    "treatments.catalogue_files.text": "the same",
}
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


# What the framework, the server or the database refuses: no line of ours says these.
FROM_WITHOUT = {
    "address_too_long", "database_down", "key_missing", "key_refused", "method_not_allowed",
    "not_acceptable", "not_found", "unexpected", "unsupported_media_type",
}  # fmt: skip


def unmarked(source: Source) -> Iterator[str]:
    """Sentences that no extraction finds: types see to it that a refusal has no other text."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or source.name == "clinic.sentences":
            continue
        name = source.full_name(node.func)
        texts = node.args[:2] if name.endswith(".counted") else node.args[:1]
        if name in MARKS and not all(isinstance(text, ast.Constant) for text in texts):
            yield f"{source.path}:{node.lineno} makes its message; write it out"
        if name == "clinic.sentences.Sentence":
            yield f"{source.path}:{node.lineno} makes a sentence of no message"
        if name == "clinic.sentences.verbatim" and source.name not in VERBATIM:
            yield f"{source.path}:{node.lineno} words what no catalogue has"


def test_every_code_stands_in_the_tables_of_refusals_and_no_other_does():
    assert all_codes() | FROM_WITHOUT == known_refusals().keys()


def test_every_code_is_written_where_it_is_raised():
    names = family()

    nothing_in(
        f"{source.path}:{line} makes its code; write it out"
        for source in product()
        if source.name != "clinic.errors"
        for code, line in codes_of(source, names)
        if not code
    )


def test_every_sentence_of_a_refusal_can_be_translated():
    nothing_in(found for source in product() for found in unmarked(source))


def test_whatever_is_looked_up_or_foreign_has_its_sentence():
    foreign = {
        code
        for source in product()
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and source.full_name(call.func) == "clinic.lookup.refuse_foreign"
        if not any(keyword.arg == "sentence" for keyword in call.keywords)
        for code in foreign_codes(call)
    }

    assert {*looked_up_codes(), *foreign} <= UNKNOWN.keys()


@pytest.mark.parametrize(
    "text",
    [
        'from clinic.sentences import sentence as _\nx = _(f"Session {number}.")',
        "from clinic.sentences import sentence as _\nx = _(TEXT)",
        'from clinic.sentences import counted\nx = counted("1 day", f"{n} days", count=n)',
        'from clinic import sentences\nx = sentences.Sentence("Search again.")',
        'from clinic.sentences import verbatim\nx = verbatim("Search again.")',
    ],
)
def test_a_sentence_that_no_catalogue_can_have_is_found(text):
    assert list(unmarked(snippet(text)))
    assert not list(unmarked(snippet('from clinic.sentences import sentence as _\nx = _("Search again.")')))


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
