"""Mail to send: the only queue."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from clinic.models import Audience, ChangeKind, Patient
from clinic.models.changes import Changeable
from clinic.sentences import sentence as _
from scheduling.models.sessions import AHEAD, Session
from treatments.models import Plan


class MessageKind(models.TextChoices):
    """MOVED and CANCELLED are of before NOTICE, which tells both: none is written any more."""

    REMINDER = "reminder", _("Reminder")
    NOTICE = "notice", _("What changed")
    MOVED = "moved", _("Sessions moved")
    CANCELLED = "cancelled", _("Sessions cancelled")
    OFFER = "offer", _("An earlier time on offer")


class MessageState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    VOID = "void", _("Not needed any more")
    TOO_LATE = "too_late", _("Too late to be useful")
    CALL = "call", _("Not sent")
    TOLD = "told", _("Told by the desk")


class Reason(models.TextChoices):
    """Why a message is what it is: the first group why a person must call, then why it waits, then void."""

    CONSENT = "consent", _("The patient wants no mail.")
    NO_ADDRESS = "no_address", _("There is no e-mail address.")
    BAD_ADDRESS = "bad_address", _("Mail to the address comes back.")
    REFUSED = "refused", _("The mail server refused the mail.")
    TOO_LATE = "too_late", _("It would have come too late to be of use.")
    CANNOT_HAPPEN = "cannot_happen", _("It cannot take place as it is booked.")
    MAY_HAVE_ARRIVED = "may_have_arrived", _("The mail server broke off twice: the mail may have arrived.")
    NOT_WRITTEN = "not_written", _("The mail could not be written.")

    QUIET_HOURS = "quiet_hours", _("It waits for quiet hours to end.")
    OUT_OF_REACH = "out_of_reach", _("The mail server cannot be reached.")
    SERVER_REFUSES = "server_refuses", _("The mail server refuses everybody’s mail.")
    TRY_LATER = "try_later", _("The mail server asked to try again later.")

    TAKEN_BACK = "taken_back", _("The session was moved or cancelled.")
    IS_HERE = "is_here", _("The patient is here already.")
    NOTHING_TO_TELL = "nothing_to_tell", _("The patient knows how it stands by now, or it is over.")
    OFFER_OVER = "offer_over", _("The offer was answered or ran out.")


_WAITING_NOTICE = Q(kind="notice", state="waiting")


class Message(Changeable):
    """One mail to one patient. `key` says what it is about: the same thing is never said twice.

    Of a notice one row waits for a patient and course, or for the patient's lone sessions together. `raised`
    counts the acts that it is about: it is done if no other came while it was sent.
    """

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
    raised = models.PositiveIntegerField(default=1, db_default=1)
    due_at = models.DateTimeField()
    useful_until = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.WAITING)
    sent_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=20, choices=Reason, blank=True, default="", db_default="")
    server_said = models.CharField(
        max_length=300, blank=True, help_text="For the operator: the mail server's own words, or the fault."
    )
    changed_at = models.DateTimeField(null=True)  # type: ignore[assignment]  # not all that write it say when

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="message_sent_has_an_instant", condition=~Q(state="sent") | Q(sent_at__isnull=False)
            ),
            models.CheckConstraint(
                name="message_to_call_about_has_a_reason", condition=~Q(state="call") | ~Q(reason="")
            ),
            models.UniqueConstraint(
                name="message_one_notice_waits_for_a_course",
                fields=["patient", "plan"],
                condition=_WAITING_NOTICE & Q(plan__isnull=False),
            ),
            models.UniqueConstraint(
                name="message_one_notice_waits_for_lone_sessions",
                fields=["patient"],
                condition=_WAITING_NOTICE & Q(plan__isnull=True),
            ),
        ]
        indexes = [
            models.Index(name="message_waiting_by_due", fields=["due_at"], condition=Q(state="waiting")),
            models.Index(
                name="message_unsaid_by_clinic",
                fields=["clinic", "due_at"],
                condition=Q(state="call"),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def mail_name(self) -> str:
        """What names its mail: another one once it was raised, for then the mail says something else."""
        return str(self.uuid) if self.raised == 1 else f"{self.uuid}.{self.raised}"

    @property
    def reminds_of_what_stands(self) -> bool:
        """Whether the session of a reminder is ahead, at the time and place that it was written for."""
        session = self.session
        return session is not None and session.status in AHEAD and self.key.endswith(f":{session.sequence}")

    def is_ahead(self, now: datetime) -> bool:
        """Whether the session that it is about, which must be loaded, has yet to begin."""
        session = self.session
        return session is not None and session.starts_at is not None and session.starts_at > now

    @property
    def audience(self) -> Audience:
        return self.patient.audience
