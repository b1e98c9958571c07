"""The catalogue: session types with their stages and needs, protocols with their steps.

Session types and protocols are versioned: a used one is frozen, a change makes the next version.
"""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact

from clinic.models import ChangeKind, ResourceKind, Skill
from clinic.models.changes import Logged
from clinic.models.tenant import Row, TenantQuerySet, TenantRow
from clinic.sentences import sentence as _
from clinic.time.cells import CELL_MINUTES
from treatments.regions import USUAL_REGION


class VersionedQuerySet(TenantQuerySet[Row]):
    """Rows of which one version a key is current."""

    def current(self) -> Self:
        return self.filter(is_current=True)


class Versioned(Logged):
    """One version of a thing of the catalogue: in the log too, where a version may be told of again."""

    key = models.SlugField()
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=150)
    is_current = models.BooleanField(default=True)
    frozen_at = models.DateTimeField(null=True, blank=True, help_text="When it was first used.")
    defaults = models.JSONField(
        default=list, blank=True, help_text="What of this is our default and not the clinic's own page."
    )
    content_digest = models.CharField(max_length=64, editable=False)

    objects = VersionedQuerySet.as_manager()  # type: ignore[misc]  # the stubs know no narrower manager

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} (version {self.version})"


class RestTable(TenantRow):
    """How many days there are between sessions of different courses; the current version holds for all.

    A line: `days`, what it fits (`either`, `after`, `before`: keys of session types; `same`), and whether it
    is our default and not the clinic's own page.
    """

    version = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    lines = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rest_table_version_once", fields=["clinic", "version"]),
            models.UniqueConstraint(
                name="rest_table_one_current", fields=["clinic"], condition=Q(is_current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"Rest between courses (version {self.version})"


class SessionType(Versioned):
    """What happens in one session. Minute 0 is the patient's arrival."""

    care_path = None
    change_kind = ChangeKind.SESSION_TYPE

    patient_minutes = models.PositiveSmallIntegerField(help_text="How long the patient stays.")
    region = models.SlugField(
        default=USUAL_REGION,
        db_default=USUAL_REGION,
        help_text="Where on the body: sessions of other courses there keep their rest.",
    )
    preparation_text = models.TextField(blank=True, help_text="What a patient reads before the session.")
    sends_preparation = models.BooleanField(default=False)
    aftercare_text = models.TextField(blank=True, help_text="What a patient reads after the session.")
    sends_aftercare = models.BooleanField(default=False)
    record_fields = models.JSONField(
        default=list, blank=True, help_text="What is recorded when it is done: key, label, must it be."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="session_type_version_once", fields=["clinic", "key", "version"]),
            models.UniqueConstraint(
                name="session_type_one_current", fields=["clinic", "key"], condition=Q(is_current=True)
            ),
            models.CheckConstraint(
                name="session_type_minutes_are_cells",
                condition=Q(Exact(Mod(F("patient_minutes"), CELL_MINUTES), 0), patient_minutes__gt=0),
            ),
        ]


class Stage(TenantRow):
    """A piece of a session. It may start before the patient comes, or end after they leave."""

    session_type = models.ForeignKey(SessionType, on_delete=models.CASCADE, related_name="stages")
    key = models.SlugField()
    name = models.CharField(max_length=100)
    starts_minute = models.SmallIntegerField()
    ends_minute = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="stage_key_once_a_type", fields=["session_type", "key"]),
            models.CheckConstraint(
                name="stage_starts_before_it_ends", condition=Q(starts_minute__lt=F("ends_minute"))
            ),
            models.CheckConstraint(
                name="stage_minutes_are_cells",
                condition=Exact(Mod(F("starts_minute"), CELL_MINUTES), 0)
                & Exact(Mod(F("ends_minute"), CELL_MINUTES), 0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, minutes {self.starts_minute}–{self.ends_minute}"


class Need(TenantRow):
    """A role to fill in a stage. The same role in two stages is the same resource."""

    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="needs")
    role = models.SlugField()
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=ResourceKind)

    class Meta:
        constraints = [models.UniqueConstraint(name="need_role_once_a_stage", fields=["stage", "role"])]

    def __str__(self) -> str:
        return self.role


class Protocol(Versioned):
    """A course as the clinic gives it: its steps, and between how many sessions the doctor may choose."""

    care_path = None
    change_kind = ChangeKind.PROTOCOL

    description = models.TextField(blank=True)
    min_sessions = models.PositiveSmallIntegerField()
    max_sessions = models.PositiveSmallIntegerField()
    asks_harvest_site = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="protocol_version_once", fields=["clinic", "key", "version"]),
            models.UniqueConstraint(
                name="protocol_one_current", fields=["clinic", "key"], condition=Q(is_current=True)
            ),
            models.CheckConstraint(
                name="protocol_sessions_min_to_max",
                condition=Q(min_sessions__gte=1, max_sessions__gte=F("min_sessions")),
            ),
        ]


class StepKind(models.TextChoices):
    TREATMENT = "treatment", _("Treatment")
    REVIEW = "review", _("Review")


class StepBooking(models.TextChoices):
    WITH_COURSE = "with_course", _("With the course")
    WHEN_DUE = "when_due", _("When due")


class Anchor(models.TextChoices):
    START = "start", _("The start of the course")
    PREVIOUS = "previous", _("The session before")
    FIRST = "first", _("The first session")
    LAST = "last", _("The last session")


class Step(TenantRow):
    """The rule of one or more sessions of a course: when, counted from what, and how exactly.

    Target = anchor + interval; the window opens `earlier` before it and closes `later` after it,
    in months and days. A step that repeats stands for as many sessions as the prescription asks.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=StepKind, default=StepKind.TREATMENT)
    booking = models.CharField(max_length=12, choices=StepBooking, default=StepBooking.WITH_COURSE)
    session_type = models.ForeignKey(SessionType, on_delete=models.PROTECT, related_name="+")
    anchor = models.CharField(max_length=10, choices=Anchor, default=Anchor.PREVIOUS)
    repeats = models.BooleanField(default=False)
    interval_months = models.PositiveSmallIntegerField(default=0)
    interval_days = models.PositiveSmallIntegerField(default=0)
    earlier_months = models.PositiveSmallIntegerField(default=0)
    earlier_days = models.PositiveSmallIntegerField(default=0)
    later_months = models.PositiveSmallIntegerField(default=0)
    later_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="step_position_once_a_protocol", fields=["protocol", "position"])
        ]

    def __str__(self) -> str:
        return f"Step {self.position}, {self.kind}"
