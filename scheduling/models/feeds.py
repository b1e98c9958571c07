"""Calendars that phones subscribe to."""

from django.db import models

from clinic.models import Diary, User
from clinic.models.tenant import PublicRow


class FeedDetail(models.TextChoices):
    """How much of a session a feed tells."""

    BUSY = "busy", "Busy"
    INITIALS = "initials", "Initials"
    NAMES = "names", "Names"


class Feed(PublicRow):
    """A secret address of one diary's sessions, or the whole clinic's. Only its digest is kept."""

    care_path = None

    label = models.CharField(max_length=100)
    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds")
    detail = models.CharField(max_length=10, choices=FeedDetail, default=FeedDetail.INITIALS)
    token_digest = models.CharField(max_length=64, unique=True)
    opened_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label
