"""The log every feed, delta and webhook reads. Every storey writes it."""

from django.db import models

from clinic.models.tenant import TenantRow


class ChangeKind(models.TextChoices):
    SESSION = "session", "Session"
    PLAN = "plan", "Plan"


class Change(TenantRow):
    """One write, numbered without a gap per clinic; the diaries say who sees it, before and after."""

    number = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=ChangeKind)
    object_uuid = models.UUIDField()
    version = models.PositiveIntegerField()
    diaries_before = models.JSONField(default=list)
    diaries_after = models.JSONField(default=list)
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
