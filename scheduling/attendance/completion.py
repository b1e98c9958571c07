"""Completion of a session: its outcome, and the fields its session type asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from clinic.errors import Problem, ProblemKind
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _
from scheduling.models import Outcome, Session, SessionStatus
from treatments.models import SessionType

LONGEST_REASON, LONGEST_RECORD = 200, 200


@dataclass(frozen=True, slots=True)
class Completion:
    """How a session went. What was partly given counts unless someone says otherwise.

    `record` has the fields of the session type; `used` says who and what really served, by role. When they
    came and left, aware, is said only where it was not as planned.
    """

    outcome: Outcome = Outcome.GIVEN
    reason: str = ""
    counts: bool = True
    record: Mapping[str, str] = field(default_factory=dict)
    used: Mapping[str, UUID] = field(default_factory=dict)
    arrived_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def moves_on(self) -> bool:
        """Whether the course moves on by it."""
        if self.outcome == Outcome.PARTLY:
            return self.counts
        return self.outcome == Outcome.GIVEN

    @property
    def kept_reason(self) -> str:
        return one_line(self.reason)

    @property
    def kept_record(self) -> dict[str, str]:
        lines = {key: one_line(value) for key, value in self.record.items()}
        return {key: value for key, value in lines.items() if value}


def is_noted(completion: Completion | None, *, of: Session) -> bool:
    """Whether the session stands so already; without a completion: that the patient did not come."""
    if completion is None:
        return of.status == SessionStatus.MISSED
    went = completion.outcome, completion.kept_reason, completion.moves_on, completion.kept_record
    served = {part["role"]: part["resource"] for part in of.used}
    return (
        of.status == SessionStatus.COMPLETED
        and went == (of.outcome, of.outcome_reason, of.counts, of.record)
        and all(served.get(role) == str(who) for role, who in completion.used.items())
        and completion.arrived_at in (None, of.arrived_at)
        and completion.finished_at in (None, of.finished_at)
    )


def completion_problems(completion: Completion, *, session_type: SessionType) -> Iterator[Problem]:
    yield from _reason_problems(completion)
    yield from _record_problems(completion, session_type)


def _reason_problems(completion: Completion) -> Iterator[Problem]:
    if completion.outcome != Outcome.GIVEN:
        missing = _("Say why the treatment was not, or only partly, given: a failed draw, for instance.")
        yield from text_problems(completion.kept_reason, "outcome_reason", missing=missing)
    yield from text_problems(completion.kept_reason, "reason", most=LONGEST_REASON)


def _record_problems(completion: Completion, session_type: SessionType) -> Iterator[Problem]:
    asked = {one["key"]: one for one in session_type.record_fields}
    said = completion.kept_record
    if unknown := sorted(completion.record.keys() - asked.keys()):
        yield Problem(
            "unknown_record_field",
            ProblemKind.BLOCKER,
            _(
                "{session_type} does not ask for “{unknown}”. Leave it out.",
                session_type=session_type.name,
                unknown=unknown[0][:50],
            ),
        )
    # Where nothing was given there may be nothing to write down.
    wanted = [one for one in asked.values() if one["required"] and completion.outcome != Outcome.NOT_GIVEN]
    if missing := [one["label"] for one in wanted if one["key"] not in said]:
        yield Problem(
            "record_incomplete",
            ProblemKind.BLOCKER,
            _("Write down as well: {missing}.", missing=", ".join(missing)),
        )
    for key, value in said.items():
        choices = asked.get(key, {}).get("choices", [])
        if choices and value not in choices:
            yield Problem(
                "unknown_record_choice",
                ProblemKind.BLOCKER,
                _("{field} is one of: {choices}.", field=asked[key]["label"], choices=", ".join(choices)),
            )
        else:
            yield from text_problems(value, "record", most=LONGEST_RECORD, what=_("each field"))
