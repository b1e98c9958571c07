"""Who may write: diaries have one writer, so that pages and claims cannot drift apart."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import Source, nothing_in, product, snippet

ACTS = {
    "abulk_create",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "get_or_create",
    "rewrite",
    "save",
    "update",
    "update_or_create",
}
ONLY_WRITER = {
    "scheduling.models.Claim": "scheduling.diary",
    "scheduling.models.Page": "scheduling.diary",
    "scheduling.models.Change": "scheduling.changes",
    "scheduling.models.ChangeCounter": "scheduling.changes",
}


def beginning_of(node: ast.expr) -> ast.expr:
    """`Claim.objects` of `Claim.objects.filter(…).delete()`: the name that the chain begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def foreign_writes(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ACTS:
            row = source.full_name(beginning_of(node.func))
            package, _, name = row.rpartition(".")
            is_model = package.startswith("scheduling.models")
            writer = ONLY_WRITER.get(f"scheduling.models.{name}") if is_model else None
            if writer is not None and source.name != writer:
                yield f"{source.path}:{node.lineno} writes {name}, which only {writer} does"


def test_diaries_and_the_change_log_have_one_writer():
    nothing_in(found for source in product() for found in foreign_writes(source))


@pytest.mark.parametrize(
    "line",
    [
        "Claim.objects.bulk_create(rows)",
        "Claim.objects.filter(session=session).delete()",
        "Page.objects.filter(day=5).update(busy=b'')",
        "Claim(diary=diary).save()",
    ],
)
def test_a_second_writer_is_found(line):
    text = f"from scheduling.models import Claim, Page\n{line}"

    assert list(foreign_writes(snippet(text, name="scheduling.booking")))
    assert not list(foreign_writes(snippet(text, name="scheduling.diary")))


def test_reading_claims_is_let_through():
    text = (
        "from scheduling.models.claims import Claim\nrows = Claim.objects.filter(diary=5).values_list('pk')"
    )

    assert not list(foreign_writes(snippet(text)))
