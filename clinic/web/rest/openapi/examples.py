"""Examples of each operation: what one clinic asked and was answered. The suite plays them again."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent / "examples.json"


@dataclass(frozen=True, slots=True)
class Example:
    """A request and its answer; `body` is None of a GET. Of lists there are the first two rows."""

    request: str
    body: dict[str, Any] | None
    status: int
    answer: dict[str, Any]


def example_of(operation: str) -> Example | None:
    """By the name of the operation; None while nobody recorded one."""
    return _recorded().get(operation)


@cache
def _recorded() -> dict[str, Example]:
    kept = json.loads(EXAMPLES.read_text("utf-8"))
    return {name: Example(**example) for name, example in kept.items()}
