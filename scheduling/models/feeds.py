"""Calendars that phones subscribe to."""

from django.db import models
from django.db.models import F, Q

from clinic.models import Audience, ChangeKind, Diary, Patient, Resource, Site, User
from clinic.models.changes import Changeable
from clinic.models.tenant import TenantRow
from clinic.sentences import sentence as _
from scheduling.models.sessions import Session


class FeedDetail(models.TextChoices):
    """How much of a session a feed tells."""

    BUSY = "busy", _("Busy")
    INITIALS = "initials", _("Initials")
    NAMES = "names", _("Names")


class Feed(Changeable):
    """A secret address of sessions: one diary's, one site's, or the clinic's. Only its digest is kept."""

    care_path = None
    change_kind = ChangeKind.FEED

    label = models.CharField(max_length=100)
    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, null=True, blank=True, related_name="feeds")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    detail = models.CharField(max_length=10, choices=FeedDetail, default=FeedDetail.INITIALS)
    token_digest = models.CharField(max_length=64, unique=True)
    opened_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To within some minutes.")
    last_program = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="What it said it was, whoever asked then.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="feed_shows_a_diary_or_a_site",
                condition=Q(diary__isnull=True) | Q(site__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def audience(self) -> Audience:
        """Whoever the diary is of is asked for."""
        if self.site_id is not None:
            return Audience(sites=(self.site_id,))
        if self.diary is None:
            return Audience()
        whose: Patient | Resource = getattr(self.diary, "patient", None) or self.diary.resource
        return whose.audience


class LeftDiary(TenantRow):
    """A session as it stood in a diary that it left: the feed of the diary says so for some weeks.

    Nothing in it tells more of the patient than the session does, with which it goes; retention takes it
    after those weeks.
    """

    diary = models.ForeignKey(Diary, on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    sequence = models.PositiveIntegerField(help_text="The session's, as it left.")
    left_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="left_diary_starts_before_it_ends", condition=Q(starts_at__lt=F("ends_at"))
            )
        ]
        indexes = [
            models.Index(name="left_diary_by_diary", fields=["diary", "left_at"]),
            models.Index(name="left_diary_by_age", fields=["clinic", "left_at"]),
        ]

    def __str__(self) -> str:
        return f"Left at {self.left_at}"
