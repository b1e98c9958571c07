"""Telling the audit trail who is about to see which patients, before the page or answer goes out."""

from collections.abc import Iterable
from uuid import UUID

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import Actor
from clinic.models.tenant import PublicRow
from clinic.web.clock import now


def saw(deed: AuditAction, patients: Iterable[UUID], *, by: Actor, about: PublicRow | None = None) -> None:
    """One INSERT in a transaction of its own: what cannot be told of is not shown."""
    record_audit(AuditRecord(deed, about=about, patients=patients), by=by, now=now())
