"""Who acts. Every use case is told."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    USER = "user"
    KEY = "key"
    PATIENT = "patient"
    TASK = "task"


class Role(StrEnum):
    """What a membership lets a user be in one clinic."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    RECEPTIONIST = "receptionist"
    PRACTITIONER = "practitioner"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """What an access key may do."""

    PATIENTS_READ = "patients:read"
    PATIENTS_WRITE = "patients:write"
    CALENDAR_READ = "calendar:read"
    BOOKING_WRITE = "booking:write"


# Clinical rules (number of sessions, windows) are waived by those who answer for the treatment.
MAY_WAIVE_CLINICAL_RULES = frozenset({Role.PRACTITIONER})


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts in one clinic: `reference` is the public id of the user, key or patient."""

    clinic_id: int
    kind: ActorKind
    label: str
    reference: str = ""
    role: Role | None = None
    user_id: int | None = None
    key_id: int | None = None

    @property
    def may_waive_clinical_rules(self) -> bool:
        return self.role in MAY_WAIVE_CLINICAL_RULES

    def __str__(self) -> str:
        return f"{self.kind}:{self.reference or self.label}"


def task_actor(*, clinic_id: int, label: str) -> Actor:
    """The actor of a background task or a command run by the operator."""
    return Actor(clinic_id=clinic_id, kind=ActorKind.TASK, label=label)
