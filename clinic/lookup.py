"""Finding one row by its public id. What is foreign is as unknown as what never was."""

from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from clinic.errors import Unknown
from clinic.models.tenant import PublicRow

Row = TypeVar("Row", bound=PublicRow)


def find(rows: QuerySet[Row], *, uuid: UUID | str) -> Row:
    """The row with that public id out of `rows`, which say who asks: `find(Plan.objects.seen_by(actor), …)`.

    Raises Unknown (code `unknown_patient`, `unknown_plan` …).
    """
    found = rows.filter(uuid=uuid).first()
    if found is None:
        noun = str(rows.model._meta.verbose_name)
        raise Unknown(f"unknown_{noun.replace(' ', '_')}", f"There is no such {noun} in this clinic.")
    return found
