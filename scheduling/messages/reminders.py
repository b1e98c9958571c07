"""Reminders: planned with the booking, taken back when it changes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.models import Clinic, Site
from scheduling.messages.reminder_times import ReminderRule, reminder_times
from scheduling.messages.send_checks import quiet_hours_of
from scheduling.models import AHEAD, Message, MessageKind, MessageState, Session


def plan_reminders(
    *, sessions: Sequence[Session], clinic: Clinic, now: datetime, is_told: bool = False
) -> None:
    """Write the reminders of the booked sessions of one clinic. Two statements.

    Those written before stay as they are: planning again for the same times writes nothing.
    `is_told`: another mail says these times now, so what would remind at once is left out.
    Belongs into the transaction that books.
    """
    rule = _rule_of(clinic)
    ahead = [s for s in sessions if s.status in AHEAD and s.starts_at is not None and s.starts_at > now]
    sites = Site.objects.filter(pk__in={session.site_id for session in ahead})
    zones = {pk: ZoneInfo(zone) for pk, zone in sites.values_list("pk", "zone")}
    Message.objects.insert(
        [
            Message(
                clinic_id=session.clinic_id,
                patient_id=session.patient_id,
                plan_id=session.plan_id,
                session=session,
                kind=MessageKind.REMINDER,
                key=reminder_key(session=session.uuid, offset=at.offset, sequence=session.sequence),
                due_at=at.due_at,
                useful_until=at.useful_until,
            )
            for session in ahead
            if session.starts_at is not None and session.site_id is not None
            for at in reminder_times(
                starts_at=session.starts_at,
                zone=zones[session.site_id],
                rule=rule,
                is_told=is_told,
                now=now,
            )
        ],
        ignore_conflicts=True,
    )


def void_reminders(*, sessions: Sequence[Session], now: datetime) -> None:
    """Take back the reminders of sessions that were moved or cancelled. One statement.

    Comes before new ones are planned. What has gone out stays sent; what was too late already is
    still said to be too late.
    """
    rows = Message.objects.filter(
        session__in=[session.pk for session in sessions],
        kind=MessageKind.REMINDER,
        state=MessageState.WAITING,
        useful_until__gt=now,
    )
    rows.update(state=MessageState.VOID, lease_until=None, last_problem="The session was moved or cancelled.")


def reminder_key(*, session: UUID, offset: str, sequence: int) -> str:
    """A reminder is about a session at one time and place: a move makes another one."""
    return f"reminder:{session}:{offset}:{sequence}"


def _rule_of(clinic: Clinic) -> ReminderRule:
    return ReminderRule(
        days_before=clinic.reminder_days_before,
        at=clinic.reminder_time,
        hours_before=clinic.reminder_hours_before,
        quiet=quiet_hours_of(clinic),
    )
