"""What a clinic asks of moves, cancellations, sessions that nobody came to, and offers."""

from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Clinic

# The least and the most of each.
BOUNDS = MappingProxyType(
    {
        "notice_hours": (0, 336),
        "patient_moves": (0, 20),
        "missed_after_minutes": (0, 240),
        "desk_window_days": (0, 30),
        "offer_minutes": (15, 2880),
    }
)


@dataclass(frozen=True, slots=True)
class CourseRules:
    """They hold from the next act on; what was late or set aside before stays as it was."""

    notice_hours: int
    patient_moves: int
    missed_after_minutes: int
    desk_window_days: int
    offer_minutes: int


def course_rules_of(clinic: Clinic) -> CourseRules:
    return CourseRules(**{name: getattr(clinic, name) for name in BOUNDS})


def set_course_rules(*, rules: CourseRules, by: Actor, now: datetime) -> None:
    """Raises NotAllowed and Refused (`course_rule_out_of_range`)."""
    refuse_unless_may(by=by, act=Act.MANAGE_CLINIC)
    after = asdict(rules)
    refuse_if_any(_problem(name, *BOUNDS[name]) for name, value in after.items() if not _fits(name, value))
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=by.clinic_id)
        before = asdict(course_rules_of(clinic))
        for name, value in after.items():
            setattr(clinic, name, value)
        clinic.save(update_fields=list(after))
        if before != after:
            record_audit(AuditRecord(AuditAction.SET_CLINIC, before=before, after=after), by=by, now=now)


def _fits(name: str, value: int) -> bool:
    least, most = BOUNDS[name]
    return least <= value <= most


def _problem(name: str, least: int, most: int) -> Problem:
    sentence = f"{name.replace('_', ' ').capitalize()}: enter a whole number from {least} to {most}."
    return Problem("course_rule_out_of_range", ProblemKind.BLOCKER, sentence)
