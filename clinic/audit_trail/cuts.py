"""Cutting the chain of seals where retention lets go of its beginning, and judging cuts that are there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from clinic.audit_trail.seals import instant, seal
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import Actor
from clinic.models import AuditCut, AuditEntry, Clinic, Seal
from clinic.models.lawful_cut import CUT_KIND, FEWEST_DAYS

KEPT = "keep_audit_days"


@dataclass(frozen=True, slots=True)
class Judged:
    """A cut as verification sees it: a lawful one has no fault."""

    cut: AuditCut
    fault: str = ""

    @property
    def sentence(self) -> str:
        """Where, when and by which deed it was made, if it is lawful."""
        cut = self.cut
        if cut.sealed_at is None:
            return f"An older release {cut_there(cut)}; a later cut covers it."
        return (
            f"Retention {cut_there(cut)}, sealed {cut.sealed_at:%d %B %Y}: "
            f"{cut.kept_days} days are kept. Its deed is entry {cut.deed} of seal {cut.deed_seal}."
        )


def days_kept(clinic: Clinic) -> int:
    """How long the clinic's trail stays at the least."""
    return max(clinic.keep_audit_days, FEWEST_DAYS)


def cut_after(*, last: Seal, clinic: Clinic, by: Actor, now: datetime) -> AuditCut:
    """Let go of the chain up to and with that seal: the deed first, sealed, then the cut that names it.

    The database refuses a cut (IntegrityError) of what is younger than the clinic keeps.
    """
    if there := AuditCut.objects.of_clinic(clinic.pk).filter(seal_number=last.number).first():
        return there
    cut = AuditCut(
        clinic=clinic,
        seal_number=last.number,
        digest=last.digest,
        highest_entry=last.highest_entry,
        sealed_at=last.sealed_at,
        kept_days=days_kept(clinic),
        cut_at=now,
    )
    cut.uuid = cut_id(cut, clinic)
    told = {"seal_number": cut.seal_number, "kept_days": cut.kept_days}
    noted = record_audit(AuditRecord(AuditAction.CUT_TRAIL, about=cut, after=told), by=by, now=now)
    cut.deed = AuditEntry.objects.of_clinic(clinic.pk).get(uuid=noted.uuid).pk
    while seal(clinic_id=clinic.pk, now=now):
        pass
    seals = Seal.objects.of_clinic(clinic.pk).order_by("-number")
    cut.deed_seal = next(row.number for row in seals.iterator(chunk_size=10) if cut.deed in row.entries)
    cut.save(force_insert=True)
    return cut


def cut_id(cut: AuditCut, clinic: Clinic) -> UUID:
    """What the cut takes and how long was kept, as an id: the deed names it, and the seals hold the deed."""
    assert cut.sealed_at is not None
    said = [
        str(clinic.uuid),
        cut.seal_number,
        cut.digest,
        cut.highest_entry,
        instant(cut.sealed_at),
        cut.kept_days,
    ]
    return UUID(bytes=sha256(json.dumps(said).encode()).digest()[:16], version=5)


def judged_cuts(*, clinic: Clinic, now: datetime) -> list[Judged]:
    """Every cut of the clinic, first to last. What a lawful later one covers would be gone anyway."""
    judged: list[Judged] = []
    is_covered = False
    for cut in AuditCut.objects.of_clinic(clinic.pk).order_by("-seal_number"):
        fault = "" if is_covered else next(_faults(cut, clinic, now), "")
        is_covered = is_covered or not fault
        judged.append(Judged(cut, fault))
    return judged[::-1]


def _faults(cut: AuditCut, clinic: Clinic, now: datetime) -> Iterator[str]:
    named = f"The cut at seal {cut.seal_number} of {cut.cut_at:%d %B %Y} is not retention's"
    if cut.deed is None or cut.deed_seal is None or cut.sealed_at is None or cut.kept_days is None:
        yield f"{named}: the trail does not say that it was made."
        return
    deed = AuditEntry.objects.of_clinic(clinic.pk).filter(pk=cut.deed).first()
    if deed is None or (deed.act, deed.about_kind) != (AuditAction.CUT_TRAIL, CUT_KIND):
        yield f"{named}: entry {cut.deed} is not its deed."
    elif not deed.about == cut.uuid == cut_id(cut, clinic):
        yield f"{named}: entry {cut.deed} tells of another cut."
    holder = Seal.objects.of_clinic(clinic.pk).filter(number=cut.deed_seal).first()
    if holder is None or holder.number <= cut.seal_number or cut.deed not in holder.entries:
        yield f"{named}: its deed is in no seal."
    if cut.cut_at > now:
        yield f"{named}: that day is yet to come."
    kept = max(cut.kept_days, FEWEST_DAYS)
    if cut.sealed_at >= cut.cut_at - timedelta(kept):
        yield f"{named}: what it took was not {kept} days old."
    elif kept < clinic.keep_audit_days and not _was_raised(clinic, cut.deed):
        yield f"{named}: it kept {kept} days, and the clinic keeps {clinic.keep_audit_days}."


def _was_raised(clinic: Clinic, deed: int) -> bool:
    """Whether the clinic has said since that it keeps its trail longer than it did."""
    later = AuditEntry.objects.of_clinic(clinic.pk).filter(pk__gt=deed, act=AuditAction.SET_CLINIC)
    return any(KEPT in fields for fields in later.values_list("fields", flat=True))


def cut_there(cut: AuditCut) -> str:
    """“cut the chain at seal 3 on 12 March 2027”."""
    return f"cut the chain at seal {cut.seal_number} on {cut.cut_at:%d %B %Y}"
