"""Problems as the interface tells them."""

from collections.abc import Iterable

from clinic.errors import Problem, ProblemKind
from clinic.identity.permissions import waivable_by
from clinic.web.rest.json_types import ProblemJson


def problems_json(problems: Iterable[Problem]) -> list[ProblemJson]:
    """Each with its code, kind and sentence; of one that can be set aside, by which roles."""
    return [_problem_json(problem) for problem in problems]


def _problem_json(problem: Problem) -> ProblemJson:
    told: ProblemJson = {
        "code": problem.code,
        "kind": problem.kind.value,
        "sentence": problem.sentence,
    }
    if problem.kind is ProblemKind.WAIVABLE:
        told["waivable_by"] = waivable_by(code=problem.code)
    return told
