"""Time kept for a while."""

from django.db import models

from clinic.models.tenant import PublicRow
from treatments.models import Plan


class Hold(PublicRow):
    """A proposal kept until an instant; its sessions and claims hang on it."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    held_by = models.CharField(max_length=60, help_text="The actor, as text.")
    reason = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                name="hold_standing_by_expiry",
                fields=["expires_at"],
                condition=models.Q(released_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"Hold until {self.expires_at}"
