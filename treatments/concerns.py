"""Concerns: answers that a practitioner must look at. What they say is for practitioners alone."""

from collections.abc import Iterator
from datetime import datetime

from clinic.errors import Problem, ProblemKind
from clinic.identity.actors import Actor
from treatments.models import Concern, ConcernTopic, Plan

LONGEST_TEXT = 2000


def write_concern(*, plan: Plan, topic: ConcernTopic, answer: str, now: datetime) -> Concern:
    """A new one, on a plan that is locked."""
    concern: Concern = Concern.objects.create(
        clinic_id=plan.clinic_id, plan=plan, topic=topic, answer=answer, raised_at=now
    )
    return concern


def write_finding(*, concern: Concern, finding: str, by: Actor, now: datetime) -> None:
    """Clear it: who looked, when, and what they found."""
    concern.finding, concern.cleared_at, concern.cleared_by = finding, now, str(by)[:100]
    concern.save(update_fields=["finding", "cleared_at", "cleared_by"])


def is_any_open(*, plan: Plan) -> bool:
    """Whether a practitioner must still look at something. One query."""
    return Concern.objects.of_clinic(plan.clinic_id).filter(plan=plan, cleared_at__isnull=True).exists()


def answer_problems(answer: str) -> Iterator[Problem]:
    if len(answer) > LONGEST_TEXT:
        sentence = f"Write the answer in {LONGEST_TEXT} letters or fewer."
        yield Problem("answer_too_long", ProblemKind.BLOCKER, sentence)


def finding_problems(finding: str) -> Iterator[Problem]:
    if not finding:
        sentence = "Write what you found, in a few words: whoever treats next reads it."
        yield Problem("finding_missing", ProblemKind.BLOCKER, sentence)
    if len(finding) > LONGEST_TEXT:
        sentence = f"Write the finding in {LONGEST_TEXT} letters or fewer."
        yield Problem("finding_too_long", ProblemKind.BLOCKER, sentence)
