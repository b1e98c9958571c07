"""Names of places, resources and skills: each once in a clinic, and short enough to be read."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, QuerySet

from clinic.errors import Conflict, Problem
from clinic.models import Clinic
from clinic.plain_text import text_problems
from clinic.sentences import Sentence
from clinic.sentences import sentence as _


def lock_names(*, clinic_id: int) -> None:
    """Whoever names something is alone: of two who want one name at once the second is told.

    Locks: the clinic's row.
    """
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)


def refuse_taken(rows: QuerySet[Any], refusal: Conflict, *, but: Model | None = None) -> None:
    """Raise the refusal if any of the rows, which have the wanted name, is another."""
    others = rows if but is None else rows.exclude(pk=but.pk)
    if others.exists():
        raise refusal


def name_problems(name: str, *, missing: Sentence, most: int) -> Iterator[Problem]:
    """`name_missing`, `place_name_too_long`."""
    yield from text_problems(name, "name", missing=missing)
    yield from text_problems(name, "place_name", most=most, what=_("the name"))
