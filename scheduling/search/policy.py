"""What a clinic asks of its calendars: when sessions may start, and what it minds most."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Clinic
from scheduling.engine.costs import CostWeights, dearness_from

START_GRIDS = (5, 10, 15, 20, 30)
DEAREST = 1000


@dataclass(frozen=True, slots=True)
class SearchRules:
    """They hold from the next search on."""

    start_grid_minutes: int
    dearness: CostWeights


def search_rules_of(clinic: Clinic) -> SearchRules:
    return SearchRules(clinic.start_grid_minutes, dearness_from(clinic.search_prices))


def set_search_rules(*, rules: SearchRules, by: Actor, now: datetime) -> None:
    """Raises NotAllowed and Refused (`unknown_start_grid`, `price_out_of_range`)."""
    refuse_unless_may(by=by, act=Act.MANAGE_CLINIC)
    refuse_if_any(_problems(rules))
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=by.clinic_id)
        before, after = asdict(search_rules_of(clinic)), asdict(rules)
        clinic.start_grid_minutes = rules.start_grid_minutes
        clinic.search_prices = asdict(rules.dearness)
        clinic.save(update_fields=["start_grid_minutes", "search_prices"])
        if before != after:
            record_audit(AuditRecord(AuditAction.SET_CLINIC, before=before, after=after), by=by, now=now)


def _problems(rules: SearchRules) -> list[Problem]:
    found = []
    if rules.start_grid_minutes not in START_GRIDS:
        grids = ", ".join(map(str, START_GRIDS))
        sentence = f"Sessions start every {grids} minutes. Choose one of these."
        found.append(Problem("unknown_start_grid", ProblemKind.BLOCKER, sentence))
    if any(not 0 <= price <= DEAREST for price in asdict(rules.dearness).values()):
        sentence = f"Enter whole numbers from 0 (never mind) to {DEAREST}."
        found.append(Problem("price_out_of_range", ProblemKind.BLOCKER, sentence))
    return found
