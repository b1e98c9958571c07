"""Finding one row of one clinic by its public id. What is foreign is as unknown as what never was."""

from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from clinic.errors import Unknown
from clinic.models.tenant import PublicRow

Row = TypeVar("Row", bound=PublicRow)


def find(kind: type[Row], *, clinic_id: int, uuid: UUID | str, among: QuerySet[Row] | None = None) -> Row:
    """The row of this clinic with that public id, out of `among` if given.

    Raises Unknown (code `unknown_patient`, `unknown_plan` …).
    """
    rows: QuerySet[Row] = QuerySet(kind) if among is None else among
    found = rows.filter(clinic_id=clinic_id, uuid=uuid).first()
    if found is None:
        noun = str(kind._meta.verbose_name)
        raise Unknown(f"unknown_{noun.replace(' ', '_')}", f"There is no such {noun} in this clinic.")
    return found
