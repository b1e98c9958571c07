"""Retention of a clinic's own records: audit details, audit entries, recorded replies."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.audit_trail.cuts import cut_after, days_kept
from clinic.identity.actors import Actor
from clinic.models import AuditCut, AuditDetail, AuditEntry, AuditPatient, Clinic, IdempotentReply, Seal
from clinic.models.tenant import TenantQuerySet

KEEP_REPLIES = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Gone:
    """How many rows one rule takes, and the rule as a newcomer reads it.

    `left` are the public ids of those it cannot take until the desk has acted.
    """

    rule: str
    count: int
    left: tuple[UUID, ...] = ()


def retain_records(*, clinic: Clinic, is_applied: bool, by: Actor, now: datetime) -> Iterator[Gone]:
    """What is past its time, one line for each rule; with `is_applied` it goes."""
    details_days = min(clinic.keep_audit_details_days, days_kept(clinic))
    details = AuditDetail.objects.of_clinic(clinic.pk).filter(written_at__lt=now - timedelta(details_days))
    yield _rows_gone(f"audit details older than {details_days} days", details, is_applied)
    yield _entries_gone(clinic, is_applied, by, now)
    replies = IdempotentReply.objects.of_clinic(clinic.pk).filter(created_at__lt=now - KEEP_REPLIES)
    yield _rows_gone("recorded replies older than 48 hours", replies, is_applied)


def _rows_gone(
    rule: str, rows: "TenantQuerySet[AuditDetail] | TenantQuerySet[IdempotentReply]", is_applied: bool
) -> Gone:
    return Gone(rule, rows.delete_in_slices() if is_applied else rows.count())


def _entries_gone(clinic: Clinic, is_applied: bool, by: Actor, now: datetime) -> Gone:
    """Seal by seal. The cut comes first: it lets them go, and the rest of the chain follows it."""
    kept = days_kept(clinic)
    seals = Seal.objects.of_clinic(clinic.pk).order_by("number")
    # All that a seal holds had happened when it was sealed. One that is younger keeps all after it.
    young = seals.filter(sealed_at__gte=now - timedelta(kept)).first()
    old = seals.filter(number__lt=young.number) if young else seals
    last = old.last()
    cut = AuditCut.objects.of_clinic(clinic.pk).order_by("seal_number").last()
    # Also what a run that was interrupted left behind its cut.
    until = max(last.number if last else 0, cut.seal_number if cut else 0)
    going = seals.filter(number__lte=until)
    if is_applied and last is not None:
        cut_after(last=last, clinic=clinic, by=by, now=now)
    count = 0
    for pk, ids in list(going.values_list("pk", "entries")) if until else []:
        count += _seal_gone(pk, ids) if is_applied else len(ids)
    return Gone(f"audit entries sealed more than {kept} days ago", count)


def _seal_gone(pk: int, ids: list[int]) -> int:
    """The seal goes last, so that a run that is interrupted finds again what it left."""
    AuditPatient.objects.filter(entry__in=ids).delete_in_slices()
    count = AuditEntry.objects.filter(pk__in=ids).delete_in_slices()
    Seal.objects.filter(pk=pk).delete()
    return count
