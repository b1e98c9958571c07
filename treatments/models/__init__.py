"""What is prescribed."""

from treatments.models.catalogue import (
    Anchor,
    Need,
    Protocol,
    SessionType,
    Stage,
    Step,
    StepBooking,
    StepKind,
)
from treatments.models.plans import HarvestSite, Plan, PlanState

__all__ = [
    "Anchor",
    "HarvestSite",
    "Need",
    "Plan",
    "PlanState",
    "Protocol",
    "SessionType",
    "Stage",
    "Step",
    "StepBooking",
    "StepKind",
]
