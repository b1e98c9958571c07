"""The ledger of erasures as a file that outlives the backups: opaque ids, digests and instants alone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from clinic.errors import Malformed
from clinic.models import Clinic, ErasedName, Erasure
from clinic.sentences import sentence as _

KIND, VERSION = "coursebook erasures", 1
# Who erased is told by the trail; the file does not name them.
ENTERED_BY = "ledger file"
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """What a ledger says of one clinic: public id of each erased patient → when they were first erased.

    `names` are digests of what other systems called them.
    """

    clinic: Clinic
    erased: Mapping[UUID, datetime]
    names: Mapping[str, datetime]


def ledger_text() -> str:
    """The ledgers of all clinics, as JSON that `read_ledger` understands."""
    clinics = [_told(clinic) for clinic in Clinic.objects.order_by("pk")]
    return json.dumps({"kind": KIND, "version": VERSION, "clinics": clinics}, indent=1) + "\n"


def read_ledger(content: bytes) -> list[Page]:
    """The pages of a ledger's file, one for each clinic.

    Raises Malformed (`malformed_ledger`, `other_ledger_version`, `unknown_ledger_clinic`).
    """
    said = _said(content)
    if said.get("version") != VERSION:
        raise Malformed(
            "other_ledger_version",
            _(
                "This ledger is of version {theirs}; this Coursebook reads version {version}. "
                "Apply it with the Coursebook that wrote it, or a newer one.",
                theirs=said.get("version"),
                version=VERSION,
            ),
        )
    try:
        return [_page(one) for one in said["clinics"]]
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise _malformed() from problem


def _told(clinic: Clinic) -> dict[str, Any]:
    erased = Erasure.objects.of_clinic(clinic.pk).order_by("erased_at", "pk")
    names = ErasedName.objects.of_clinic(clinic.pk).order_by("erased_at", "pk")
    return {
        "clinic": str(clinic.uuid),
        "erased": {str(row.patient_uuid): row.erased_at.isoformat() for row in erased},
        "names": {row.digest: row.erased_at.isoformat() for row in names},
    }


def enter_names(erased: Mapping[str, datetime], *, clinic_id: int) -> None:
    """Digests of what other systems called who was erased then. What is known stays as it is."""
    rows = [ErasedName(clinic_id=clinic_id, digest=digest, erased_at=at) for digest, at in erased.items()]
    ErasedName.objects.bulk_create(rows, ignore_conflicts=True)


def enter_missing(page: Page) -> int:
    """Enter into the database's ledger what the page knows and it does not; how many."""
    with transaction.atomic():
        known = set(Erasure.objects.of_clinic(page.clinic.pk).values_list("patient_uuid", flat=True))
        missing = [
            Erasure(clinic=page.clinic, patient_uuid=patient, erased_by=ENTERED_BY, erased_at=erased_at)
            for patient, erased_at in page.erased.items()
            if patient not in known
        ]
        # Another may erase one of them just now.
        Erasure.objects.bulk_create(missing, ignore_conflicts=True)
        enter_names(page.names, clinic_id=page.clinic.pk)
    return len(missing)


def _said(content: bytes) -> dict[str, Any]:
    try:
        said: Any = json.loads(content)
    except ValueError as problem:
        raise _malformed() from problem
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise _malformed()
    return said


def _page(said: Mapping[str, Any]) -> Page:
    uuid = UUID(said["clinic"])
    erased = {UUID(patient): _instant(at) for patient, at in said["erased"].items()}
    # A ledger of an earlier release holds no names.
    names = {_digest(digest): _instant(at) for digest, at in said.get("names", {}).items()}
    clinic = Clinic.objects.filter(uuid=uuid).first()
    if clinic is None:
        raise Malformed(
            "unknown_ledger_clinic",
            _(
                "The ledger names the clinic {uuid}, which is not in this database. Nothing was "
                "changed. Restore the backup of that clinic, or take its ledger.",
                uuid=uuid,
            ),
        )
    return Page(clinic, erased, names)


def _digest(said: str) -> str:
    if not _DIGEST.fullmatch(said):
        raise ValueError("A name of the ledger is no digest.")
    return said


def _instant(said: str) -> datetime:
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError("An instant of the ledger has no zone.")
    return at


def _malformed() -> Malformed:
    return Malformed(
        "malformed_ledger",
        _(
            "This is no ledger of erasures, or it is damaged. Nothing was changed. Take a file "
            "that `manage.py erasures --to` has written."
        ),
    )
