"""Time that was given back."""

from django.db import models
from django.db.models import F, Q

from clinic.models import Site
from clinic.models.tenant import TenantRow
from scheduling.models.course_acts import CourseAct


class FreedTime(TenantRow):
    """Hours at a site that an act gave back; a tick offers them to who waits, and the row goes."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    act = models.ForeignKey(
        CourseAct, on_delete=models.SET_NULL, null=True, related_name="freed", help_text="It gave them back."
    )
    due_at = models.DateTimeField(help_text="When it is offered; later while a tick works on it.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="freed_time_starts_before_it_ends", condition=Q(starts_at__lt=F("ends_at"))
            )
        ]
        indexes = [models.Index(name="freed_time_by_due", fields=["due_at"])]

    def __str__(self) -> str:
        return f"Free from {self.starts_at} to {self.ends_at}"
