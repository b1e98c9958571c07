"""Keys for REST clients and the answers they were given; invitations; devices and PINs of a shared desk."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from clinic.models.people import ROLE_CHOICES, User
from clinic.models.places import Resource
from clinic.models.tenant import PublicRow, TenantRow


class AccessKey(PublicRow):
    """A REST client's key. Only the digest is kept; the prefix is for recognition."""

    care_path = None

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


class Invitation(PublicRow):
    """A mail that lets one person make an account and be something in the clinic, once."""

    care_path = None

    email = models.EmailField()
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)
    practitioner = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the link's token.")
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at


class TrustedDevice(PublicRow):
    """A browser at a shared desk, known by a cookie of which only the digest is kept."""

    care_path = None

    label = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the cookie's secret.")
    trusted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    trusted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label

    def is_trusted(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class DeskPin(TenantRow):
    """A person's PIN on one trusted device, set there after a full sign-in."""

    device = models.ForeignKey(TrustedDevice, on_delete=models.CASCADE, related_name="pins")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    pin = models.CharField(max_length=128, help_text="As a password: hashed with argon2id.")
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="desk_pin_once_a_device", fields=["device", "user"])]

    def __str__(self) -> str:
        return f"PIN of {self.user_id} on {self.device_id}"
