"""What a clinic asks of its own staff: a second factor, and how soon a desk that nobody uses locks."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from clinic.actors import Actor
from clinic.audit import Deed, Noted, note
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.models import Clinic
from clinic.permissions import Act, refuse_unless_may

SHORTEST_IDLE_MINUTES, LONGEST_IDLE_MINUTES = 1, 60


@dataclass(frozen=True, slots=True)
class HouseRules:
    """Both bite at the next request of everyone."""

    demands_second_factor: bool
    idle_lock_minutes: int


def house_rules_of(clinic: Clinic) -> HouseRules:
    return HouseRules(clinic.demands_second_factor, clinic.idle_lock_minutes)


def set_house_rules(*, rules: HouseRules, by: Actor, now: datetime) -> None:
    """Raises NotAllowed and Refused (`idle_minutes_out_of_range`)."""
    refuse_unless_may(by=by, act=Act.MANAGE_CLINIC)
    if not SHORTEST_IDLE_MINUTES <= rules.idle_lock_minutes <= LONGEST_IDLE_MINUTES:
        sentence = f"Lock the desk after {SHORTEST_IDLE_MINUTES} to {LONGEST_IDLE_MINUTES} minutes."
        refuse_if_any([Problem("idle_minutes_out_of_range", ProblemKind.BLOCKER, sentence)])
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=by.clinic_id)
        before = asdict(house_rules_of(clinic))
        after = asdict(rules)
        for name, value in after.items():
            setattr(clinic, name, value)
        clinic.save(update_fields=list(after))
        if before != after:
            note(Noted(Deed.SET_CLINIC, before=before, after=after), by=by, now=now)
