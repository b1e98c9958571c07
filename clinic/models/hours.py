"""Opening hours of sites, working hours and leave of resources."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from clinic.models.changes import Audience, Changeable, ChangeKind
from clinic.models.places import Resource, Site
from clinic.sentences import sentence as _


class HoursRow(Changeable):
    """Hours of a site, or of one resource at a site.

    A span whose end is not after its beginning runs into the next day; 00:00 to 00:00 is the whole day.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def audience(self) -> Audience:
        return Audience(() if self.resource is None else (self.resource.diary_id,), (self.site_id,))


class WeeklyHours(HoursRow):
    """One span on one weekday, every n weeks from the week of `counted_from`; empty: of `valid_from`."""

    change_kind = ChangeKind.WEEKLY_HOURS

    weekday = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(7)])
    opens = models.TimeField()
    closes = models.TimeField()
    every_weeks = models.PositiveSmallIntegerField(default=1)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    counted_from = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="weekly_hours_weekday_is_1_to_7", condition=Q(weekday__range=(1, 7))),
            models.CheckConstraint(name="weekly_hours_every_week_or_more", condition=Q(every_weeks__gte=1)),
            models.CheckConstraint(
                name="weekly_hours_valid_from_before_until",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"Weekday {self.weekday}, {self.opens:%H:%M}–{self.closes:%H:%M}"


class DayHours(HoursRow):
    """Replaces the hours of one date, also on a public holiday; without times, closed that day."""

    change_kind = ChangeKind.DAY_HOURS

    on = models.DateField()
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="day_hours_both_times_or_none",
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False),
            )
        ]
        indexes = [models.Index(name="day_hours_by_site_and_date", fields=["site", "on"])]

    def __str__(self) -> str:
        return f"{self.on}"


class Closure(Changeable):
    """A site is shut for a stretch of time."""

    care_path = None
    change_kind = ChangeKind.CLOSURE

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="closures")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="closure_starts_before_it_ends", condition=Q(starts_at__lt=F("ends_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.site_id} shut from {self.starts_at}"

    @property
    def audience(self) -> Audience:
        return Audience(sites=(self.site_id,))


class LeaveState(models.TextChoices):
    ASKED = "asked", _("Asked")
    GRANTED = "granted", _("Granted")


class LeaveKind(models.TextChoices):
    AWAY = "away", _("Away")
    KEPT_FREE = "kept_free", _("Kept free")


class Leave(Changeable):
    """A resource is away or broken, or kept free; without an end, until further notice.

    Only granted leave closes time.
    """

    care_path = None
    change_kind = ChangeKind.LEAVE

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="leaves")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(
        max_length=10, choices=LeaveKind, default=LeaveKind.AWAY, db_default=LeaveKind.AWAY
    )
    state = models.CharField(max_length=8, choices=LeaveState, default=LeaveState.GRANTED)
    source = models.CharField(max_length=50, default="desk")
    external_id = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="leave_starts_before_it_ends",
                condition=Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
            ),
            models.UniqueConstraint(
                name="leave_external_id_once_a_source",
                fields=["clinic", "source", "external_id"],
                condition=~Q(external_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} away from {self.starts_at}"

    @property
    def audience(self) -> Audience:
        return self.resource.audience


class BusyTime(Changeable):
    """A resource is busy elsewhere, as another system says that calls it `external_id`."""

    care_path = None
    change_kind = ChangeKind.BUSY_TIME

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="busy_times")
    external_id = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="busy_time_starts_before_it_ends", condition=Q(starts_at__lt=F("ends_at"))
            ),
            models.UniqueConstraint(
                name="busy_time_external_id_once_a_resource", fields=["resource", "external_id"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} busy from {self.starts_at}"

    @property
    def audience(self) -> Audience:
        return self.resource.audience
