"""Keys for REST clients, and the answers they were given."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from clinic.models.people import User
from clinic.models.tenant import PublicRow, TenantRow


class AccessKey(PublicRow):
    """A REST client's key. Only the digest is kept; the prefix is for recognition."""

    label = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key, hexadecimal.")
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.label} ({self.prefix}…)"

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class IdempotentReply(TenantRow):
    """The answer to a POST that carried an Idempotency-Key, written in the act's own transaction."""

    asked_by = models.CharField(max_length=60, help_text="The actor, as text.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="idempotency_key_once_an_actor", fields=["clinic", "asked_by", "key"]
            ),
            models.CheckConstraint(name="idempotency_key_is_not_blank", condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return self.key
