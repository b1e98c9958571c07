"""Who and where."""

from clinic.models.access import AccessKey, IdempotentReply
from clinic.models.hours import Closure, DayHours, Leave, LeaveState, WeeklyHours
from clinic.models.people import Membership, MessageConsent, Patient, User
from clinic.models.places import (
    Clinic,
    Diary,
    Resource,
    ResourceKind,
    ResourceSkill,
    Site,
    SiteHours,
    Skill,
)

__all__ = [
    "AccessKey",
    "Clinic",
    "Closure",
    "DayHours",
    "Diary",
    "IdempotentReply",
    "Leave",
    "LeaveState",
    "Membership",
    "MessageConsent",
    "Patient",
    "Resource",
    "ResourceKind",
    "ResourceSkill",
    "Site",
    "SiteHours",
    "Skill",
    "User",
    "WeeklyHours",
]
