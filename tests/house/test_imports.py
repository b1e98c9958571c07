"""What import-linter leaves: inside a room too, modules do not import each other in circles.

The order of storeys and rooms, and the rooms that know no framework, are contracts in pyproject.toml.
"""

from collections.abc import Iterator

from tests.support.house.source import STOREYS, Source, nothing_in, product, sources


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
