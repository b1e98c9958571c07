"""Heads of the chains, noted outside the database: whoever writes the database cannot take those back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.audit_trail.cuts import cut_there, judged_cuts
from clinic.audit_trail.seals import instant
from clinic.errors import Malformed
from clinic.models import AuditCut, Clinic, Seal
from clinic.sentences import sentence as _


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal of a clinic's chain at the time it was noted."""

    clinic: UUID
    number: int
    digest: str
    sealed_at: datetime

    @property
    def line(self) -> str:
        """As `read_heads` understands it."""
        return f"{self.clinic} {self.number} {self.digest} {instant(self.sealed_at)}"


def head_of(clinic: Clinic) -> Head | None:
    """None where nothing was ever sealed."""
    last = Seal.objects.of_clinic(clinic.pk).order_by("number").last()
    if last is not None:
        return Head(clinic.uuid, last.number, last.digest, last.sealed_at)
    cut = AuditCut.objects.of_clinic(clinic.pk).order_by("seal_number").last()
    if cut is None:
        return None
    return Head(clinic.uuid, cut.seal_number, cut.digest, cut.sealed_at or cut.cut_at)


def read_heads(text: str) -> list[Head]:
    """The heads that `verify_audit --head` has written, whatever else stands behind them in a line.

    Raises Malformed (`malformed_heads`).
    """
    heads = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            clinic, seal, digest, sealed_at = line.split()[:4]
            heads.append(Head(UUID(clinic), int(seal), digest, _aware(sealed_at)))
        except ValueError as problem:
            raise Malformed(
                "malformed_heads",
                _(
                    "Line {number} is no head. Take a file that `manage.py verify_audit --head` wrote.",
                    number=number,
                ),
            ) from problem
    return heads


def breaks_of(*, heads: Iterable[Head], clinic: Clinic, now: datetime) -> Iterator[str]:
    """A sentence for each head of the clinic that the chain of today contradicts."""
    lawful = [judged.cut for judged in judged_cuts(clinic=clinic, now=now) if not judged.fault]
    last = lawful[-1] if lawful else None
    for head in heads:
        if head.clinic != clinic.uuid:
            continue
        noted = f"The head that you noted at seal {head.number}"
        there = Seal.objects.of_clinic(clinic.pk).filter(number=head.number).first()
        if there is not None:
            if (there.digest, there.sealed_at) != (head.digest, head.sealed_at):
                yield f"{noted} is not what stands there: the chain was made anew."
        elif last is None or head.number > last.seal_number:
            yield f"{noted} is not in the chain: seals were taken away."
        elif contradiction := _of_cut(head, last):
            yield f"{noted} {contradiction}"


def _of_cut(head: Head, cut: AuditCut) -> str:
    """Whoever forges a cut can make its seal as old as they like, but not the one that was noted."""
    assert cut.kept_days is not None
    if head.sealed_at >= cut.cut_at - timedelta(cut.kept_days):
        return f"was cut on {cut.cut_at:%d %B %Y}, younger than {cut.kept_days} days."
    if head.number == cut.seal_number and head.digest != cut.digest:
        return "is not the seal at which the chain was cut."
    return ""


def _aware(said: str) -> datetime:
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError("An instant has no zone.")
    return at


@dataclass(frozen=True, slots=True)
class Cuts:
    """What retention's cuts say of a head that was noted earlier and is in the chain no more."""

    is_proven: bool
    sentence: str


def told_by_cuts(*, clinic: Clinic, expected: str) -> Cuts | None:
    """None for a chain that was never cut. A cut keeps the digest of the last seal it took alone."""
    cuts = AuditCut.objects.of_clinic(clinic.pk).order_by("seal_number")
    if there := cuts.filter(digest=expected).first():
        sentence = f"The head that you noted was seal {there.seal_number}. Retention {cut_there(there)}."
        return Cuts(True, sentence)
    if (last := cuts.last()) is None:
        return None
    sentence = (
        f"Retention {cut_there(last)}. A head from before can no longer be found: note a new one. "
        "If you noted yours later, seals were taken away."
    )
    return Cuts(False, sentence)
