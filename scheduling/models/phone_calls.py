"""Calls by phone: who tried to tell a patient what no mail brought, when, and what came of it."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from clinic.models import Patient
from clinic.models.tenant import TenantRow
from clinic.sentences import sentence as _

# Whoever still says that they are calling after that has forgotten to say what came of it.
LONGEST_CALL = timedelta(minutes=15)


class PhoneOutcome(models.TextChoices):
    UNDER_WAY = "under_way", _("Calling")
    NOT_REACHED = "not_reached", _("Not reached")
    LEFT_MESSAGE = "left_message", _("Left a message")
    REACHED = "reached", _("Reached")


# They are to be told still.
UNREACHED = (PhoneOutcome.NOT_REACHED, PhoneOutcome.LEFT_MESSAGE)


class PhoneCall(TenantRow):
    """One try. Of a patient one at most is under way: the database allows no second."""

    care_path = "patient__care"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="phone_calls")
    by = models.CharField(max_length=100, help_text="The actor, as text.")
    by_name = models.CharField(max_length=150)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=PhoneOutcome, default=PhoneOutcome.UNDER_WAY)
    again_at = models.DateTimeField(null=True, blank=True, help_text="Not to be tried before.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="phone_call_one_under_way", fields=["patient"], condition=Q(outcome="under_way")
            ),
            models.CheckConstraint(
                name="phone_call_ends_with_an_outcome",
                condition=Q(outcome="under_way", ended_at__isnull=True)
                | (~Q(outcome="under_way") & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} calls patient {self.patient_id}: {self.outcome}"

    def is_under_way(self, now: datetime) -> bool:
        return self.outcome == PhoneOutcome.UNDER_WAY and self.began_at > now - LONGEST_CALL
