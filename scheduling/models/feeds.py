"""Calendars that phones subscribe to."""

from django.db import models

from clinic.models import Audience, ChangeKind, Diary, Patient, Resource, User
from clinic.models.changes import Changeable
from clinic.sentences import sentence as _


class FeedDetail(models.TextChoices):
    """How much of a session a feed tells."""

    BUSY = "busy", _("Busy")
    INITIALS = "initials", _("Initials")
    NAMES = "names", _("Names")


class Feed(Changeable):
    """A secret address of one diary's sessions, or the whole clinic's. Only its digest is kept."""

    care_path = None
    change_kind = ChangeKind.FEED

    label = models.CharField(max_length=100)
    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds")
    detail = models.CharField(max_length=10, choices=FeedDetail, default=FeedDetail.INITIALS)
    token_digest = models.CharField(max_length=64, unique=True)
    opened_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label

    @property
    def audience(self) -> Audience:
        """Whoever the diary is of is asked for."""
        if self.diary is None:
            return Audience()
        whose: Patient | Resource = getattr(self.diary, "patient", None) or self.diary.resource
        return whose.audience
