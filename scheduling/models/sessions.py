"""Sessions."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.db.models import F, Q

from clinic.models import Patient, ResourceKind, Site
from clinic.models.tenant import PublicRow, TenantQuerySet
from clinic.sentences import sentence as _
from scheduling.engine.lead import lead_of
from scheduling.models.holds import Hold
from treatments.cadence import Window
from treatments.models import Plan, SessionType, Step, StepBooking, StepKind


class SessionStatus(models.TextChoices):
    DUE = "due", _("Due")
    HELD = "held", _("Held")
    BOOKED = "booked", _("Booked")
    CONFIRMED = "confirmed", _("Confirmed")
    ARRIVED = "arrived", _("Arrived")
    IN_TREATMENT = "in_treatment", _("In treatment")
    COMPLETED = "completed", _("Completed")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


# A missed or cancelled session leaves its number to the next attempt, as does one that does not count.
LIVE = (
    SessionStatus.DUE,
    SessionStatus.HELD,
    SessionStatus.BOOKED,
    SessionStatus.CONFIRMED,
    SessionStatus.ARRIVED,
    SessionStatus.IN_TREATMENT,
    SessionStatus.COMPLETED,
)
# Time is promised to these; only these are in feeds and on the day sheet.
SCHEDULED = (
    SessionStatus.BOOKED,
    SessionStatus.CONFIRMED,
    SessionStatus.ARRIVED,
    SessionStatus.IN_TREATMENT,
    SessionStatus.COMPLETED,
)
# These still wait for their hour: a reminder makes sense.
AHEAD = (SessionStatus.BOOKED, SessionStatus.CONFIRMED)
# The time of these was promised to somebody.
PROMISED = (*AHEAD, SessionStatus.ARRIVED)
# The patient is in the house.
HERE = (SessionStatus.ARRIVED, SessionStatus.IN_TREATMENT)


# These stand for their number in a course.
LIVE_SESSIONS = Q(status__in=LIVE, counts=True)


class CancelledBy(models.TextChoices):
    PATIENT = "patient", _("The patient")
    CLINIC = "clinic", _("The clinic")


class Outcome(models.TextChoices):
    GIVEN = "given", _("Given")
    PARTLY = "partly", _("Partly given")
    NOT_GIVEN = "not_given", _("Not given")


def _places(keys: Collection[int]) -> str:
    return ", ".join(["%s"] * len(keys))


class SessionQuerySet(TenantQuerySet["Session"]):
    def live(self) -> Self:
        """Those that stand for their number in a course."""
        return self.filter(LIVE_SESSIONS)

    def locked(self, *, plan_ids: Collection[int], hold_ids: Collection[int]) -> Iterable["Session"]:
        """The live sessions of plans and those of holds, locked by id. In SQL, as every act asks for them."""
        keys = [*plan_ids, *hold_ids]
        if not keys:
            return []
        features, table = connection.features, connection.ops.quote_name(self.model._meta.db_table)
        asked = []
        if plan_ids:
            states = ", ".join(f"'{status.value}'" for status in LIVE)
            asked.append(f'{table}."plan_id" IN ({_places(plan_ids)}) AND counts AND status IN ({states})')
        if hold_ids:
            asked.append(f'{table}."hold_id" IN ({_places(hold_ids)})')
        lock = connection.ops.for_update_sql(no_key=True) if features.has_select_for_update_of else ""
        sql = f"SELECT * FROM {table} WHERE {' OR '.join(asked)} ORDER BY id {lock}"  # nosec # our own table
        return self.raw(sql, keys)

    def spent(self) -> Self:
        """Those that leave their number to another attempt, or to none."""
        return self.exclude(LIVE_SESSIONS)

    def scheduled(self) -> Self:
        return self.filter(status__in=SCHEDULED)

    def to_show(self) -> Self:
        """With what pages and answers say of a session: its patient, plan, site and session type."""
        return self.select_related("patient", "plan", "site", "session_type", "step")

    def starting_between(self, first: datetime, end: datetime) -> Self:
        return self.filter(starts_at__gte=first, starts_at__lt=end)


class Session(PublicRow):
    """One session, with or without a plan. While it is due it has a window and no time."""

    care_path = "patient__care"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="sessions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    session_type = models.ForeignKey(SessionType, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=StepKind, default=StepKind.TREATMENT)
    number = models.PositiveSmallIntegerField(default=1)
    attempt = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=12, choices=SessionStatus, default=SessionStatus.DUE)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions")
    earliest_on = models.DateField(null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    latest_on = models.DateField(null=True, blank=True)
    local_date = models.DateField(null=True, blank=True)
    local_time = models.TimeField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_pinned = models.BooleanField(default=False)
    waived = models.JSONField(default=list, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    outcome_reason = models.CharField(max_length=300, blank=True)
    counts = models.BooleanField(default=True, help_text="Whether the course moves on by it.")
    used = models.JSONField(default=list, blank=True, help_text="Who and what really served, like cast.")
    record = models.JSONField(default=dict, blank=True, help_text="The fields its session type asks for.")
    is_done_elsewhere = models.BooleanField(default=False)
    done_at = models.CharField(max_length=200, blank=True, help_text="Where, if it was done elsewhere.")
    cancelled_by = models.CharField(max_length=10, choices=CancelledBy, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True)
    is_late_cancel = models.BooleanField(default=False)
    patient_moves = models.PositiveSmallIntegerField(default=0, help_text="How often the patient moved it.")
    stands_for = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="The session that is offered this time; the row goes when the offer ends.",
    )
    desk_note = models.TextField(blank=True)
    cast = models.JSONField(
        default=list, blank=True, help_text="Stage, role, resource uuid and label, minutes, as booked."
    )
    version = models.PositiveIntegerField(default=1)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = SessionQuerySet.as_manager()  # type: ignore[misc]  # the stubs know no narrower manager

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="session_number_once_among_live_ones",
                fields=["plan", "kind", "number"],
                condition=Q(status__in=[str(status) for status in LIVE], counts=True),
            ),
            models.CheckConstraint(
                name="session_starts_before_it_ends",
                condition=Q(starts_at__isnull=True, ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
            ),
            models.CheckConstraint(
                name="session_due_has_no_time",
                condition=~Q(status="due")
                | Q(starts_at__isnull=True, local_date__isnull=True, local_time__isnull=True),
            ),
            models.CheckConstraint(
                name="session_with_time_has_a_place",
                condition=~Q(status__in=["held", "booked", "confirmed"])
                | Q(
                    starts_at__isnull=False,
                    local_date__isnull=False,
                    local_time__isnull=False,
                    site__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="session_is_held_by_a_hold",
                condition=Q(status="held", hold__isnull=False) | (~Q(status="held") & Q(hold__isnull=True)),
            ),
            models.CheckConstraint(
                name="session_window_is_in_order",
                condition=Q(earliest_on__isnull=True)
                | Q(earliest_on__lte=F("target_on"), target_on__lte=F("latest_on")),
            ),
        ]
        indexes = [
            models.Index(name="session_by_clinic_and_start", fields=["clinic", "starts_at", "id"]),
            models.Index(name="session_by_patient_and_start", fields=["patient", "starts_at"]),
            # Who was here without a time, who did not come, and how courses kept their windows.
            # Of those with a date: SQLite would else take it for every question about a plan or a patient.
            models.Index(
                name="session_by_clinic_and_date",
                fields=["clinic", "local_date"],
                condition=Q(local_date__isnull=False),
            ),
            # What is to be booked is little of all there is.
            models.Index(
                name="session_due_by_clinic", fields=["clinic", "target_on"], condition=Q(status="due")
            ),
        ]

    def __str__(self) -> str:
        return f"Session {self.number} ({self.status})"

    @property
    def is_live(self) -> bool:
        """Whether it stands for its number in its course."""
        return self.counts and self.status in LIVE

    @property
    def is_due(self) -> bool:
        return self.status == SessionStatus.DUE

    @property
    def is_held(self) -> bool:
        return self.status == SessionStatus.HELD

    @property
    def is_off(self) -> bool:
        """Whether it does not take place here, of what was promised once."""
        is_ours = self.status not in (SessionStatus.DUE, SessionStatus.HELD, SessionStatus.CANCELLED)
        return self.is_done_elsewhere or not is_ours

    @property
    def window(self) -> Window | None:
        """The dates on which it may be, as they were counted last; a session without a course has none."""
        if self.earliest_on is None or self.target_on is None or self.latest_on is None:
            return None
        return Window(self.earliest_on, self.target_on, self.latest_on)

    @window.setter
    def window(self, window: Window | None) -> None:
        dates = (window.earliest, window.target, window.latest) if window else (None, None, None)
        self.earliest_on, self.target_on, self.latest_on = dates

    @property
    def is_booked_alone(self) -> bool:
        """Whether it is due, and waits for a time of its own. Its step must be loaded."""
        return self.is_due and self.step is not None and self.step.booking == StepBooking.WHEN_DUE

    @property
    def lead(self) -> str:
        """Who the patient says treats them, by name; empty if nobody does."""
        parts = self._parts_of_lead
        return str(parts[0]["name"]) if parts else ""

    @property
    def lead_roles(self) -> set[str]:
        """In which roles they serve."""
        return {part["role"] for part in self._parts_of_lead}

    @property
    def lead_starts_at(self) -> datetime | None:
        """When they have to begin, as it was booked."""
        if self.starts_at is None or self.ends_at is None:
            return None
        at = [self.starts_at + timedelta(minutes=part["starts_minute"]) for part in self._parts_of_lead]
        return max((instant for instant in at if instant < self.ends_at), default=None)

    @property
    def _parts_of_lead(self) -> list[dict[str, Any]]:
        if self.starts_at is None or self.ends_at is None:
            return []
        serving: dict[str, list[tuple[int, int]]] = {}
        for part in self.cast:
            if part["kind"] == ResourceKind.PRACTITIONER:
                minutes = part["starts_minute"], part["ends_minute"]
                serving.setdefault(part["resource"], []).append(minutes)
        lead = lead_of(serving, leaves=(self.ends_at - self.starts_at) // timedelta(minutes=1))
        return [part for part in self.cast if part["resource"] == lead]

    def starts_local(self, zone: ZoneInfo) -> datetime | None:
        return self.starts_at.astimezone(zone) if self.starts_at else None
