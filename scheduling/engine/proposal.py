"""A whole calendar on offer, and what a search answers: pure values, no rows."""

from dataclasses import dataclass, field
from uuid import UUID

from clinic.errors import Problem
from clinic.sentences import Sentence
from scheduling.engine.placed import PlacedSession


@dataclass(frozen=True, slots=True)
class Proposal:
    """A calendar for the sessions of a plan that are due, made for one version of the plan."""

    plan_uuid: UUID
    plan_version: int
    label: Sentence
    sessions: tuple[PlacedSession, ...]
    # What is said of it, not what it is.
    advantages: tuple[Sentence, ...] = field(default=(), compare=False)
    costs: tuple[Sentence, ...] = field(default=(), compare=False)

    def is_like(self, other: "Proposal") -> bool:
        """Whether a patient would hardly see a difference: of six sessions five are about the same."""
        if len(self.sessions) != len(other.sessions):
            return False
        pairs = zip(self.sessions, other.sessions, strict=True)
        return sum(not mine.is_like(theirs) for mine, theirs in pairs) <= len(self.sessions) // 6


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What the desk could give up, how many calendars that gives, and the search that finds them."""

    change: str
    sentence: Sentence
    calendars: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search answers: calendars, why there are not more, and what would give more.

    `partial` holds the first sessions of a course that cannot be placed as a whole.
    """

    proposals: tuple[Proposal, ...]
    problems: tuple[Problem, ...]
    partial: Proposal | None = None
    relaxations: tuple[Relaxation, ...] = ()
