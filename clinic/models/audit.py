"""The audit trail: who looked, who acted, and the seals that show whether anything is missing."""

import uuid

from django.db import models

from clinic.models.append_only import AppendOnly
from clinic.models.lawful_cut import LawfulCut
from clinic.models.tenant import TenantRow
from clinic.models.trail_index import IndexesPatients


class SealedRow(TenantRow):
    """A row that outlives what it tells of: no foreign key ties it to another table."""

    clinic = models.ForeignKey(
        "clinic.Clinic", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )

    class Meta:
        abstract = True


class AuditEntry(SealedRow):
    """One look or act, in opaque ids. The database refuses to change or drop it.

    `digest` is HMAC-SHA-256 of the detail under the detail's own salt: without the detail it tells nothing.
    """

    care_path = None

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor = models.CharField(max_length=100, help_text="Public id; for a task its name.")
    role = models.CharField(max_length=20, blank=True)
    way = models.CharField(max_length=10, help_text="How it came in.")
    act = models.CharField(max_length=40)
    about_kind = models.CharField(max_length=40, blank=True)
    about = models.UUIDField(null=True)
    patients = models.TextField(blank=True, help_text="Public ids, hexadecimal, apart by spaces.")
    fields = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            AppendOnly(name="audit_entry_stays", cut_by=("id", "clinic_auditcut", "highest_entry")),
            IndexesPatients(name="audit_entry_by_patient"),
        ]
        indexes = [models.Index(name="audit_entry_by_clinic_and_time", fields=["clinic", "at"])]

    def __str__(self) -> str:
        return f"{self.actor_kind}:{self.actor} {self.act}"


class AuditPatient(SealedRow):
    """That an entry names a patient: by it the trail of one patient is found.

    The database writes it with the entry (`IndexesPatients`), and refuses to change or drop it. It says
    nothing that the entry does not, and goes with it.
    """

    care_path = None

    entry = models.ForeignKey(
        AuditEntry,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="of_patients",
    )
    patient = models.UUIDField()
    at = models.DateTimeField(help_text="The entry's.")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="audit_patient_once_an_entry", fields=["entry", "patient"]),
            AppendOnly(name="audit_patient_stays", cut_by=("entry_id", "clinic_auditcut", "highest_entry")),
        ]
        indexes = [
            models.Index(name="audit_patient_by_time", fields=["clinic", "patient", "at", "entry"]),
        ]

    def __str__(self) -> str:
        return f"Entry {self.entry_id} names {self.patient}"


class AuditDetail(TenantRow):
    """What an act changed, before and after. Erasure and retention delete it; the entry stays."""

    entry_uuid = models.UUIDField(unique=True)
    patient_uuid = models.UUIDField(null=True)
    salt = models.CharField(max_length=64, help_text="Random, hexadecimal, of this detail alone.")
    values = models.TextField(help_text="JSON, byte for byte as it was digested.")
    written_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(name="audit_detail_by_patient", fields=["clinic", "patient_uuid"]),
            models.Index(name="audit_detail_by_time", fields=["clinic", "written_at"]),
        ]

    def __str__(self) -> str:
        return f"Detail of {self.entry_uuid}"


class Seal(SealedRow):
    """One link of a clinic's chain: these entries, after that seal."""

    number = models.PositiveIntegerField()
    entries = models.JSONField(help_text="Ids of the entries, ascending.")
    highest_entry = models.BigIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="seal_number_once_a_clinic", fields=["clinic", "number"]),
            AppendOnly(name="seal_stays", cut_by=("number", "clinic_auditcut", "seal_number")),
        ]

    def __str__(self) -> str:
        return f"Seal {self.number}"


class AuditCut(SealedRow):
    """Where retention cut the chain: the last seal it took, kept as the checkpoint that the rest follows.

    `uuid` is made of what it says; its deed, an entry of the trail that names it, was sealed before it.
    Those made by an older release have no deed.
    """

    uuid = models.UUIDField(null=True)
    seal_number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="Of that seal.")
    highest_entry = models.BigIntegerField()
    sealed_at = models.DateTimeField(null=True, help_text="When that seal was made.")
    kept_days = models.PositiveIntegerField(null=True, help_text="How long the clinic kept its trail then.")
    deed = models.BigIntegerField(null=True, help_text="The entry that names this cut.")
    deed_seal = models.PositiveIntegerField(null=True, help_text="The seal that holds the deed.")
    cut_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="audit_cut_once_a_seal", fields=["clinic", "seal_number"]),
            AppendOnly(name="audit_cut_stays"),
            LawfulCut(name="audit_cut_is_lawful"),
        ]

    def __str__(self) -> str:
        return f"Cut after seal {self.seal_number}"


class Erasure(TenantRow):
    """A patient whose data was erased: told again after a backup is restored, so that it happens again."""

    patient_uuid = models.UUIDField()
    erased_by = models.CharField(max_length=100, help_text="The actor, as text.")
    erased_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="erasure_once_a_patient", fields=["clinic", "patient_uuid"])
        ]

    def __str__(self) -> str:
        return f"Erasure of {self.patient_uuid}"
