"""Stylesheets read as trees, and the classes that pages can have."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeGuard

import tinycss2
from tinycss2.ast import AtRule, Declaration, FunctionBlock, IdentToken, LiteralToken, Node, QualifiedRule

from tests.support.house.source import ROOT, product, tracked_files

FOLDER = "clinic/static/clinic/css/"
# A class, or what a tag of the parts makes one of.
MARKED = re.compile(r'(?:class|look)="((?:\{[{%].*?[%}]\}|[^"])*)"')
TAG = re.compile(r"\{[{%].*?[%}]\}|\{\w*\}")
QUOTED = re.compile(r"""["']([\w -]+)["']""")
# What only narrows down when its rules hold.
CONTEXTS = {"media", "supports", "container", "layer"}


@dataclass(frozen=True)
class Rule:
    """One block: the at-rules around it but layers, its layer ("" for none), selectors, declarations."""

    context: tuple[str, ...]
    layer: str
    selectors: tuple[str, ...]
    classes: frozenset[str]
    declarations: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One stylesheet; its name is the layer it should fill."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2].removesuffix(".css")

    @cached_property
    def nodes(self) -> Sequence[Node]:
        return tinycss2.parse_stylesheet(self.text, skip_comments=True, skip_whitespace=True)

    @cached_property
    def rules(self) -> list[Rule]:
        return list(_rules(self.nodes, context=(), layer=""))

    @property
    def order(self) -> list[str]:
        """The layers of its `@layer a, b;`, if it says an order."""
        return [
            layer.strip()
            for node in self.nodes
            if is_order(node)
            for layer in tinycss2.serialize(node.prelude).split(",")
        ]

    def all_nodes(self) -> Iterator[Node]:
        return _all_nodes(self.nodes)


def sheets() -> list[Sheet]:
    paths = [path for path in tracked_files() if path.endswith(".css")]
    return [Sheet(path, (ROOT / path).read_text("utf-8")) for path in paths]


def is_order(node: Node) -> TypeGuard[AtRule]:
    return isinstance(node, AtRule) and node.lower_at_keyword == "layer" and node.content is None


@dataclass(frozen=True)
class Mentions:
    """What templates, scripts and modules say: whole classes, starts such as `chip-`, and loose words."""

    classes: frozenset[str]
    starts: frozenset[str]
    words: frozenset[str]

    def have(self, name: str) -> bool:
        begun = (start for start in self.starts if name.startswith(start))
        return name in self.classes or any(name.removeprefix(start) in self.words for start in begun)


def mentions_in(*, markup: Iterable[str], scripts: Iterable[str], literals: Iterable[str]) -> Mentions:
    """`literals` are the strings of modules: one may be a class as it is, or markup that holds some."""
    said = list(literals)
    classes = {word for text in scripts for found in QUOTED.findall(text) for word in found.split()} | {*said}
    starts, words = set[str](), {*said}
    for text in (*markup, *said):
        words |= {*QUOTED.findall(text)}
        for marked in MARKED.findall(text):
            parts = TAG.sub(" \0 ", marked).replace("- \0", "-\0").split()
            starts |= {part.rstrip("\0") for part in parts if part.endswith("-\0")}
            classes |= {*parts}
            words |= {*parts}
    return Mentions(frozenset(classes), frozenset(starts), frozenset(words))


def mentions() -> Mentions:
    texts = {
        path: (ROOT / path).read_text("utf-8") for path in tracked_files() if path.endswith((".html", ".js"))
    }
    return mentions_in(
        markup=[text for path, text in texts.items() if path.endswith(".html")],
        scripts=[text for path, text in texts.items() if path.endswith(".js")],
        literals=[
            node.value
            for source in product()
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ],
    )


def _inside(node: AtRule | QualifiedRule) -> Sequence[Node]:
    return tinycss2.parse_blocks_contents(node.content or [], skip_comments=True, skip_whitespace=True)


def _all_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, AtRule | QualifiedRule):
            yield from _all_nodes(_inside(node))


def _rules(nodes: Iterable[Node], *, context: tuple[str, ...], layer: str) -> Iterator[Rule]:
    for node in nodes:
        if isinstance(node, QualifiedRule):
            yield Rule(
                context,
                layer,
                tuple(sorted(_split_at_commas(node.prelude))),
                frozenset(_classes(node.prelude)),
                tuple(sorted(_said(part) for part in _inside(node) if isinstance(part, Declaration))),
            )
        elif isinstance(node, AtRule) and node.lower_at_keyword in CONTEXTS:
            said = _shown(node.prelude) or "without a name"
            if node.lower_at_keyword == "layer":
                yield from _rules(_inside(node), context=context, layer=f"{layer}.{said}".lstrip("."))
            else:
                around = (*context, f"@{node.lower_at_keyword} {said}")
                yield from _rules(_inside(node), context=around, layer=layer)


def _split_at_commas(prelude: list[Node]) -> Iterator[str]:
    one: list[Node] = []
    for token in prelude:
        if isinstance(token, LiteralToken) and token.value == ",":
            yield _shown(one)
            one = []
        else:
            one.append(token)
    yield _shown(one)


def _classes(tokens: list[Node]) -> Iterator[str]:
    for dot, name in pairwise(tokens):
        if isinstance(dot, LiteralToken) and dot.value == "." and isinstance(name, IdentToken):
            yield name.value
    for token in tokens:
        if isinstance(token, FunctionBlock):
            yield from _classes(token.arguments)


def _said(declaration: Declaration) -> str:
    return f"{declaration.name}: {_shown(declaration.value)}{' !important' * declaration.important}"


def _shown(tokens: Iterable[Node]) -> str:
    return " ".join(tinycss2.serialize(tokens).split())
