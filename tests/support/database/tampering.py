"""What an intruder does who owns the database: the refusals are lifted first."""

from datetime import timedelta

from django.db import connection

from clinic.audit_trail.cuts import cut_id
from clinic.audit_trail.retention import retain_records
from clinic.audit_trail.seals import seal
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import task_actor
from clinic.models import AuditCut, AuditEntry, AuditPatient, Seal
from tests.support.database.old_trail import LONG_AGO

# How long the clinic keeps its trail, and when retention cut what was sealed long ago.
DAYS = 400
CUT = LONG_AGO + timedelta(DAYS + 1)


def tamper(statement: str, *given) -> None:
    """As an intruder would who owns the database: lift the triggers, change the row."""
    with connection.cursor() as cursor:
        for kind in (AuditEntry, AuditPatient, Seal, AuditCut):
            for trigger in triggers_of(kind):
                on = f" ON {kind._meta.db_table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER {trigger}{on}")
        cursor.execute(statement, given)


def triggers_of(kind) -> list[str]:
    asks = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass",
    }
    with connection.cursor() as cursor:
        cursor.execute(asks[connection.vendor], [kind._meta.db_table])
        return [name for (name,) in cursor.fetchall()]


def seal_of(clinic, number: int) -> Seal:
    return Seal.objects.of_clinic(clinic.pk).get(number=number)


def let_go(clinic, *, now):
    by = task_actor(clinic_id=clinic.pk, label="retain")
    list(retain_records(clinic=clinic, is_applied=True, by=by, now=now))


def a_cut_past_the_database(clinic, **said) -> None:
    """What an owner of the database writes once the triggers are lifted; `said` is not as retention says."""
    last = seal_of(clinic, 3)
    cut = AuditCut(
        clinic=clinic,
        seal_number=3,
        digest=last.digest,
        highest_entry=last.highest_entry,
        sealed_at=LONG_AGO,
        kept_days=DAYS,
        cut_at=CUT,
    )
    for name in ("sealed_at", "kept_days", "cut_at"):
        if name in said:
            setattr(cut, name, said.pop(name))
    cut.uuid = cut_id(cut, clinic)
    by = task_actor(clinic_id=clinic.pk, label="retain")
    noted = record_audit(AuditRecord(AuditAction.CUT_TRAIL, about=cut), by=by, now=CUT)
    cut.deed = AuditEntry.objects.get(uuid=noted.uuid).pk
    seal(clinic_id=clinic.pk, now=CUT)
    cut.deed_seal = 4
    for name, value in said.items():
        setattr(cut, name, value)
    tamper("SELECT 1")
    cut.save(force_insert=True)
    tamper("DELETE FROM clinic_auditdetail WHERE clinic_id = %s", clinic.pk)
    tamper("DELETE FROM clinic_auditentry WHERE id <= %s AND clinic_id = %s", last.highest_entry, clinic.pk)
    tamper("DELETE FROM clinic_seal WHERE number <= 3 AND clinic_id = %s", clinic.pk)
