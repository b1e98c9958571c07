"""External ids of a till or a hospital: name a row, find one by its name there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import Conflict
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import ExternalId, NamedKind, Patient
from clinic.models.tenant import PublicRow
from clinic.people.erased_names import forget_name
from clinic.people.external_id_kinds import Name
from clinic.people.finding.index import index_patients
from clinic.sentences import sentence as _


class NameTaken(Conflict):
    """The name is another row's."""


def name_elsewhere(*, kind: NamedKind, row: PublicRow, name: Name, by: Actor, now: datetime) -> bool:
    """Note what another system calls the row; whether that is new. The same twice is harmless.

    A patient's may be one under which somebody was erased: whoever says so knows that they came back.

    Raises NotAllowed, Unknown for another clinic's row, NameTaken (`external_id_taken`).
    """
    refuse_unless_may(by=by, act=Act.NAME_ELSEWHERE)
    noun = NamedKind(kind).label.lower()
    refuse_foreign(by=by, unknown_row=row, sentence=_("There is no such {noun} in this clinic.", noun=noun))
    with transaction.atomic():
        if kind == NamedKind.PATIENT:
            forget_name(name=name, clinic_id=by.clinic_id)
        is_new = bool(write_names(kind=kind, named={name: row.uuid}, clinic_id=by.clinic_id, now=now))
        if is_new:
            whose = row if kind == NamedKind.PATIENT else getattr(row, "patient", None)
            patients = [whose.uuid] if whose else []
            record_audit(
                AuditRecord(AuditAction.NAMED_ELSEWHERE, row, patients, after={"external_id": str(name)}),
                by=by,
                now=now,
            )
        if is_new and isinstance(row, Patient):
            index_patients([row])
    return is_new


def write_names(*, kind: NamedKind, named: Mapping[Name, UUID], clinic_id: int, now: datetime) -> set[Name]:
    """Write the names of many rows in three queries, inside an act that tells the trail; the new ones.

    Raises NameTaken (`external_id_taken`).
    """
    made = [
        ExternalId(
            clinic_id=clinic_id,
            system=name.system,
            value=name.value,
            kind=kind,
            named=uuid,
            created_at=now,
        )
        for name, uuid in named.items()
    ]
    known = rows_named(clinic_id=clinic_id, kind=kind, names=named)
    # Of two at once the second waits here for the first, and then finds what it wrote.
    ExternalId.objects.bulk_create(made, ignore_conflicts=True)
    standing = rows_named(clinic_id=clinic_id, kind=kind, names=named)
    for name, uuid in named.items():
        if standing[name] != uuid:
            raise NameTaken(
                "external_id_taken",
                _(
                    "“{name}” is another {kind}. Look at the id again.",
                    name=name,
                    kind=NamedKind(kind).label.lower(),
                ),
            )
    return set(named) - set(known)


def rows_named(*, clinic_id: int, kind: NamedKind, names: Iterable[Name]) -> dict[Name, UUID]:
    """Name elsewhere → the public id of the row that has it. One query; the names are of one system."""
    asked = set(names)
    rows = ExternalId.objects.of_clinic(clinic_id).filter(
        kind=kind, system__in={name.system for name in asked}, value__in={name.value for name in asked}
    )
    found = {
        Name(system, value): uuid for system, value, uuid in rows.values_list("system", "value", "named")
    }
    return {name: uuid for name, uuid in found.items() if name in asked}
