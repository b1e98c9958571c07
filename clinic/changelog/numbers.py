"""Reads of the change counters: how far the log of each clinic has got."""

from collections.abc import Collection

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from clinic.models import ChangeCounter


def last_numbers(*, clinic_ids: Collection[int]) -> dict[int, int]:
    """The last number given in each of the clinics, 0 where none was; one query."""
    rows = ChangeCounter.objects.filter(clinic_id__in=clinic_ids).values_list("clinic_id", "last_number")
    return dict.fromkeys(clinic_ids, 0) | dict(rows)


def number_beside() -> Coalesce:
    """The last number given, for a query of rows that have a clinic. No query of its own."""
    counter = ChangeCounter.objects.filter(clinic_id=OuterRef("clinic_id")).values("last_number")
    return Coalesce(Subquery(counter), 0)
