"""Writes of rows, found in syntax trees: which call writes a row of which model, and in which function."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from tests.support.house.source import Source, functions

ACTS = {
    "abulk_create",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "delete_in_slices",
    "get_or_create",
    "insert",
    "rewrite",
    "save",
    "touch",
    "update",
    "update_or_create",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def beginning_of(node: ast.expr) -> ast.expr:
    """`Claim.objects` of `Claim.objects.filter(…).delete()`: the name that the chain begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def type_variables(source: Source, kinds: frozenset[str]) -> frozenset[str]:
    """Those that stand for a row of one of the kinds: `Hours = TypeVar("Hours", WeeklyHours, DayHours)`."""
    found: set[str] = set()
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            is_variable = source.full_name(node.value.func).endswith("TypeVar")
            if is_variable and mentions(node.value, kinds):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


def mentions(node: ast.AST | None, names: frozenset[str]) -> bool:
    return node is not None and any(
        isinstance(part, ast.Name) and part.id in names for part in ast.walk(node)
    )


def unquoted(annotation: ast.expr | None) -> ast.expr | None:
    """What an annotation says that stands in quotes."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.parse(annotation.value, mode="eval").body
    return annotation


def rows_in(function: Function, kinds: frozenset[str]) -> frozenset[str]:
    """The names in the function that stand for rows of these kinds; rather one too many."""
    arguments = (*function.args.args, *function.args.kwonlyargs)
    rows = kinds | {one.arg for one in arguments if mentions(unquoted(one.annotation), kinds)}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=origin):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), annotation=origin):
                pass
            case ast.NamedExpr(target=ast.Name(id=name), value=origin):
                pass
            case ast.For(target=ast.Name(id=name), iter=origin):
                pass
            case _:
                continue
        if mentions(origin, rows):
            rows |= {name}
    return rows


def writes(source: Source, kinds: frozenset[str]) -> Iterator[tuple[Function, ast.Call]]:
    """Every call that writes a row of one of the kinds, which are names, and the function that makes it."""
    kinds |= type_variables(source, kinds)
    makers = {one.name for one in functions(source) if mentions(unquoted(one.returns), kinds)}
    for function in functions(source):
        rows = rows_in(function, kinds | makers)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                is_act = node.func.attr in ACTS
                if is_act and mentions(beginning_of(node.func), rows):
                    yield function, node


def functions_that_call(source: Source, called_last: frozenset[str]) -> set[str]:
    """Those that call one of these, or one who does, or are called by nobody in the module who does not."""
    calls: dict[str, set[str]] = defaultdict(set)
    for function in functions(source):
        called = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
        calls[function.name] = {source.full_name(name).rpartition(".")[2] for name in called}
    found = {name for name, called in calls.items() if called & called_last}
    while True:
        callers = {name: {of for of, called in calls.items() if name in called} for name in calls}
        more = {
            name for name in calls if calls[name] & found or (callers[name] and callers[name] <= found)
        } - found
        if not more:
            return found
        found |= more
