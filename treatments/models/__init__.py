"""What is prescribed."""

from treatments.models.catalogue import (
    Anchor,
    Need,
    Protocol,
    RestTable,
    SessionType,
    Stage,
    Step,
    StepBooking,
    StepKind,
)
from treatments.models.plans import Concern, ConcernTopic, HarvestSite, Plan, PlanState

__all__ = [
    "Anchor",
    "Concern",
    "ConcernTopic",
    "HarvestSite",
    "Need",
    "Plan",
    "PlanState",
    "Protocol",
    "RestTable",
    "SessionType",
    "Stage",
    "Step",
    "StepBooking",
    "StepKind",
]
