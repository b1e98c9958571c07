"""Walking a clinic's chain of seals: where it breaks, in plain sentences."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from clinic.audit_trail.cuts import judged_cuts
from clinic.audit_trail.seals import Link, digest_of_seal, entries_by_id
from clinic.audit_trail.write import digest_of
from clinic.models import AuditCut, AuditDetail, AuditEntry, AuditPatient, Clinic, Seal

_AT_ONCE = 500


@dataclass(slots=True)
class Walk:
    """What a walk has found so far; complete when `breaks_in` is read to its end."""

    expected: str = ""
    sealed: int = 0
    seals: int = 0
    unsealed: int = 0
    head: str = ""
    has_expected: bool = False
    cuts: list[str] = field(default_factory=list)
    present: int = field(default=0, repr=False)


def breaks_in(*, clinic: Clinic, walk: Walk, now: datetime) -> Iterator[str]:
    """A sentence for each place where the trail is not what was sealed. A few hundred rows at a time.

    `now` is the database's: no cut was made later. Lawful cuts are named in the walk.
    """
    for judged in judged_cuts(clinic=clinic, now=now):
        if judged.fault:
            yield judged.fault
        else:
            walk.cuts.append(judged.sentence)
    cut = AuditCut.objects.of_clinic(clinic.pk).order_by("seal_number").last()
    number, walk.head = (cut.seal_number, cut.digest) if cut else (0, "")
    walk.has_expected = bool(walk.expected) and walk.head == walk.expected
    highest = cut.highest_entry if cut else 0
    for seal, following in _with_following(clinic.pk, number):
        follows = seal.number == number + 1
        if not follows:
            yield _missing_seals(number + 1, seal.number - 1)
        elif seal.previous != walk.head:
            yield f"Seal {seal.number} was changed: it does not follow the seal before it."
        walk.head = seal.digest
        yield from _breaks_in_seal(clinic, seal, following, walk)
        highest = max([highest, *seal.entries])
        if follows and seal.highest_entry != highest:
            yield f"Seal {seal.number} was changed: its highest entry is {highest}."
        number, highest = seal.number, max(highest, seal.highest_entry)
        walk.seals += 1
        walk.has_expected |= bool(walk.expected) and seal.digest == walk.expected
    walk.unsealed = AuditEntry.objects.of_clinic(clinic.pk).count() - walk.present
    yield from _wrong_details(clinic.pk)
    yield from _wrong_patients(clinic.pk, above=cut.highest_entry if cut else 0)


def _with_following(clinic_id: int, number: int) -> Iterator[tuple[Seal, Seal | None]]:
    rows = Seal.objects.of_clinic(clinic_id).filter(number__gt=number).order_by("number")

    def to_the_end() -> Iterator[Seal | None]:
        yield from rows.iterator(chunk_size=10)
        yield None

    for seal, following in pairwise(to_the_end()):
        assert seal is not None
        yield seal, following


def _missing_seals(first: int, last: int) -> str:
    if first == last:
        return f"Seal {first} is missing."
    return f"Seals {first} to {last} are missing."


def _breaks_in_seal(clinic: Clinic, seal: Seal, following: Seal | None, walk: Walk) -> Iterator[str]:
    there = _present(clinic.pk, seal.entries)
    walk.sealed += len(seal.entries)
    walk.present += len(there)
    if gone := sorted(set(seal.entries) - there):
        for pk in gone:
            yield f"Entry {pk} of seal {seal.number} is missing."
        return
    link = Link(clinic.uuid, seal.number, seal.previous, seal.sealed_at)
    found = digest_of_seal(link=link, entries=entries_by_id(seal.entries))
    if found == seal.digest:
        return
    span = f"{min(seal.entries)} to {max(seal.entries)}" if seal.entries else "none"
    after = following.previous if following and following.number == seal.number + 1 else None
    if after == found:
        # What the next seal follows is the digest as it was.
        walk.head = found
        yield f"Seal {seal.number} was changed: the next seal follows another digest."
    elif after == seal.digest:
        yield f"An entry of seal {seal.number} was changed (its entries are {span})."
    else:
        yield f"Seal {seal.number} or one of its entries ({span}) was changed."


def _present(clinic_id: int, ids: list[int]) -> set[int]:
    rows = AuditEntry.objects.of_clinic(clinic_id)
    there: set[int] = set()
    for first in range(0, len(ids), _AT_ONCE):
        there.update(rows.filter(pk__in=ids[first : first + _AT_ONCE]).values_list("pk", flat=True))
    return there


def _wrong_details(clinic_id: int) -> Iterator[str]:
    """Details may be gone (erasure, retention); those that are there match their entry."""
    above = 0
    rows = AuditDetail.objects.of_clinic(clinic_id).order_by("pk")
    while details := list(rows.filter(pk__gt=above)[:_AT_ONCE]):
        above = details[-1].pk
        wanted = [detail.entry_uuid for detail in details]
        found = AuditEntry.objects.of_clinic(clinic_id).filter(uuid__in=wanted)
        entries = {entry.uuid: entry for entry in found}
        for detail in details:
            entry = entries.get(detail.entry_uuid)
            if entry is None:
                yield f"The entry {detail.entry_uuid} is missing; its detail is still there."
            elif not _matches(detail, entry.digest):
                yield f"The detail of entry {entry.pk} does not match its digest."


def _wrong_patients(clinic_id: int, *, above: int) -> Iterator[str]:
    """Each entry stands under the patients that it names and no others; nothing stands for no entry."""
    there = AuditPatient.objects.of_clinic(clinic_id).filter(entry__gt=above)
    for row in there.exclude(entry__in=AuditEntry.objects.of_clinic(clinic_id).values("pk")).order_by("pk"):
        yield f"Entry {row.entry_id} is missing, or another clinic's; it stands under a patient still."
    rows = AuditEntry.objects.of_clinic(clinic_id).order_by("pk")
    while entries := list(rows.filter(pk__gt=above)[:_AT_ONCE]):
        above = entries[-1].pk
        said = {(e.pk, one, e.clinic_id, e.at) for e in entries for one in e.patients.split()}
        found = AuditPatient.objects.filter(entry__in=[entry.pk for entry in entries])
        wrong = said ^ {(row.entry_id, row.patient.hex, row.clinic_id, row.at) for row in found}
        for pk in sorted({row[0] for row in wrong}):
            yield f"Entry {pk} does not stand under the patients that it names."


def _matches(detail: AuditDetail, digest: str) -> bool:
    try:
        return digest_of(salt=detail.salt, values=detail.values) == digest
    except ValueError:
        # A salt that is no hexadecimal number any more.
        return False


def orphans() -> list[str]:
    """A sentence for each clinic that is gone while its trail is there: nobody would walk it any more."""
    known = set(Clinic.objects.values_list("pk", flat=True))
    left: set[int] = set()
    for kind in (Seal, AuditCut):
        left |= set(kind.objects.order_by().values_list("clinic_id", flat=True).distinct()) - known
    return [f"The clinic with the number {one} is missing; its trail is still there." for one in sorted(left)]
