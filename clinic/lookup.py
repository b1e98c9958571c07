"""Rows that others name, by id or in hand. What is foreign is as unknown as what never was."""

from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from clinic.errors import Unknown
from clinic.identity.actors import Actor
from clinic.models.tenant import PublicRow, TenantRow

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


def refuse_foreign(*, by: Actor, sentence: str = "", **rows: TenantRow | None) -> None:
    """Each row is of the actor's clinic. Each is named by its code; None, which nobody named, passes.

    `refuse_foreign(by=by, unknown_session=session, unknown_site=to.site)`: raises Unknown for the first that
    is not, and says that there is no such session, or else `sentence`.
    """
    for code, row in rows.items():
        if row is not None and row.clinic_id != by.clinic_id:
            noun = code.removeprefix("unknown_").replace("_", " ")
            raise Unknown(code, sentence or f"There is no such {noun} in this clinic.")
