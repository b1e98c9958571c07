"""Who and where."""

from clinic.models.access import AccessKey, DeskPin, IdempotentReply, Invitation, TrustedDevice
from clinic.models.audit import AuditCut, AuditDetail, AuditEntry, AuditPatient, Erasure, Seal
from clinic.models.changes import Audience, Change, ChangeCounter, ChangeKind
from clinic.models.elsewhere import ErasedName, ExternalId, NamedKind
from clinic.models.hours import BusyTime, Closure, DayHours, Leave, LeaveKind, LeaveState, WeeklyHours
from clinic.models.people import (
    Care,
    ConsentWay,
    MailProblem,
    Membership,
    MessageConsent,
    Patient,
    PatientGram,
    User,
)
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
    "AuditPatient",
    "BusyTime",
    "Care",
    "Change",
    "ChangeCounter",
    "ChangeKind",
    "Clinic",
    "Closure",
    "ConsentWay",
    "DayHours",
    "DeskPin",
    "Diary",
    "ErasedName",
    "Erasure",
    "ExternalId",
    "IdempotentReply",
    "Invitation",
    "Leave",
    "LeaveKind",
    "LeaveState",
    "MailProblem",
    "Membership",
    "MessageConsent",
    "NamedKind",
    "Patient",
    "PatientGram",
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
