"""Concerns: answers that a practitioner must look at. What they say is for practitioners alone."""

from collections.abc import Iterator
from datetime import datetime

from clinic.changelog.log import record_rows
from clinic.errors import Problem
from clinic.identity.actors import Actor
from clinic.plain_text import text_problems
from clinic.sentences import sentence as _
from treatments.models import Concern, ConcernTopic, Plan

LONGEST_TEXT = 2000


def write_concern(*, plan: Plan, topic: ConcernTopic, answer: str, now: datetime) -> Concern:
    """A new one, on a plan that is locked and has its patient loaded."""
    concern: Concern = Concern.objects.create(
        clinic_id=plan.clinic_id, plan=plan, topic=topic, answer=answer, raised_at=now, changed_at=now
    )
    record_rows(added=[concern], now=now)
    return concern


def write_finding(*, concern: Concern, finding: str, by: Actor, now: datetime) -> None:
    """Clear it: who looked, when, and what they found."""
    concern.finding, concern.cleared_at, concern.cleared_by = finding, now, str(by)[:100]
    concern.save(update_fields=["finding", "cleared_at", "cleared_by", *concern.touch(now)])
    record_rows(changed=[concern], now=now)


def is_any_open(*, plan: Plan) -> bool:
    """Whether a practitioner must still look at something. One query."""
    return Concern.objects.of_clinic(plan.clinic_id).filter(plan=plan, cleared_at__isnull=True).exists()


def answer_problems(answer: str) -> Iterator[Problem]:
    return text_problems(answer, "answer", most=LONGEST_TEXT)


def finding_problems(finding: str) -> Iterator[Problem]:
    missing = _("Write what you found, in a few words: whoever treats next reads it.")
    return text_problems(finding, "finding", missing=missing, most=LONGEST_TEXT)
