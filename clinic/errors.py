"""The family of refusals: a code for machines, a sentence the desk can read aloud.

The sentence is English until an edge words it for its reader (`clinic/wording.py`). No HTTP here;
`clinic/web/rest/errors.py` alone knows statuses.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clinic.sentences import Sentence, joined


class ProblemKind(StrEnum):
    """How hard a rule stands: never, with a waiver, or only worth saying."""

    BLOCKER = "blocker"
    WAIVABLE = "waivable"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why an act may not, or should not, be done."""

    code: str
    kind: ProblemKind
    sentence: Sentence

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "kind": str(self.kind), "sentence": str(self.sentence)}


@dataclass
class ClinicError(Exception):
    """Refused by a rule. `code` is stable, `sentence` says what to do next, `details` are for machines."""

    code: str
    sentence: Sentence
    details: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence


class Malformed(ClinicError):
    """The request itself cannot be understood."""


class NotAllowed(ClinicError):
    """The actor may not do this."""


class Unknown(ClinicError):
    """No such thing in this clinic: what is foreign is as unknown as what never was."""


class Conflict(ClinicError):
    """Someone else was first, or what was shown is no longer true."""


class Refused(ClinicError):
    """One or more rules say no; `problems` holds all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        sentence = joined(problem.sentence for problem in self.problems)
        super().__init__(first.code, sentence, {"problems": [problem.as_dict() for problem in self.problems]})


def refuse_if_any(problems: Iterable[Problem], *, waived: frozenset[str] = frozenset()) -> None:
    """Raise `Refused` with every blocker, and every waivable problem whose code nobody waived."""
    standing = [
        problem
        for problem in problems
        if problem.kind is ProblemKind.BLOCKER
        or (problem.kind is ProblemKind.WAIVABLE and problem.code not in waived)
    ]
    if standing:
        raise Refused(standing)
