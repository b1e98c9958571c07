"""When reminders are due: on the wall clock, outside quiet hours, never two at once."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.messages.reminder_times import LONG, SHORT, QuietHours, ReminderRule, reminder_times

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_rule(*, days=2, at=time(10), hours=3, quiet_from=time(21), quiet_until=time(8)):
    return ReminderRule(
        days_before=days, at=at, hours_before=hours, quiet=QuietHours(quiet_from, quiet_until)
    )


def local(year, month, day, hour, minute=0, *, zone=AMSTERDAM, fold=0):
    return datetime(year, month, day, hour, minute, tzinfo=zone, fold=fold).astimezone(UTC)


def planned(starts_at, *, zone=AMSTERDAM, rule=None, now=LONG_AGO):
    times = reminder_times(starts_at=starts_at, zone=zone, rule=rule or a_rule(), now=now)
    return {at.offset: at for at in times}


def test_a_session_has_one_reminder_two_days_before_at_ten_and_one_three_hours_before():
    starts_at = local(2027, 1, 14, 14, 30)

    reminders = planned(starts_at)

    assert reminders[LONG].due_at == local(2027, 1, 12, 10)
    assert reminders[LONG].useful_until == reminders[SHORT].due_at == local(2027, 1, 14, 11, 30)
    assert reminders[SHORT].useful_until == starts_at


@pytest.mark.parametrize(
    ("session_on", "hours_between"),
    [(date(2027, 3, 29), 53 - 1), (date(2027, 11, 1), 53 + 1)],
    ids=["an hour is skipped between", "an hour comes twice between"],
)
def test_two_days_before_at_ten_stays_ten_across_a_clock_change(session_on, hours_between):
    starts_at = local(session_on.year, session_on.month, session_on.day, 15)

    due_at = planned(starts_at)[LONG].due_at

    assert due_at.astimezone(AMSTERDAM).time() == time(10)
    assert starts_at - due_at == timedelta(hours=hours_between)


@pytest.mark.parametrize(
    ("starts_at", "due_at"),
    [
        (local(2027, 3, 28, 5), local(2027, 3, 28, 1)),
        (local(2027, 10, 31, 4), local(2027, 10, 31, 2, fold=0)),
    ],
    ids=["the skipped hour counts for nothing", "the doubled hour counts twice"],
)
def test_three_hours_before_is_three_hours_whatever_the_clock_does(starts_at, due_at):
    never_quiet = a_rule(quiet_from=time(0), quiet_until=time(0))

    assert planned(starts_at, rule=never_quiet)[SHORT].due_at == due_at == starts_at - timedelta(hours=3)


def test_a_reminder_at_a_time_that_the_clock_skips_comes_when_the_clock_goes_on():
    reminders = planned(local(2027, 3, 30, 15), rule=a_rule(at=time(2, 30), quiet_until=time(21)))

    assert reminders[LONG].due_at.astimezone(AMSTERDAM) == datetime(2027, 3, 28, 3, 30, tzinfo=AMSTERDAM)


def test_a_reminder_at_a_time_that_comes_twice_is_due_the_first_time():
    reminders = planned(local(2027, 11, 2, 15), rule=a_rule(at=time(2, 30), quiet_until=time(21)))

    assert reminders[LONG].due_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "due_at"), [(time(22, 30), local(2027, 1, 13, 8)), (time(6), local(2027, 1, 12, 8))]
)
def test_a_time_of_the_long_reminder_in_quiet_hours_means_their_end(at, due_at):
    assert planned(local(2027, 1, 14, 14, 30), rule=a_rule(at=at))[LONG].due_at == due_at


def test_on_lord_howe_the_half_hour_shift_moves_nothing():
    starts_at = local(2027, 4, 5, 11, zone=LORD_HOWE)

    reminders = planned(starts_at, zone=LORD_HOWE)

    assert reminders[LONG].due_at.astimezone(LORD_HOWE) == datetime(2027, 4, 3, 10, tzinfo=LORD_HOWE)
    assert starts_at - reminders[LONG].due_at == timedelta(hours=49, minutes=30)


@pytest.mark.parametrize(
    ("start", "has_short"),
    [(time(10, 55), False), (time(11), True), (time(23, 55), True), (time(0), False), (time(0, 5), False)],
)
def test_a_short_reminder_that_falls_in_quiet_hours_is_dropped(start, has_short):
    starts_at = local(2027, 1, 14, start.hour, start.minute)

    reminders = planned(starts_at)

    assert (SHORT in reminders) is has_short


def test_without_the_short_reminder_the_long_one_is_of_use_until_three_hours_before():
    starts_at = local(2027, 1, 14, 9)

    reminders = planned(starts_at)

    assert list(reminders) == [LONG]
    assert reminders[LONG].useful_until == local(2027, 1, 14, 6)


def test_a_session_booked_a_day_before_is_reminded_at_once_and_again_three_hours_before():
    now = local(2027, 1, 13, 14)

    reminders = planned(local(2027, 1, 14, 14), now=now)

    assert reminders[LONG].due_at == now
    assert reminders[SHORT].due_at == local(2027, 1, 14, 11)


def test_a_session_booked_at_night_is_reminded_when_quiet_hours_end():
    reminders = planned(local(2027, 1, 14, 14), now=local(2027, 1, 13, 23, 17))

    assert reminders[LONG].due_at == local(2027, 1, 14, 8)


def test_a_late_reminder_that_quiet_hours_would_make_useless_is_dropped():
    assert planned(local(2027, 1, 14, 10), now=local(2027, 1, 13, 23)) == {}


def test_a_session_booked_two_hours_before_is_reminded_once_and_at_once():
    now = local(2027, 1, 14, 12)

    reminders = planned(local(2027, 1, 14, 14), now=now)

    assert [at.due_at for at in reminders.values()] == [now]
    assert list(reminders) == [SHORT]


def test_a_late_long_reminder_less_than_an_hour_before_the_short_one_is_dropped():
    reminders = planned(local(2027, 1, 14, 14), now=local(2027, 1, 14, 10, 1))

    assert list(reminders) == [SHORT]


def test_a_session_that_has_begun_is_not_reminded():
    assert planned(local(2027, 1, 14, 14), now=local(2027, 1, 14, 14)) == {}


def test_quiet_hours_of_the_evening_do_not_wrap_midnight():
    evening = a_rule(quiet_from=time(18), quiet_until=time(22))

    reminders = planned(local(2027, 1, 15, 9), rule=evening, now=local(2027, 1, 14, 19))

    assert reminders[LONG].due_at == local(2027, 1, 14, 22)
    assert reminders[SHORT].due_at == local(2027, 1, 15, 6)


def test_quiet_hours_that_end_at_a_doubled_time_end_once_the_clock_has_left_it():
    quiet = QuietHours(time(21), time(2, 30))
    second_quarter_past_two = local(2027, 10, 31, 2, 15, fold=1)

    over_at = quiet.over_at(second_quarter_past_two, AMSTERDAM)

    assert over_at == local(2027, 10, 31, 2, 30, fold=1)


def test_quiet_hours_that_end_at_a_skipped_time_end_when_the_clock_has_passed_it():
    quiet = QuietHours(time(21), time(2, 30))

    over_at = quiet.over_at(local(2027, 3, 28, 1), AMSTERDAM)

    assert over_at == local(2027, 3, 28, 3)


@pytest.mark.parametrize("off", [{"days": 0}, {"hours": 0}])
def test_nought_switches_a_reminder_off(off):
    reminders = planned(local(2027, 1, 14, 14), rule=a_rule(**off))

    assert list(reminders) == ([SHORT] if "days" in off else [LONG])


def test_with_the_short_reminder_off_the_long_one_is_of_use_until_the_session():
    starts_at = local(2027, 1, 14, 14)

    assert planned(starts_at, rule=a_rule(hours=0))[LONG].useful_until == starts_at


ZONES = st.sampled_from(
    [AMSTERDAM, LORD_HOWE, ZoneInfo("Africa/Cairo"), ZoneInfo("America/Santiago"), ZoneInfo("UTC")]
)
INSTANTS = st.integers(0, 60 * 24 * 400).map(
    lambda m: datetime(2026, 12, 1, tzinfo=UTC) + timedelta(minutes=m)
)
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
RULES = st.builds(
    a_rule,
    days=st.integers(0, 4),
    at=CLOCKS,
    hours=st.integers(0, 72),
    quiet_from=CLOCKS,
    quiet_until=CLOCKS,
)


@given(starts_at=INSTANTS, zone=ZONES, rule=RULES, minutes_ahead=st.integers(-60, 60 * 24 * 6))
def test_reminders_are_ahead_of_use_and_never_of_use_together(starts_at, zone, rule, minutes_ahead):
    now = starts_at - timedelta(minutes=minutes_ahead)

    reminders = reminder_times(starts_at=starts_at, zone=zone, rule=rule, now=now)

    for at in reminders:
        assert now <= at.due_at < at.useful_until <= starts_at
    for first, second in pairwise(reminders):
        assert first.useful_until <= second.due_at


@given(starts_at=INSTANTS, zone=ZONES, rule=RULES, minutes_ahead=st.integers(0, 60 * 24 * 6))
def test_a_reminder_is_either_on_time_or_late_and_outside_quiet_hours(starts_at, zone, rule, minutes_ahead):
    now = starts_at - timedelta(minutes=minutes_ahead)
    on_time = reminder_times(starts_at=starts_at, zone=zone, rule=rule, now=LONG_AGO)

    reminders = reminder_times(starts_at=starts_at, zone=zone, rule=rule, now=now)

    for at in set(reminders) - set(on_time):
        assert at.offset in {planned.offset for planned in on_time if planned.due_at < now}
    assert not any(rule.quiet.cover(at.due_at, zone) for at in (*reminders, *on_time))


@given(instant=INSTANTS, zone=ZONES, starts=CLOCKS, ends=CLOCKS)
def test_quiet_hours_end_at_the_first_minute_that_is_not_quiet(instant, zone, starts, ends):
    quiet = QuietHours(starts, ends)

    over_at = quiet.over_at(instant, zone)

    minutes = int((over_at - instant).total_seconds()) // 60
    assert not quiet.cover(over_at, zone)
    assert all(quiet.cover(instant + timedelta(minutes=m), zone) for m in range(minutes))
