"""What the desk could give up, as links that search again without it. No queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from scheduling.engine.proposal import Relaxation

# Which fields of the search a step empties, and which one it fills with its value.
_EMPTIES: Mapping[str, tuple[str, ...]] = {
    "without_weekdays": ("weekdays",),
    "without_hours": ("after", "before"),
    "without_practitioner": ("practitioner",),
    "without_companion": ("companion", "within_minutes", "together_with"),
    "without_sameness": ("same_hour", "same_practitioner"),
}
_FILLS = {"other_site": "site", "later_end": "last_on"}


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence, and the address of the search that takes the step; none where no search can."""

    sentence: str
    query: str


def steps_of(relaxations: Sequence[Relaxation], *, typed: "MultiValueDict[str, Any]") -> list[Step]:
    return [Step(one.sentence, _query(one, typed)) for one in relaxations]


def _query(step: Relaxation, typed: "MultiValueDict[str, Any]") -> str:
    if step.change not in _EMPTIES and step.change not in _FILLS:
        return ""
    query = QueryDict(mutable=True)
    for key, values in typed.lists():
        if key not in _EMPTIES.get(step.change, ()):
            query.setlist(key, [str(value) for value in values])
    if field := _FILLS.get(step.change):
        query[field] = step.value
    query["search"] = "yes"
    return f"?{query.urlencode()}"
