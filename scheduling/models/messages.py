"""Mail to send: the only queue."""

from django.db import models
from django.db.models import Q

from clinic.models import Audience, ChangeKind, Patient
from clinic.models.changes import Changeable
from scheduling.models.sessions import Session
from treatments.models import Plan


class MessageKind(models.TextChoices):
    REMINDER = "reminder", "Reminder"
    MOVED = "moved", "Sessions moved"
    CANCELLED = "cancelled", "Sessions cancelled"
    OFFER = "offer", "An earlier time on offer"


class MessageState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    VOID = "void", "Not needed any more"
    TOO_LATE = "too_late", "Too late to be useful"
    FAILED = "failed", "Could not be sent"
    TOLD = "told", "Told by the desk"


class Message(Changeable):
    """One mail to one patient. `key` says what it is about: the same thing is never said twice."""

    care_path = "patient__care"
    change_kind = ChangeKind.MESSAGE

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="messages")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(max_length=20, choices=MessageKind)
    key = models.CharField(max_length=120, unique=True)
    about = models.JSONField(
        default=dict, blank=True, help_text="What it tells, where that is no one session."
    )
    due_at = models.DateTimeField()
    useful_until = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.WAITING)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_problem = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(null=True)  # type: ignore[assignment]  # not all that write it say when

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="message_sent_has_an_instant", condition=~Q(state="sent") | Q(sent_at__isnull=False)
            )
        ]
        indexes = [
            models.Index(name="message_waiting_by_due", fields=["due_at"], condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def audience(self) -> Audience:
        return self.patient.audience
