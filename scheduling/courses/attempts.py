"""The sessions that a rule of a course asks for: each attempt is a row of its own, and begins as due."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Max

from scheduling.models import Session, Wait
from treatments.cadence import Key, Rule
from treatments.models import Plan


def due_session(*, plan: Plan, rule: Rule, attempt: int = 1, now: datetime) -> Session:
    """A session by that rule, without a time and yet without a window; not saved."""
    return Session(
        clinic_id=plan.clinic_id,
        patient_id=plan.patient_id,
        plan=plan,
        step_id=rule.step_id,
        session_type_id=rule.session_type_id,
        kind=rule.key.kind,
        number=rule.key.number,
        attempt=attempt,
        created_at=now,
        changed_at=now,
    )


def next_attempts(*, plan: Plan, rules: Sequence[Rule], now: datetime) -> list[Session]:
    """A due session for each rule, numbered on where there were earlier attempts; not yet saved.

    One query, none without rules.
    """
    if not rules:
        return []
    tried = _tried(plan)
    return [due_session(plan=plan, rule=rule, attempt=tried.get(rule.key, 0) + 1, now=now) for rule in rules]


def hand_on_waits(*, of: Session, to: Session) -> None:
    """Who waited for an earlier time waits for any now."""
    waits = Wait.objects.of_clinic(of.clinic_id).standing().filter(session=of)
    waits.update(session=to, version=F("version") + 1)


def _tried(plan: Plan) -> dict[Key, int]:
    rows = Session.objects.of_clinic(plan.clinic_id).filter(plan=plan).values_list("kind", "number")
    return {Key(kind, number): last for kind, number, last in rows.annotate(Max("attempt")).order_by()}
