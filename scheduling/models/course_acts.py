"""Acts that can be taken back, each with what stood before it."""

from datetime import datetime
from typing import Self

from django.db import models

from clinic.identity.actors import Actor
from clinic.models import Patient
from clinic.models.tenant import PublicRow, TenantQuerySet
from clinic.sentences import sentence as _
from scheduling.models.sessions import Session
from treatments.models import Plan


class CourseActKind(models.TextChoices):
    BOOKED = "booked", _("Booked")
    MOVED = "moved", _("Moved")
    CANCELLED = "cancelled", _("Cancelled")
    LEAVE = "leave", _("Leave")
    ATTENDED = "attended", _("Attendance")


def text_of(actor: Actor) -> str:
    """An actor as their acts name them."""
    return str(actor)[:100]


class CourseActQuerySet(TenantQuerySet["CourseAct"]):
    def by(self, actor: Actor) -> Self:
        return self.filter(by=text_of(actor))

    def open(self, now: datetime) -> Self:
        """Those that nobody undid, as long as somebody may; the latest first."""
        return self.filter(undone_at__isnull=True, undo_until__gt=now).order_by("-pk")


class CourseAct(PublicRow):
    """One act, and what it takes to put back exactly what was. It goes soon after that is possible no more.

    An act on one course names its patient, and its plan or the session that it is about; leave names none.
    `before` is what `scheduling.courses.kept` makes of it. What has a higher number in the change log than
    `after_change` came later than the act, or is its own.
    """

    care_path = "patient__care"

    kind = models.CharField(max_length=10, choices=CourseActKind)
    by = models.CharField(max_length=100, help_text="The actor, as text.")
    at = models.DateTimeField()
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, null=True, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, null=True, related_name="+")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, null=True, related_name="+")
    before = models.JSONField(default=dict)
    after_change = models.BigIntegerField()
    goes_out_at = models.DateTimeField(help_text="From then on others may hear of it.")
    undo_until = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = CourseActQuerySet.as_manager()  # type: ignore[misc]  # the stubs know no narrower manager

    class Meta:
        verbose_name = "act"
        indexes = [models.Index(name="course_act_by_clinic_and_time", fields=["clinic", "at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.at}"
