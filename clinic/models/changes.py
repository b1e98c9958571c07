"""The log every feed, delta and webhook reads, and the rows it tells of. Every storey writes it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F

from clinic.models.tenant import PublicRow, Row, TenantQuerySet, TenantRow
from clinic.sentences import sentence as _


class ChangeKind(models.TextChoices):
    """A kind of row that REST shows and that can change; docs/architecture.md says what is none."""

    SITE = "site", _("Site")
    RESOURCE = "resource", _("Resource")
    PATIENT = "patient", _("Patient")
    WEEKLY_HOURS = "weekly_hours", _("Weekly hours")
    DAY_HOURS = "day_hours", _("Hours of a date")
    CLOSURE = "closure", _("Closure")
    LEAVE = "leave", _("Leave")
    PROTOCOL = "protocol", _("Protocol")
    SESSION_TYPE = "session_type", _("Session type")
    PLAN = "plan", _("Plan")
    CONCERN = "concern", _("Concern")
    SESSION = "session", _("Session")
    HOLD = "hold", _("Hold")
    WAIT = "wait", _("Wait")
    OFFER = "offer", _("Offer")
    MESSAGE = "message", _("Message")
    FEED = "feed", _("Feed")
    WORD = "word", _("Word")
    BUSY_TIME = "busy_time", _("Busy time")
    CLINIC = "clinic", _("Clinic")
    SKILL = "skill", _("Skill")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a row concerns: diaries, sites and a patient, by their keys. Without a site, the whole clinic."""

    diaries: tuple[int, ...] = ()
    sites: tuple[int, ...] = ()
    patient_id: int | None = None


class Logged(PublicRow):
    """A row of which every write is a `Change` (`clinic.changelog.log.record_rows`)."""

    change_kind: ClassVar[ChangeKind]

    changed_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def audience(self) -> Audience:
        """No query where the row that says whose it is was loaded."""
        return Audience()


class ChangeableQuerySet(TenantQuerySet[Row]):
    """Rows that count their writes, where they are written unseen."""

    def touch(self, now: datetime, **columns: Any) -> int:
        """`update` as one more write of each."""
        return self.update(version=F("version") + 1, changed_at=now, **columns)


class Changeable(Logged):
    """A logged row that counts its writes."""

    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = ChangeableQuerySet.as_manager()  # type: ignore[misc]  # the stubs know no narrower manager

    class Meta:
        abstract = True

    def touch(self, now: datetime) -> tuple[str, str]:
        """Count and date one more write; the fields to save with what it changes."""
        self.version += 1
        self.changed_at = now
        return "version", "changed_at"


def random_mark() -> int:
    """Of 64 bits with a sign."""
    return secrets.randbits(64) - 2**63


class Change(TenantRow):
    """One write, numbered without a gap per clinic. It says whom the row concerned before and concerns after.

    `mark` is random: a number that has another mark than it had is a sign that the database was restored and
    has gone on from there.
    """

    number = models.BigIntegerField()
    mark = models.BigIntegerField(default=random_mark, editable=False)
    kind = models.CharField(max_length=20, choices=ChangeKind)
    object_uuid = models.UUIDField()
    version = models.PositiveIntegerField()
    diaries_before = models.JSONField(default=list)
    diaries_after = models.JSONField(default=list)
    sites_before = models.JSONField(default=list)
    sites_after = models.JSONField(default=list)
    # Erasure keeps the row of a patient. Whoever reads the log goes by its numbers: no index.
    patient = models.ForeignKey(
        "clinic.Patient", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField()

    class Meta:
        # Where it stood before it moved down.
        db_table = "scheduling_change"
        constraints = [models.UniqueConstraint(name="change_number_once", fields=["clinic", "number"])]

    def __str__(self) -> str:
        return f"Change {self.number}"


class ChangeCounter(TenantRow):
    """The last number given; locked as a transaction's last act, so that no slow one is ever skipped."""

    last_number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "scheduling_changecounter"
        constraints = [models.UniqueConstraint(name="change_counter_once_a_clinic", fields=["clinic"])]

    def __str__(self) -> str:
        return f"Last change {self.last_number}"
