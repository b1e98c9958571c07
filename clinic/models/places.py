"""The clinic, where it works, and who and what it works with."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from clinic.models.changes import Audience, Changeable, ChangeableQuerySet, ChangeKind
from clinic.models.tenant import Row, TenantRow
from clinic.sentences import sentence as _
from clinic.time.wall_clock import is_zone


class Clinic(models.Model):
    """The tenant: everything belongs to one."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    language = models.CharField(max_length=10, default="en")
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    web = models.URLField(blank=True, default="", db_default="")
    start_grid_minutes = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(5), MaxValueValidator(30)]
    )
    search_prices = models.JSONField(
        default=dict, blank=True, help_text="What a search minds, in tenths of a day off target."
    )
    hold_minutes = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    notice_hours = models.PositiveSmallIntegerField(
        default=24, help_text="Cancelling or moving later than this before a session is late."
    )
    patient_moves = models.PositiveSmallIntegerField(
        default=2, help_text="How often a patient may move one session."
    )
    missed_after_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="How long after its start the desk is asked whether a session was missed."
    )
    desk_window_days = models.PositiveSmallIntegerField(
        default=3, help_text="How far outside its window the desk may put a session, with a reason."
    )
    offer_minutes = models.PositiveSmallIntegerField(
        default=120, help_text="How long one who waits has to answer an offer."
    )
    phone_offer_minutes = models.PositiveSmallIntegerField(
        default=120, help_text="How long an offer waits to be told by phone where no mail brings it."
    )
    undo_seconds = models.PositiveSmallIntegerField(
        default=180, help_text="How long what the desk did waits before others hear of it."
    )
    reminder_days_before = models.PositiveSmallIntegerField(default=2)
    reminder_time = models.TimeField(default=time(10))
    reminder_hours_before = models.PositiveSmallIntegerField(default=3)
    quiet_from = models.TimeField(default=time(21))
    quiet_until = models.TimeField(default=time(8))
    phones_reminders = models.BooleanField(
        default=False, help_text="Whether who has no e-mail address is reminded by phone."
    )
    takes_words = models.BooleanField(
        default=True, help_text="Whether reception sets rules aside on the word of a practitioner or owner."
    )
    names_treatments = models.BooleanField(
        default=False, help_text="Whether mails and feeds may name the treatment."
    )
    demands_second_factor = models.BooleanField(
        default=True, help_text="Whether staff sign in with more than a password."
    )
    idle_lock_minutes = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    keep_audit_details_days = models.PositiveIntegerField(default=730)
    keep_audit_days = models.PositiveIntegerField(default=3650)
    keep_messages_days = models.PositiveIntegerField(default=365)
    keep_patients_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Days after the last session until a patient is erased; empty: never.",
    )
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="clinic_start_grid_is_5_to_30_minutes",
                condition=Q(start_grid_minutes__in=[5, 10, 15, 20, 30]),
            )
        ]

    def __str__(self) -> str:
        return self.name


class LastingQuerySet(ChangeableQuerySet[Row]):
    """Places and resources, some of which are given up."""

    def not_retired(self, now: datetime) -> Self:
        """Those whose last day is not over on every clock on earth; those that are to come too."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=(now - timedelta(hours=12)).date())
        )


class Lasting(Changeable):
    """A site or a resource that the clinic works with from a day to another, both included.

    Without a first day since ever, without a last one until further notice.
    """

    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    # Of the release before, which works beside this one while a host is updated. It goes with the next.
    is_active = models.BooleanField(default=True, db_default=True, editable=False)

    objects = LastingQuerySet.as_manager()  # type: ignore[misc]  # the stubs know no narrower manager

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_valid_from_before_until",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
            )
        ]

    def is_valid_on(self, on: date) -> bool:
        begins, ends = self.valid_from, self.valid_until
        return (begins is None or begins <= on) and (ends is None or on <= ends)

    def is_retired(self, now: datetime) -> bool:
        """As `LastingQuerySet.not_retired` has it."""
        return self.valid_until is not None and self.valid_until < (now - timedelta(hours=12)).date()


class Site(Lasting):
    """A place with an address, a time zone and opening hours."""

    care_path = None
    change_kind = ChangeKind.SITE

    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True)
    zone = models.CharField(max_length=64)
    country = models.CharField(
        max_length=2, blank=True, help_text="ISO 3166-1; blank for no public holidays."
    )
    subdivision = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            *Lasting.Meta.constraints,
            models.UniqueConstraint(name="site_name_once_a_clinic", fields=["clinic", "name"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audience(self) -> Audience:
        return Audience(sites=(self.pk,))

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def has_known_zone(self) -> bool:
        return is_zone(self.zone)


class SiteHours(TenantRow):
    """The row that writers of hours, leave and closures lock, and that bookings share."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="hours")
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"Hours of {self.site_id}, version {self.version}"


class Skill(Changeable):
    """What a resource can serve for."""

    care_path = None
    change_kind = ChangeKind.SKILL

    key = models.SlugField()
    name = models.CharField(max_length=100)
    changed_at = models.DateTimeField(null=True)  # type: ignore[assignment]  # not all that write it say when

    class Meta:
        constraints = [models.UniqueConstraint(name="skill_key_once_a_clinic", fields=["clinic", "key"])]

    def __str__(self) -> str:
        return self.name


class Diary(TenantRow):
    """The appointment book of one resource or one patient; its time can be held once."""

    def __str__(self) -> str:
        return f"Diary {self.pk}"


class ResourceKind(models.TextChoices):
    PRACTITIONER = "practitioner", _("Practitioner")
    ROOM = "room", _("Room")
    DEVICE = "device", _("Device")


class Resource(Lasting):
    """A practitioner, a room or a device: one at a time.

    A room and a device have one site; a practitioner has none, hours say where. Of several alike each is a
    row, and `group` is what they are called together.
    """

    care_path = None
    change_kind = ChangeKind.RESOURCE

    kind = models.CharField(max_length=12, choices=ResourceKind)
    name = models.CharField(max_length=100)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="resources")
    diary = models.OneToOneField(Diary, on_delete=models.PROTECT, related_name="resource")
    skills = models.ManyToManyField(Skill, through="ResourceSkill", related_name="resources")
    group = models.CharField(max_length=100, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            *Lasting.Meta.constraints,
            models.UniqueConstraint(name="resource_name_once_a_clinic", fields=["clinic", "name"]),
            models.CheckConstraint(
                name="resource_practitioner_has_no_site_others_one",
                condition=Q(kind="practitioner", site__isnull=True)
                | (~Q(kind="practitioner") & Q(site__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audience(self) -> Audience:
        return Audience((self.diary_id,), () if self.site_id is None else (self.site_id,))


class ResourceSkill(TenantRow):
    """One resource can serve for one skill."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="resource_skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="resource_has_a_skill_once", fields=["resource", "skill"])
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} serves for {self.skill_id}"
