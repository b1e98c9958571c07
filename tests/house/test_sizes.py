"""Over budget means that a concept is missing: find its name."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from tests.support.house.source import Source, functions, nothing_in, product, snippet, sources

MODULE_LINES, FUNCTION_LINES, PARAMETERS = 300, 40, 5
# A folder with more modules is two rooms.
FOLDER_MODULES = 13

# Signatures that a framework dictates, by the end of their full name.
DICTATED: dict[str, str] = {}


def long_modules(source: Source) -> Iterator[str]:
    lines = source.text.count("\n")
    if lines > MODULE_LINES:
        yield f"{source.path} has {lines} lines of {MODULE_LINES}"


def crowded_folders(paths: Iterable[str]) -> Iterator[str]:
    modules = Counter(
        path.rpartition("/")[0]
        for path in paths
        if path.endswith(".py") and not path.endswith("/__init__.py")
    )
    for folder, count in modules.items():
        if count > FOLDER_MODULES:
            yield f"{folder} has {count} modules of {FOLDER_MODULES}"


def long_functions(source: Source) -> Iterator[str]:
    for function in functions(source):
        lines = (function.end_lineno or 0) - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield f"{source.path}:{function.lineno} {function.name} has {lines} lines of {FUNCTION_LINES}"


def crowded_signatures(source: Source) -> Iterator[str]:
    """More than five things to say: they belong into a frozen dataclass."""
    for function in functions(source):
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        said = [argument.arg for argument in every if argument.arg not in ("self", "cls")]
        if len(said) > PARAMETERS and f"{source.name}.{function.name}" not in DICTATED:
            yield f"{source.path}:{function.lineno} {function.name}: {len(said)} parameters of {PARAMETERS}"


def test_modules_are_short():
    nothing_in(found for source in sources() for found in long_modules(source))


def test_folders_are_small():
    nothing_in(crowded_folders(source.path for source in sources()))


def test_functions_are_short():
    nothing_in(found for source in sources() for found in long_functions(source))


def test_functions_take_few_parameters():
    # Tests are left out: fixtures and keyword builders have as many words as the trade.
    nothing_in(found for source in product() for found in crowded_signatures(source))


def test_dictated_signatures_still_exist():
    known = {f"{source.name}.{function.name}" for source in product() for function in functions(source)}

    assert set(DICTATED) <= known


def test_a_long_module_is_found():
    assert list(long_modules(snippet("pass\n" * 301)))
    assert not list(long_modules(snippet("pass\n" * 300)))


def test_a_crowded_folder_is_found():
    paths = ["clinic/__init__.py", *(f"clinic/m{number}.py" for number in range(13))]

    assert not list(crowded_folders(paths))
    assert list(crowded_folders([*paths, "clinic/one_more.py"]))


def test_a_long_function_is_found():
    assert list(long_functions(snippet("def book():\n" + "    pass\n" * 40)))
    assert not list(long_functions(snippet("def book():\n" + "    pass\n" * 39)))


def test_a_crowded_signature_is_found():
    assert list(crowded_signatures(snippet("def book(a, b, *, c, d, e, f): ...")))
    assert list(crowded_signatures(snippet("class A:\n    async def book(self, a, b, c, d, e, f): ...")))
    assert not list(
        crowded_signatures(snippet("class A:\n    def book(self, a, b, *, c, d, e, **more): ..."))
    )


def test_a_function_inside_a_function_counts_for_both():
    text = "def outer():\n    def inner():\n" + "        pass\n" * 40

    names = [node.name for node in ast.walk(snippet(text).tree) if isinstance(node, ast.FunctionDef)]

    assert names == ["outer", "inner"]
    assert len(list(long_functions(snippet(text)))) == 2
