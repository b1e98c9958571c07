"""Problems as the interface tells them."""

from collections.abc import Iterable
from typing import Any

from clinic.errors import Problem, ProblemKind
from clinic.identity.permissions import waivable_by


def problems_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Each with its code, kind and sentence; of one that can be set aside, by which roles."""
    return [_problem_json(problem) for problem in problems]


def _problem_json(problem: Problem) -> dict[str, Any]:
    told: dict[str, Any] = problem.as_dict()
    if problem.kind is ProblemKind.WAIVABLE:
        told["waivable_by"] = waivable_by(code=problem.code)
    return told
