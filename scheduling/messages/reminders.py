"""Reminders: after every act each session has exactly those that the rules ask for."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from types import MappingProxyType

from clinic.models import Clinic, Site
from scheduling.messages.payload import KNOWN
from scheduling.messages.reminder_times import (
    ReminderRule,
    ReminderTime,
    offset_of,
    reminder_key,
    reminder_times,
)
from scheduling.messages.send_checks import quiet_hours_of
from scheduling.models import AHEAD, Message, MessageKind, MessageState, Reason, Session

# An act changes these alone: what has gone out, failed, came too late or was told stays so.
_OPEN = (MessageState.WAITING, MessageState.VOID)
_WRITTEN = ("state", "about", "due_at", "useful_until", "lease_until", "reason", "server_said")

_Asked = Mapping[str, ReminderTime]


class AtOnce(Enum):
    """What becomes of a reminder that would go out at once about a time that the patient knows.

    It is left out, unless a reminder of that very time was taken back before anyone sent it; or it goes out,
    and is no call if it cannot.
    """

    LEFT_OUT = auto()
    NO_CALL = auto()


def keep_reminders(
    *,
    sessions: Sequence[Session],
    site: Callable[[int], Site],
    now: datetime,
    at_once: Mapping[int, AtOnce] = MappingProxyType({}),
    unreminded: Collection[int] = (),
) -> None:
    """Give sessions of one clinic, as they were written, the reminders that are asked for. Three statements.

    What is missing is written, what was void waits again, what waits wrongly gets its hour, and what nothing
    asks for any more is void. One that has gone out stays sent and is not written again. `at_once` says, by
    the keys of sessions whose time the patient knows, or hears otherwise, what becomes of whatever would
    remind at once. `unreminded` are keys of sessions that never had a reminder. `site` finds the site with a
    key, and its clinic.

    Belongs into the transaction that writes the sessions. Locks: their reminders, by id.
    """
    standing = _standing([one.pk for one in sessions if one.pk not in unreminded], now)
    changed, missing = [], []
    for session in sessions:
        asked, rows = _asked(session, site, now), standing[session.pk]
        is_known = at_once.get(session.pk) is AtOnce.LEFT_OUT
        wanted = _unheard(asked, rows) if is_known else asked
        there = {row.key for row in rows}
        new = [_reminder(session, key, at) for key, at in wanted.items() if key not in there]
        put_right = [row for row in rows if _is_put_right(row, asked, wanted)]
        if at_once.get(session.pk) is AtOnce.NO_CALL:
            for row in (*new, *put_right):
                if (at := wanted.get(row.key)) is not None and at.is_soon:
                    row.about = {KNOWN: True}
        changed += put_right
        missing += new
    Message.objects.rewrite(changed, fields=_WRITTEN)
    # The key of one that has gone out, or that nobody could send, is taken: it is not said again.
    Message.objects.insert(missing, ignore_conflicts=True)


def follow_sequences(*, sessions: Mapping[Session, int]) -> None:
    """Sessions that stand as they did have other sequences, given with those before: so have their reminders.

    Whatever became of them: what was sent stays sent. Two statements. Locks: these reminders, by id.
    """
    rows = Message.objects.filter(session__in=sessions, kind=MessageKind.REMINDER)
    by_key = {session.pk: (session, before) for session, before in sessions.items()}
    renamed = []
    for row in rows.select_for_update(no_key=True).order_by("pk"):
        session, before = by_key[row.session_id or 0]
        offset = offset_of(row.key)
        if row.key == reminder_key(session=session.uuid, offset=offset, sequence=before):
            row.key = reminder_key(session=session.uuid, offset=offset, sequence=session.sequence)
            renamed.append(row)
    Message.objects.rewrite(renamed, fields=["key"])


def rule_of(clinic: Clinic) -> ReminderRule:
    return ReminderRule(
        days_before=clinic.reminder_days_before,
        at=clinic.reminder_time,
        hours_before=clinic.reminder_hours_before,
        quiet=quiet_hours_of(clinic),
    )


def _is_ahead(session: Session, now: datetime) -> bool:
    return session.status in AHEAD and session.starts_at is not None and session.starts_at > now


def _standing(session_ids: Sequence[int], now: datetime) -> Mapping[int | None, Sequence[Message]]:
    """Of each session those that wait or are void, locked: meanwhile no sender marks them."""
    found: dict[int | None, list[Message]] = defaultdict(list)
    if not session_ids:
        return found
    # What is of no use any more is left to the sender, who says that it came too late.
    rows = Message.objects.filter(
        session__in=session_ids,
        kind=MessageKind.REMINDER,
        state__in=_OPEN,
        useful_until__gt=now,
    )
    for row in rows.select_for_update(no_key=True).order_by("pk"):
        found[row.session_id].append(row)
    return found


def _asked(session: Session, site_of: Callable[[int], Site], now: datetime) -> _Asked:
    """By key, what the rule asks for of the session as it stands."""
    if not _is_ahead(session, now) or session.starts_at is None or session.site_id is None:
        return {}
    site = site_of(session.site_id)
    times = reminder_times(starts_at=session.starts_at, zone=site.tz, rule=rule_of(site.clinic), now=now)
    return {
        reminder_key(session=session.uuid, offset=at.offset, sequence=session.sequence): at for at in times
    }


def _unheard(asked: _Asked, rows: Sequence[Message]) -> _Asked:
    """Those that are worth a mail though the patient knows the time, or hears it now."""
    taken_back = {(offset_of(row.key), row.useful_until) for row in rows if row.state == MessageState.VOID}
    return {
        key: at for key, at in asked.items() if not at.is_soon or (at.offset, at.useful_until) in taken_back
    }


def _is_put_right(row: Message, asked: _Asked, wanted: _Asked) -> bool:
    """Whether the row stood wrongly; then it is as it should be now."""
    at = wanted.get(row.key)
    if row.state == MessageState.VOID:
        if at is None:
            return False
        row.state, row.reason, row.server_said = MessageState.WAITING, "", ""
    elif row.key not in asked:
        row.state, row.lease_until = MessageState.VOID, None
        row.reason, row.server_said = Reason.TAKEN_BACK, ""
        return True
    elif at is None or at.is_soon or (row.due_at, row.useful_until) == (at.due_at, at.useful_until):
        # One whose hour has come is on its way.
        return False
    row.due_at, row.useful_until = at.due_at, at.useful_until
    return True


def _reminder(session: Session, key: str, at: ReminderTime) -> Message:
    return Message(
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        plan_id=session.plan_id,
        session=session,
        kind=MessageKind.REMINDER,
        key=key,
        due_at=at.due_at,
        useful_until=at.useful_until,
    )
