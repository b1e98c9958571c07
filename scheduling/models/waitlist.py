"""Waits for an earlier time, and the offers made to them."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from clinic.models import Audience, ChangeKind, Patient, Site
from clinic.models.changes import Changeable, ChangeableQuerySet
from clinic.sentences import sentence as _
from scheduling.models.holds import Hold
from scheduling.models.sessions import AHEAD, Session, SessionStatus
from treatments.models import Plan, SessionType

# A patient waits for these to have a time, or an earlier one.
CAN_WAIT = (SessionStatus.DUE, *AHEAD)


class WaitState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("Has an offer")
    SERVED = "served", _("Has a time")
    WITHDRAWN = "withdrawn", _("Waits no more")


class WaitQuerySet(ChangeableQuerySet["Wait"]):
    def standing(self) -> Self:
        return self.filter(state__in=[WaitState.WAITING, WaitState.OFFERED])

    def of_what_may_come(self) -> Self:
        """Those whose session is still due or ahead: who has come in the meantime is asked nothing."""
        return self.filter(session__status__in=CAN_WAIT)

    def in_turn(self) -> Self:
        return self.order_by("-is_urgent", "rank", "created_at", "pk")


class Wait(Changeable):
    """A patient waits for a session of theirs to be booked, or to be earlier than it is."""

    care_path = "patient__care"
    change_kind = ChangeKind.WAIT

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="waits")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="waits")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="waits")
    session_type = models.ForeignKey(SessionType, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField(null=True, blank=True, help_text="Not before this date.")
    until_on = models.DateField(null=True, blank=True, help_text="Not after this date.")
    notice_hours = models.PositiveSmallIntegerField(default=24, help_text="They need so long to come.")
    is_urgent = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=WaitState, default=WaitState.WAITING)
    rank = models.IntegerField(default=0, help_text="Lower comes first, as the desk steers it.")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)  # type: ignore[assignment]  # not all that write it say when

    objects = WaitQuerySet.as_manager()  # type: ignore[misc]  # the stubs know no narrower manager

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="wait_once_a_session",
                fields=["session"],
                condition=Q(state__in=["waiting", "offered"]),
            ),
            models.CheckConstraint(
                name="wait_dates_in_order",
                condition=Q(from_on__isnull=True) | Q(until_on__isnull=True) | Q(from_on__lte=F("until_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"Wait for {self.session_id} ({self.state})"

    @property
    def audience(self) -> Audience:
        return self.patient.audience


class OfferState(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Ran out")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Offer(Changeable):
    """One time offered to one who waits, kept by a hold until it is answered."""

    care_path = "wait__patient__care"
    change_kind = ChangeKind.OFFER

    wait = models.ForeignKey(Wait, on_delete=models.PROTECT, related_name="offers")
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="offer")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    free_from = models.DateTimeField(help_text="What was free, for the next in the queue.")
    free_until = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OfferState, default=OfferState.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)  # type: ignore[assignment]  # not all that write it say when

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="offer_open_once_a_wait", fields=["wait"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="offer_starts_before_it_ends", condition=Q(starts_at__lt=F("ends_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"Offer of {self.starts_at} ({self.state})"

    @property
    def audience(self) -> Audience:
        of = self.wait.audience
        return Audience(of.diaries, (self.site_id,), of.patient_id)
