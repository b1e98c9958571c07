"""What every row of a clinic has: the clinic."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self, TypeVar

from django.db import models

from clinic.actors import Actor

Row = TypeVar("Row", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[Row]):
    """Rows of many clinics; `of_clinic` is the only way into one, `seen_by` the only one for a request."""

    def of_clinic(self, clinic_id: int) -> Self:
        return self.filter(clinic_id=clinic_id)

    def seen_by(self, actor: Actor) -> Self:
        """Of the clinic's rows those the actor may know of: a practitioner's are their own patients'.

        Raises TypeError for a kind of row without a `care_path`: what nobody thought of stays shut.
        """
        kind: Any = self.model
        if not hasattr(kind, "care_path"):
            raise TypeError(f"{kind.__name__} does not say who may see it.")
        rows = self.of_clinic(actor.clinic_id)
        if not actor.sees_only_own_patients or kind.care_path is None:
            return rows
        if actor.practitioner_id is None:
            return rows.none()
        return rows.filter(**{f"{kind.care_path}__practitioner_id": actor.practitioner_id})

    def rewrite(self, rows: Iterable[Row], *, fields: Sequence[str]) -> None:
        """Write these fields of rows that exist, whole rows in hand and locked, in one statement."""
        # An upsert that always finds its row. Django's bulk_update builds a CASE for every row and
        # field: measured at fourteen times the cost for the sessions of one course.
        self.bulk_create(rows, update_conflicts=True, unique_fields=["pk"], update_fields=fields)


class TenantRow(models.Model):
    """A row that belongs to one clinic.

    A kind that requests may see declares `care_path`: how its patient's `Care` is reached, or None when
    everyone in the clinic may see it.
    """

    care_path: ClassVar[str | None]

    clinic = models.ForeignKey("clinic.Clinic", on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class PublicRow(TenantRow):
    """A row the outside may name, by its UUID."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True
