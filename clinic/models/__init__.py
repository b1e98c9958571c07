"""Who and where."""

from clinic.models.access import AccessKey, DeskPin, IdempotentReply, Invitation, TrustedDevice
from clinic.models.audit import AuditCut, AuditDetail, AuditEntry, Erasure, Seal
from clinic.models.changes import Audience, Change, ChangeCounter, ChangeKind
from clinic.models.elsewhere import ErasedName, ExternalId, NamedKind
from clinic.models.hours import Closure, DayHours, Leave, LeaveState, WeeklyHours
from clinic.models.people import Care, MailProblem, Membership, MessageConsent, Patient, User
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
from clinic.models.ticks import Tick

__all__ = [
    "AccessKey",
    "Audience",
    "AuditCut",
    "AuditDetail",
    "AuditEntry",
    "Care",
    "Change",
    "ChangeCounter",
    "ChangeKind",
    "Clinic",
    "Closure",
    "DayHours",
    "DeskPin",
    "Diary",
    "ErasedName",
    "Erasure",
    "ExternalId",
    "IdempotentReply",
    "Invitation",
    "Leave",
    "LeaveState",
    "MailProblem",
    "Membership",
    "MessageConsent",
    "NamedKind",
    "Patient",
    "Resource",
    "ResourceKind",
    "ResourceSkill",
    "Seal",
    "Site",
    "SiteHours",
    "Skill",
    "Tick",
    "TrustedDevice",
    "User",
    "WeeklyHours",
]
