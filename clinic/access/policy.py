"""The rules of the house: a second factor, how soon an idle desk locks, how long calendars are held."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Clinic

SHORTEST_IDLE_MINUTES, LONGEST_IDLE_MINUTES = 1, 60
SHORTEST_HOLD_MINUTES, LONGEST_HOLD_MINUTES = 1, 120


@dataclass(frozen=True, slots=True)
class HouseRules:
    """They bite at the next request of everyone. `hold_minutes` is for holds of which nobody names an end."""

    demands_second_factor: bool
    idle_lock_minutes: int
    hold_minutes: int


def house_rules_of(clinic: Clinic) -> HouseRules:
    return HouseRules(clinic.demands_second_factor, clinic.idle_lock_minutes, clinic.hold_minutes)


def set_house_rules(*, rules: HouseRules, by: Actor, now: datetime) -> None:
    """Raises NotAllowed and Refused (`idle_minutes_out_of_range`, `hold_minutes_out_of_range`)."""
    refuse_unless_may(by=by, act=Act.MANAGE_CLINIC)
    refuse_if_any(_problems(rules))
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=by.clinic_id)
        before = asdict(house_rules_of(clinic))
        after = asdict(rules)
        for name, value in after.items():
            setattr(clinic, name, value)
        clinic.save(update_fields=list(after))
        if before != after:
            record_audit(AuditRecord(AuditAction.SET_CLINIC, before=before, after=after), by=by, now=now)


def _problems(rules: HouseRules) -> Iterator[Problem]:
    if not SHORTEST_IDLE_MINUTES <= rules.idle_lock_minutes <= LONGEST_IDLE_MINUTES:
        sentence = f"Lock the desk after {SHORTEST_IDLE_MINUTES} to {LONGEST_IDLE_MINUTES} minutes."
        yield Problem("idle_minutes_out_of_range", ProblemKind.BLOCKER, sentence)
    if not SHORTEST_HOLD_MINUTES <= rules.hold_minutes <= LONGEST_HOLD_MINUTES:
        sentence = f"Hold calendars for {SHORTEST_HOLD_MINUTES} to {LONGEST_HOLD_MINUTES} minutes."
        yield Problem("hold_minutes_out_of_range", ProblemKind.BLOCKER, sentence)
