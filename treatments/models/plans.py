"""A protocol prescribed to a patient."""

from django.db import models
from django.db.models import Q

from clinic.models import AccessKey, Audience, ChangeKind, Patient, Resource, User
from clinic.models.changes import Changeable
from clinic.models.tenant import PublicRow
from clinic.sentences import sentence as _
from treatments.models.catalogue import Protocol


class PlanState(models.TextChoices):
    ACTIVE = "active", _("Active")
    AWAITING_REVIEW = "awaiting_review", _("Awaiting review")
    PAUSED = "paused", _("Paused")
    COMPLETED = "completed", _("Completed")
    STOPPED = "stopped", _("Stopped")


class HarvestSite(models.TextChoices):
    """Where fat is taken from, as the clinic's own page lists it."""

    ABDOMEN = "abdomen", _("Abdomen")
    OUTER_THIGH = "outer_thigh", _("Outer thigh")
    INNER_THIGH = "inner_thigh", _("Inner thigh")
    WAIST = "waist", _("Waist")
    INNER_KNEE = "inner_knee", _("Inner knee")


class Plan(PublicRow):
    """A prescription. With its sessions it is a course; `version` grows with any write to either."""

    care_path = "patient__care"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="plans")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="plans")
    prescribed_by = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    entered_with = models.ForeignKey(
        AccessKey, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    prescribed_on = models.DateField()
    session_count = models.PositiveSmallIntegerField()
    interval_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Between treatments, in place of what the protocol's steps say."
    )
    paused_until = models.DateField(null=True, blank=True)
    indication = models.CharField(max_length=200, blank=True)
    wishes = models.JSONField(default=dict, blank=True)
    region = models.SlugField(
        blank=True,
        default="",
        db_default="",
        help_text="Where on the body, if not where its session types say.",
    )
    harvest_site = models.CharField(max_length=12, choices=HarvestSite, blank=True)
    state = models.CharField(max_length=16, choices=PlanState, default=PlanState.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    waived = models.JSONField(default=list, blank=True, help_text="Rules waived: code, reason, by whom.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="plan_has_a_session", condition=Q(session_count__gte=1))]

    def __str__(self) -> str:
        return f"Plan {self.uuid}"


class ConcernTopic(models.TextChoices):
    MEDICINES = "medicines", _("Medicines")
    PREGNANCY = "pregnancy", _("Pregnancy")
    INFECTION = "infection", _("Infection")
    OTHER = "other", _("Something else")


class Concern(Changeable):
    """A question of the clinic was answered in a way that a practitioner must look at.

    The desk sees that there is one; what was answered is for practitioners.
    """

    care_path = "plan__patient__care"
    change_kind = ChangeKind.CONCERN

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="concerns")
    topic = models.CharField(max_length=12, choices=ConcernTopic)
    answer = models.TextField(blank=True)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.CharField(max_length=100, blank=True)
    finding = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Concern {self.uuid}"

    @property
    def audience(self) -> Audience:
        return self.plan.patient.audience
