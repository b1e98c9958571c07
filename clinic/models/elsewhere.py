"""External ids: names that other systems have for our rows."""

from django.db import models

from clinic.models.tenant import PublicRow, TenantRow
from clinic.sentences import sentence as _


class NamedKind(models.TextChoices):
    PATIENT = "patient", _("Patient")
    PLAN = "plan", _("Plan")
    SESSION = "session", _("Session")
    RESOURCE = "resource", _("Resource")


class ErasedName(TenantRow):
    """A digest of what another system called a patient who was erased."""

    care_path = None

    digest = models.CharField(max_length=64, help_text="HMAC-SHA-256 under the service's secret.")
    erased_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="erased_name_once_a_clinic", fields=["clinic", "digest"])]

    def __str__(self) -> str:
        return f"Erased {self.digest[:8]}"


class ExternalId(PublicRow):
    """The id that a till or a hospital has for one of our rows. One of ours may have many."""

    care_path = None

    system = models.SlugField(max_length=50, help_text="Whose id it is.")
    value = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=NamedKind)
    named = models.UUIDField(help_text="The public id of the row.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="external_id_once_a_system", fields=["clinic", "system", "kind", "value"]
            )
        ]
        indexes = [models.Index(name="external_id_by_row", fields=["clinic", "kind", "named"])]

    def __str__(self) -> str:
        return f"{self.system} {self.value}"
