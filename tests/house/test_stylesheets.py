"""One stylesheet per concern, one order of layers, nothing said twice, nothing that no page has."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import pytest
from tinycss2.ast import AtRule, Declaration, DimensionToken, FunctionBlock, HashToken, ParseError

from tests.support.house.source import ROOT, nothing_in
from tests.support.house.styling import FOLDER, Mentions, Sheet, is_order, mentions, mentions_in, sheets

LINES = 300
PAGE = "clinic/templates/clinic/base.html"
COLOURS = "tokens"
SIZED = {"font-size", "border-radius"}
COLOUR_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix"}


def long_sheets(sheet: Sheet) -> Iterator[str]:
    lines = sheet.text.count("\n")
    if lines > LINES:
        yield f"{sheet.path} has {lines} lines of {LINES}"


def unread_parts(sheet: Sheet) -> Iterator[str]:
    """What a browser would drop without a word."""
    for node in sheet.all_nodes():
        if isinstance(node, ParseError):
            yield f"{sheet.path}:{node.source_line} cannot be read: {node.message}"


def misplaced(sheet: Sheet, order: list[str]) -> Iterator[str]:
    """A sheet is one layer, named as the file: what is outside beats every layer."""
    for node in sheet.nodes:
        if not is_order(node) and not (isinstance(node, AtRule) and node.lower_at_keyword == "layer"):
            yield f"{sheet.path}:{node.source_line} is outside a layer"
    for layer in dict.fromkeys(rule.layer for rule in sheet.rules if rule.layer):
        if layer not in order:
            yield f"{sheet.path}: the layer {layer} is not in the order"
        elif layer != sheet.name:
            yield f"{sheet.path}: the layer {layer} belongs into {layer}.css"


def rules_given_twice(every: Iterable[Sheet]) -> Iterator[str]:
    places = defaultdict(list)
    for sheet in every:
        for rule in sheet.rules:
            places[rule.context, rule.selectors].append(sheet.name)
    for (context, selectors), names in places.items():
        if len(names) > 1:
            yield f"{' '.join([*context, ', '.join(selectors)])} is in {' and '.join(names)}"


def blocks_given_twice(every: Iterable[Sheet]) -> Iterator[str]:
    """In one layer; across layers the order would change."""
    for sheet in every:
        places = defaultdict(list)
        for rule in sheet.rules:
            places[rule.context, rule.declarations].append(", ".join(rule.selectors))
        for selectors in places.values():
            if len(selectors) > 1:
                yield f"{sheet.path}: {' and '.join(selectors)} say the same"


def loose_colours(sheet: Sheet) -> Iterator[str]:
    for node in sheet.all_nodes():
        if isinstance(node, Declaration) and sheet.name != COLOURS:
            for token in node.value:
                is_colour = isinstance(token, HashToken) or (
                    isinstance(token, FunctionBlock) and token.lower_name in COLOUR_FUNCTIONS
                )
                if is_colour:
                    yield f"{sheet.path}:{node.source_line} {node.name} names a colour"


def loose_sizes(sheet: Sheet) -> Iterator[str]:
    """Sizes of letters and corners have names; a share of what is around has none."""
    sized = (node for node in sheet.all_nodes() if isinstance(node, Declaration) and node.name in SIZED)
    for node in sized:
        if sheet.name != COLOURS and any(isinstance(token, DimensionToken) for token in node.value):
            yield f"{sheet.path}:{node.source_line} {node.name} names a size"


def classes_of_no_page(every: Iterable[Sheet], said: Mentions) -> Iterator[str]:
    classes = {name for sheet in every for rule in sheet.rules for name in rule.classes}
    return (f".{name} is on no page" for name in sorted(classes) if not said.have(name))


def linked(html: str) -> list[str]:
    return re.findall(r"<link rel=\"stylesheet\" href=\"\{% static 'clinic/css/(\w+)\.css' %\}\">", html)


def the_order() -> list[str]:
    return [layer for sheet in sheets() for layer in sheet.order]


def a_sheet(text: str, *, name: str = "forms") -> Sheet:
    return Sheet(f"{FOLDER}{name}.css", text)


def test_stylesheets_are_short():
    nothing_in(found for sheet in sheets() for found in long_sheets(sheet))


def test_stylesheets_can_be_read():
    nothing_in(found for sheet in sheets() for found in unread_parts(sheet))


def test_every_rule_is_in_the_layer_of_its_file():
    order = the_order()

    nothing_in(found for sheet in sheets() for found in misplaced(sheet, order))


def test_the_order_of_the_layers_is_said_once_and_pages_load_them_so():
    order = linked((ROOT / PAGE).read_text("utf-8"))

    assert order == the_order()
    assert sorted(order) == sorted(sheet.name for sheet in sheets())
    assert [sheet.name for sheet in sheets() if sheet.order] == order[:1]


def test_no_selector_is_given_twice():
    nothing_in(rules_given_twice(sheets()))


def test_no_declarations_are_given_twice():
    nothing_in(blocks_given_twice(sheets()))


def test_colours_are_named_in_one_place():
    nothing_in(found for sheet in sheets() for found in loose_colours(sheet))


def test_sizes_of_letters_and_corners_are_named_in_one_place():
    nothing_in(found for sheet in sheets() for found in loose_sizes(sheet))


def test_every_class_is_on_a_page():
    nothing_in(classes_of_no_page(sheets(), mentions()))


def test_a_long_stylesheet_is_found():
    assert list(long_sheets(a_sheet("\n" * 301)))
    assert not list(long_sheets(a_sheet("\n" * 300)))


@pytest.mark.parametrize("text", ["@layer forms { .field { color red } }", "@layer forms { } }"])
def test_a_stylesheet_that_cannot_be_read_is_found(text):
    assert list(unread_parts(a_sheet(text)))
    assert not list(unread_parts(a_sheet("@layer forms { .field { color: red } }")))


@pytest.mark.parametrize(
    "text",
    [
        ".field { color: red }",
        "@media print { .field { color: red } }",
        "@media print { @layer forms { .field { color: red } } }",
        '@import url("more.css");',
        "@layer more { .field { color: red } }",
        "@layer buttons { .field { color: red } }",
        "@layer { .field { color: red } }",
        "@layer forms { @layer inner { .field { color: red } } }",
    ],
)
def test_a_rule_outside_its_layer_is_found(text):
    assert list(misplaced(a_sheet(text), ["buttons", "forms"]))
    assert not list(misplaced(a_sheet("@layer forms { .field { color: red } }"), ["buttons", "forms"]))


@pytest.mark.parametrize(
    "text",
    [
        "@layer forms { .a { color: red } .b { margin: 0 } .a { padding: 0 } }",
        "@layer forms { .a, .b { color: red } .b,\n.a { padding: 0 } }",
        "@layer forms { @media print { .a > .b { color: red } } @media  print { .a  > .b { padding: 0 } } }",
    ],
)
def test_a_selector_given_twice_is_found(text):
    assert list(rules_given_twice([a_sheet(text)]))


def test_a_selector_given_in_two_files_is_found():
    forms, buttons = (
        a_sheet(f"@layer {name} {{ .a {{ color: red }} }}", name=name) for name in ("forms", "buttons")
    )

    assert list(rules_given_twice([forms, buttons])) == [".a is in forms and buttons"]
    assert not list(rules_given_twice([forms]))


def test_a_selector_may_return_in_another_context_or_company():
    text = "@layer forms { .a { color: red } .a, .b { margin: 0 } @media print { .a { color: blue } } }"

    assert not list(rules_given_twice([a_sheet(text)]))


def test_declarations_given_twice_are_found():
    twice = "@layer forms { .a { color: red; margin: 0 } .b { margin:0; color: red; } }"
    once = (
        "@layer forms { .a { color: red } .b { color: red !important } @media print { .c { color: red } } }"
    )

    assert list(blocks_given_twice([a_sheet(twice)]))
    assert not list(blocks_given_twice([a_sheet(once)]))


@pytest.mark.parametrize("colour", ["#fff", "1px solid #a1b2c3", "rgb(0 0 0 / 7%)", "OKLCH(50% 0 0)"])
def test_a_colour_outside_the_tokens_is_found(colour):
    text = f"@layer forms {{ @media print {{ .a {{ border: {colour} }} }} }}"

    assert list(loose_colours(a_sheet(text)))
    assert not list(loose_colours(a_sheet(text, name=COLOURS)))
    assert not list(loose_colours(a_sheet('@layer forms { .a { mask: url("#a"); color: var(--ink) } }')))


@pytest.mark.parametrize("said", ["font-size: 0.9rem", "border-radius: 0 8px 8px 0"])
def test_a_size_outside_the_tokens_is_found(said):
    text = f"@layer forms {{ .a {{ {said} }} }}"

    assert list(loose_sizes(a_sheet(text)))
    assert not list(loose_sizes(a_sheet(text, name=COLOURS)))
    assert not list(loose_sizes(a_sheet("@layer forms { .a { font-size: 82%; border-radius: 0 } }")))


@pytest.mark.parametrize(
    "selector",
    [".gone", ".field > .gone", ".field:not(.gone)", ".field:has(> .gone)", ".chip-gone", ".chip-"],
)
def test_a_class_of_no_page_is_found(selector):
    said = mentions_in(
        markup=['<p class="field chip chip-{{ visit.status }}">gone, and {% icon "back" %}'],
        scripts=[],
        literals=["missed"],
    )

    assert list(classes_of_no_page([a_sheet(f"@layer forms {{ {selector} {{ color: red }} }}")], said))


def test_a_class_that_a_page_puts_together_is_known():
    said = mentions_in(
        markup=[
            '<p class="chip chip-{{ visit.status }} {{ bead }}">{% icon "back" %}',
            '<p class="notice{% if x == "a" %} notice-wide{% endif %}">',
            '<p class="notice-{% if y %}warning{% else %}said{% endif %}">',
        ],
        scripts=['bar.classList.add("is-open")'],
        literals=["missed", "is-done", '<b class="icon icon-{}"></b>'],
    )
    names = "chip chip-missed notice notice-wide notice-warning notice-said is-open is-done icon icon-back"

    assert [name for name in names.split() if not said.have(name)] == []
    assert [name for name in ("warning-notice", "notice-", "icon-gone", "session") if said.have(name)] == []


def test_links_are_read_in_their_order():
    link = '<link rel="stylesheet" href="{%% static \'clinic/css/%s.css\' %%}">'

    assert linked("".join(link % name for name in ("b", "a", "b"))) == ["b", "a", "b"]
