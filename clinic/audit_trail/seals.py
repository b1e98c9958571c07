"""Sealing the audit trail: what is committed goes into a hash chain, one chain for each clinic."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from clinic.models import AuditCut, AuditEntry, Clinic, Seal

ENTRIES_A_SEAL = 5000
# No transaction stays open as long as this: an id given out before may still turn up until then.
LATEST_COMMIT = timedelta(days=1)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Link:
    """Where a seal hangs in its chain."""

    clinic: UUID
    number: int
    previous: str
    sealed_at: datetime


def seal(*, clinic_id: int, now: datetime, most: int = ENTRIES_A_SEAL) -> Seal | None:
    """Put up to `most` committed entries that are in no seal yet into the next seal; None if there are none.

    Safe to run by many at a time: they take turns at the clinic's row, and the number is unique.
    """
    with transaction.atomic():
        # Entries and patients point at the clinic too, and must not wait: hence the weaker lock.
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)
        ids = _unsealed(clinic_id, most)
        if not ids:
            return None
        last = Seal.objects.of_clinic(clinic_id).order_by("number").last()
        cut = AuditCut.objects.of_clinic(clinic_id).order_by("seal_number").last()
        number = max(last.number if last else 0, cut.seal_number if cut else 0) + 1
        previous = last.digest if last else cut.digest if cut else ""
        highest = max(ids[-1], last.highest_entry if last else 0, cut.highest_entry if cut else 0)
        link = Link(clinic.uuid, number, previous, now)
        return Seal.objects.create(
            clinic_id=clinic_id,
            number=number,
            entries=ids,
            highest_entry=highest,
            previous=previous,
            digest=digest_of_seal(link=link, entries=entries_by_id(ids)),
            sealed_at=now,
        )


def digest_of_seal(*, link: Link, entries: Iterable[AuditEntry]) -> str:
    """SHA-256 over the link (with the digest before it) and each entry in order of id, hexadecimal."""
    digest = sha256(_line([link.previous, str(link.clinic), link.number, instant(link.sealed_at)]))
    for entry in entries:
        digest.update(canonical(entry))
    return digest.hexdigest()


def canonical(entry: AuditEntry) -> bytes:
    """The entry's every column, as the same bytes on both engines: one line of JSON."""
    return _line(
        [
            entry.pk,
            str(entry.uuid),
            entry.clinic_id,
            instant(entry.at),
            entry.actor_kind,
            entry.actor,
            entry.role,
            entry.way,
            entry.act,
            entry.about_kind,
            str(entry.about or ""),
            entry.patients,
            entry.fields,
            entry.digest,
        ]
    )


def entries_by_id(ids: Iterable[int]) -> Iterator[AuditEntry]:
    """Those of the entries that are there, in order of id, a few hundred at a time."""
    ids = sorted(ids)
    for first in range(0, len(ids), _AT_ONCE):
        yield from AuditEntry.objects.filter(pk__in=ids[first : first + _AT_ONCE]).order_by("pk")


def _unsealed(clinic_id: int, most: int) -> list[int]:
    """Ids of entries without a seal, ascending.

    Ids are given out in order but commit in any. A seal with room to spare took everything that was
    committed then. What is still unsealed therefore committed later, so it got its id less than
    `LATEST_COMMIT` before that seal: it lies above the highest entry of any seal older than that.
    """
    seals = Seal.objects.of_clinic(clinic_id).order_by("-number")
    swept = next((row for row in seals.iterator(chunk_size=10) if len(row.entries) < most), None)
    base = seals.filter(sealed_at__lte=swept.sealed_at - LATEST_COMMIT).first() if swept else None
    above = base.highest_entry if base else 0
    later = seals.filter(number__gt=base.number) if base else seals
    # Late entries that an older seal could hold lie below `above`: only these seals can matter.
    taken = {pk for ids in later.values_list("entries", flat=True).iterator() for pk in ids}
    found = AuditEntry.objects.of_clinic(clinic_id).filter(pk__gt=above).order_by("pk")
    unsealed: list[int] = []
    for pk in found.values_list("pk", flat=True).iterator():
        if pk not in taken:
            unsealed.append(pk)
            if len(unsealed) == most:
                break
    return unsealed


def instant(at: datetime) -> str:
    """As seals and cuts write it: in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _line(parts: Sequence[object]) -> bytes:
    return json.dumps(parts, separators=(",", ":"), sort_keys=True).encode() + b"\n"
