"""Rows that others name, by id or in hand. What is foreign is as unknown as what never was."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from clinic.errors import Unknown
from clinic.identity.actors import Actor
from clinic.models.tenant import PublicRow, TenantRow
from clinic.sentences import Sentence
from clinic.sentences import sentence as _

Row = TypeVar("Row", bound=PublicRow)

# A sentence for each: in other languages the words around a noun change with it.
UNKNOWN: Mapping[str, Sentence] = MappingProxyType(
    {
        "unknown_access_key": _("There is no such access key in this clinic."),
        "unknown_act": _("There is no such act in this clinic."),
        "unknown_busy_time": _("There is no such busy time in this clinic."),
        "unknown_closure": _("There is no such closure in this clinic."),
        "unknown_concern": _("There is no such concern in this clinic."),
        "unknown_diary": _("There is no such diary in this clinic."),
        "unknown_feed": _("There is no such feed in this clinic."),
        "unknown_hold": _("There is no such hold in this clinic."),
        "unknown_invitation": _("There is no such invitation in this clinic."),
        "unknown_leave": _("There is no such leave in this clinic."),
        "unknown_message": _("There is no such message in this clinic."),
        "unknown_offer": _("There is no such offer in this clinic."),
        "unknown_patient": _("There is no such patient in this clinic."),
        "unknown_plan": _("There is no such plan in this clinic."),
        "unknown_practitioner": _("There is no such practitioner in this clinic."),
        "unknown_protocol": _("There is no such protocol in this clinic."),
        "unknown_resource": _("There is no such resource in this clinic."),
        "unknown_session": _("There is no such session in this clinic."),
        "unknown_session_type": _("There is no such session type in this clinic."),
        "unknown_site": _("There is no such site in this clinic."),
        "unknown_skill": _("There is no such skill in this clinic."),
        "unknown_trusted_device": _("There is no such trusted device in this clinic."),
        "unknown_wait": _("There is no such wait in this clinic."),
        "unknown_word": _("There is no such word in this clinic."),
    }
)


def find(rows: QuerySet[Row], *, uuid: UUID | str) -> Row:
    """The row with that public id out of `rows`, which say who asks: `find(Plan.objects.seen_by(actor), …)`.

    Raises Unknown (code `unknown_patient`, `unknown_plan` …).
    """
    found = rows.filter(uuid=uuid).first()
    if found is None:
        code = f"unknown_{str(rows.model._meta.verbose_name).replace(' ', '_')}"
        raise Unknown(code, UNKNOWN[code])
    return found


def refuse_foreign(*, by: Actor, sentence: Sentence | None = None, **rows: TenantRow | None) -> None:
    """Each row is of the actor's clinic. Each is named by its code; None, which nobody named, passes.

    `refuse_foreign(by=by, unknown_session=session, unknown_site=to.site)`: raises Unknown for the first that
    is not, and says that there is no such session, or else `sentence`.
    """
    for code, row in rows.items():
        if row is not None and row.clinic_id != by.clinic_id:
            raise Unknown(code, sentence or UNKNOWN[code])
