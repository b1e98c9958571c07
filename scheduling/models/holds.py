"""Time kept for a while."""

from collections.abc import Collection
from datetime import datetime
from typing import Self

from django.db import connection, models
from django.db.models import Q

from clinic.models import Audience, ChangeKind
from clinic.models.changes import Changeable, ChangeableQuerySet
from treatments.models import Plan


class HoldQuerySet(ChangeableQuerySet["Hold"]):
    def standing(self) -> Self:
        """Neither released nor booked; some of them ran out and nobody has given their time back yet."""
        return self.filter(released_at__isnull=True)

    def standing_keys(self, *, plan_ids: Collection[int], hold_ids: Collection[int]) -> frozenset[int]:
        """Of these plans, and among these holds. Hardly ever there is one."""
        asked = [*plan_ids, *hold_ids]
        if not asked:
            return frozenset()
        table = connection.ops.quote_name(self.model._meta.db_table)
        wanted = [
            f'{table}."{column}" IN ({", ".join(["%s"] * len(keys))})'
            for column, keys in (("plan_id", plan_ids), ("id", hold_ids))
            if keys
        ]
        # In SQL: every act asks, and Django takes longer to word the question than it takes to answer.
        sql = f"SELECT id FROM {table} WHERE released_at IS NULL AND ({' OR '.join(wanted)})"  # nosec # ours
        with connection.cursor() as cursor:
            cursor.execute(sql, asked)
            return frozenset(key for (key,) in cursor.fetchall())

    def expired(self, now: datetime) -> Self:
        return self.standing().filter(expires_at__lte=now)


class Hold(Changeable):
    """A proposal kept until an instant; its sessions and claims hang on it."""

    care_path = "plan__patient__care"
    change_kind = ChangeKind.HOLD

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    held_by = models.CharField(max_length=60, help_text="The actor, as text.")
    reason = models.CharField(max_length=200, blank=True)
    proposal = models.TextField(help_text="The calendar, as the token that was held.")
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)  # type: ignore[assignment]  # not all that write it say when

    objects = HoldQuerySet.as_manager()  # type: ignore[misc]  # the stubs know no narrower manager

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="hold_stands_once_a_plan", fields=["plan"], condition=Q(released_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(
                name="hold_standing_by_expiry",
                fields=["expires_at"],
                condition=models.Q(released_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"Hold until {self.expires_at}"

    @property
    def audience(self) -> Audience:
        """Of the patient whose plan it keeps time for, or who has it on offer."""
        patient = self.offer.wait.patient if self.plan is None else self.plan.patient
        return patient.audience

    @property
    def holder(self) -> str:
        """The public id of the user or key that holds."""
        return self.held_by.partition(":")[2]

    def has_run_out(self, now: datetime) -> bool:
        """Whether it ended by itself: nobody released or booked it in time."""
        ended_at = self.expires_at
        return ended_at <= now and (self.released_at is None or self.released_at >= ended_at)
