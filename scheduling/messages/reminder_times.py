"""Times of the two reminders of a session, and until when each is of use. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.time.wall_clock import lenient_instant_at

# What the two are called in a message's key: a clinic that changes 2 days to 3 must not remind twice.
LONG, SHORT = "days", "hours"
# A late long reminder this close to the short one would only be the same news twice.
APART = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When no mail goes out, on the site's wall clock; may wrap midnight. From and until the same: never."""

    starts: time
    ends: time

    def cover(self, instant: datetime, zone: ZoneInfo) -> bool:
        at = instant.astimezone(zone).time()
        if self.starts <= self.ends:
            return self.starts <= at < self.ends
        return at >= self.starts or at < self.ends

    def over_at(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The instant itself, or the first whole minute after it that is not quiet."""
        # Minute by minute, at most a day: on a night when the clock changes, the end may come twice or never.
        if self.cover(instant, zone) and (instant.second or instant.microsecond):
            instant = instant.replace(second=0, microsecond=0) + timedelta(minutes=1)
        while self.cover(instant, zone):
            instant += timedelta(minutes=1)
        return instant


@dataclass(frozen=True, slots=True)
class ReminderRule:
    """A clinic's wish: n days before at a time of day, and m hours before. Nought switches either off."""

    days_before: int
    at: time
    hours_before: int
    quiet: QuietHours


@dataclass(frozen=True, slots=True)
class ReminderTime:
    """One reminder: `offset` is LONG or SHORT; it may go out in [due_at, useful_until).

    `is_soon`: its hour has gone by, or comes within one. Whoever hears the time otherwise needs it not.
    """

    offset: str
    due_at: datetime
    useful_until: datetime
    is_soon: bool = field(default=False, compare=False)


def reminder_key(*, session: UUID, offset: str, sequence: int) -> str:
    """A reminder is about a session at one time and place: a move makes another one."""
    return f"reminder:{session}:{offset}:{sequence}"


def offset_of(key: str) -> str:
    """LONG or SHORT, of a reminder's key."""
    return key.split(":")[2]


def reminder_times(
    *, starts_at: datetime, zone: ZoneInfo, rule: ReminderRule, now: datetime, is_told: bool = False
) -> list[ReminderTime]:
    """The reminders of a session as planned now, in the order in which they are due.

    The long one stands on the wall clock, and if that is in quiet hours at their end; the short one is
    absolute and has no place in them. They are never of use at the same time. One whose hour has gone by is
    due at once, or when quiet hours end, as long as it is of use. `is_told`: another mail names the session
    now, so one that is soon is not needed.
    """
    kept = _kept(starts_at, zone, rule, now)
    return [at for at in kept if not (is_told and at.is_soon)]


def _kept(starts_at: datetime, zone: ZoneInfo, rule: ReminderRule, now: datetime) -> list[ReminderTime]:
    short = _short(starts_at, zone, rule)
    long = _long(starts_at, zone, rule, short)
    kept = []
    if long and (on_time := _from_now_on(long, zone, rule.quiet, now)):
        was_late = on_time.due_at > long.due_at
        if not (was_late and short and on_time.due_at + APART > short.due_at):
            kept.append(on_time)
    if short and (on_time := _from_now_on(short, zone, rule.quiet, now)):
        kept.append(on_time)
    return kept


def _short(starts_at: datetime, zone: ZoneInfo, rule: ReminderRule) -> ReminderTime | None:
    due_at = starts_at - timedelta(hours=rule.hours_before)
    if not rule.hours_before or rule.quiet.cover(due_at, zone):
        return None
    return ReminderTime(SHORT, due_at, starts_at)


def _long(
    starts_at: datetime, zone: ZoneInfo, rule: ReminderRule, short: ReminderTime | None
) -> ReminderTime | None:
    if not rule.days_before:
        return None
    on = starts_at.astimezone(zone).date() - timedelta(days=rule.days_before)
    due_at = rule.quiet.over_at(lenient_instant_at(on, rule.at, zone), zone)
    useful_until = short.due_at if short else starts_at - timedelta(hours=rule.hours_before)
    return ReminderTime(LONG, due_at, useful_until) if due_at < useful_until else None


def _from_now_on(
    wanted: ReminderTime, zone: ZoneInfo, quiet: QuietHours, now: datetime
) -> ReminderTime | None:
    if wanted.due_at >= now:
        return replace(wanted, is_soon=wanted.due_at < now + APART)
    due_at = quiet.over_at(now, zone) if quiet.cover(now, zone) else now
    return replace(wanted, due_at=due_at, is_soon=True) if due_at < wanted.useful_until else None
