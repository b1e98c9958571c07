"""The wall clock: nights on which it lies, and midnights that are skipped, are ordinary cases."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import Malformed, Refused
from clinic.time.wall_clock import (
    NoSuchTime,
    TimeTwice,
    dates_between,
    day_starts_at,
    instant_at,
    is_zone,
    lenient_instant_at,
    local_date,
    parse_clock,
    zone_named,
)

SKIPPED = [
    ("Europe/Berlin", date(2027, 3, 28), time(2, 30)),
    ("Europe/Amsterdam", date(2027, 3, 28), time(2, 0)),
    ("Asia/Beirut", date(2027, 3, 28), time(0, 0)),
    ("Africa/Cairo", date(2027, 4, 30), time(0, 30)),
    ("America/Santiago", date(2027, 9, 5), time(0, 0)),
    ("Australia/Lord_Howe", date(2027, 10, 3), time(2, 15)),
    # Ramadan begins and ends: Casablanca goes an hour back, and forward again.
    ("Africa/Casablanca", date(2027, 3, 14), time(2, 30)),
]
TWICE = [
    ("Europe/Berlin", date(2027, 10, 31), time(2, 30)),
    ("Europe/Amsterdam", date(2027, 10, 31), time(2, 0)),
    ("Asia/Beirut", date(2027, 10, 30), time(23, 30)),
    ("Africa/Cairo", date(2027, 10, 28), time(23, 0)),
    ("America/Santiago", date(2027, 4, 3), time(23, 30)),
    ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45)),
    ("Africa/Casablanca", date(2027, 2, 7), time(2, 30)),
    ("America/Havana", date(2027, 11, 7), time(0, 15)),
]


@pytest.mark.parametrize(("zone", "on", "at"), SKIPPED)
def test_a_time_that_the_clock_skips_is_refused_with_a_sentence(zone, on, at):
    with pytest.raises(NoSuchTime) as refused:
        instant_at(on, at, ZoneInfo(zone))

    assert isinstance(refused.value, Refused)
    assert refused.value.code == "no_such_time"
    assert refused.value.sentence == (f"On {on} the clock in {zone} skips {at:%H:%M}. Choose another time.")


@pytest.mark.parametrize(("zone", "on", "at"), SKIPPED)
def test_a_skipped_time_stays_skipped_whichever_is_meant(zone, on, at):
    for fold in (0, 1):
        with pytest.raises(NoSuchTime):
            instant_at(on, at, ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(("zone", "on", "at"), TWICE)
def test_a_time_that_comes_twice_asks_which_is_meant(zone, on, at):
    with pytest.raises(TimeTwice) as refused:
        instant_at(on, at, ZoneInfo(zone))

    assert isinstance(refused.value, Refused)
    assert refused.value.code == "time_twice"


@pytest.mark.parametrize(("zone", "on", "at"), TWICE)
def test_the_first_and_the_second_of_two_equal_times_are_told_apart(zone, on, at):
    first, second = (instant_at(on, at, ZoneInfo(zone), fold=fold) for fold in (0, 1))

    gap = timedelta(minutes=30) if zone == "Australia/Lord_Howe" else timedelta(hours=1)
    assert second - first == gap
    assert first.astimezone(ZoneInfo(zone)).time() == second.astimezone(ZoneInfo(zone)).time() == at


@pytest.mark.parametrize(("zone", "on", "at"), [*SKIPPED, *TWICE])
def test_the_hour_before_and_after_are_ordinary(zone, on, at):
    for hours in (-3, 3):
        clock = datetime.combine(on, at) + timedelta(hours=hours)
        instant = instant_at(clock.date(), clock.time(), ZoneInfo(zone))
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == clock


def test_istanbul_has_not_changed_its_clock_since_2016():
    istanbul = ZoneInfo("Europe/Istanbul")
    last_sundays = [date(2027, 3, 28), date(2027, 10, 31)]

    offsets = {instant_at(on, time(3, 30), istanbul).astimezone(istanbul).utcoffset() for on in last_sundays}

    assert offsets == {timedelta(hours=3)}


def test_a_fold_on_an_ordinary_time_changes_nothing():
    berlin = ZoneInfo("Europe/Berlin")

    assert instant_at(date(2027, 6, 1), time(9), berlin, fold=1) == datetime(2027, 6, 1, 7, tzinfo=UTC)
    assert instant_at(date(2027, 6, 1), time(9, fold=1), berlin) == datetime(2027, 6, 1, 7, tzinfo=UTC)


def test_nine_in_the_morning_stays_nine_through_both_changes():
    amsterdam = ZoneInfo("Europe/Amsterdam")
    mondays = [date(2027, 3, 22), date(2027, 3, 29), date(2027, 10, 25), date(2027, 11, 1)]

    instants = [instant_at(on, time(9), amsterdam) for on in mondays]

    assert [instant.hour for instant in instants] == [8, 7, 7, 8]
    assert {instant.astimezone(amsterdam).time() for instant in instants} == {time(9)}


def test_opening_hours_move_on_where_the_clock_skips_them():
    berlin = ZoneInfo("Europe/Berlin")

    opens = lenient_instant_at(date(2027, 3, 28), time(2, 30), berlin)

    assert opens.astimezone(berlin).time() == time(3, 30)


def test_opening_hours_take_the_first_of_two_equal_times():
    berlin = ZoneInfo("Europe/Berlin")

    opens = lenient_instant_at(date(2027, 10, 31), time(2, 30), berlin)

    assert opens == instant_at(date(2027, 10, 31), time(2, 30), berlin, fold=0)


@pytest.mark.parametrize(
    ("zone", "on", "first_time"),
    [
        ("Asia/Beirut", date(2027, 3, 28), time(1)),
        ("Africa/Cairo", date(2027, 4, 30), time(1)),
        ("America/Santiago", date(2027, 9, 5), time(1)),
        ("Europe/Amsterdam", date(2027, 3, 28), time(0)),
        ("America/Havana", date(2027, 11, 7), time(0)),
    ],
)
def test_a_day_begins_at_its_first_instant_even_without_a_midnight(zone, on, first_time):
    begins = day_starts_at(on, ZoneInfo(zone))

    just_before = begins - timedelta(seconds=1)
    assert begins.astimezone(ZoneInfo(zone)).time() == first_time
    assert local_date(begins, ZoneInfo(zone)) == on
    assert local_date(just_before, ZoneInfo(zone)) == on - timedelta(days=1)


zones = st.sampled_from(sorted({zone for zone, _, _ in [*SKIPPED, *TWICE]} | {"Asia/Kathmandu", "UTC"}))


@given(
    zone=zones,
    clock=st.builds(datetime.combine, st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.times()),
    fold=st.sampled_from([0, 1]),
)
def test_an_instant_shows_the_time_it_was_made_from(zone, clock, fold):
    try:
        instant = instant_at(clock.date(), clock.time(), ZoneInfo(zone), fold=fold)
    except NoSuchTime:
        moved = lenient_instant_at(clock.date(), clock.time(), ZoneInfo(zone)).astimezone(ZoneInfo(zone))
        assert moved.replace(tzinfo=None) > clock
    else:
        assert instant.tzinfo is UTC
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == clock


@given(zone=zones, on=st.dates(min_value=date(2020, 1, 1), max_value=date(2060, 1, 1)))
def test_days_follow_each_other_without_a_gap(zone, on):
    begins, ends = (day_starts_at(on + timedelta(days=days), ZoneInfo(zone)) for days in (0, 1))

    assert local_date(begins, ZoneInfo(zone)) == on
    assert local_date(ends - timedelta(microseconds=1), ZoneInfo(zone)) == on
    assert timedelta(hours=22) < ends - begins < timedelta(hours=26)


def test_a_zone_has_its_iana_name():
    assert zone_named("Europe/Amsterdam").key == "Europe/Amsterdam"
    assert is_zone("Asia/Kolkata")


@pytest.mark.parametrize(
    "name", ["", "Amsterdam", "CEST", "europe/amsterdam", "../etc/passwd", "Mars/Olympus"]
)
def test_a_name_that_is_no_zone_is_malformed(name):
    with pytest.raises(Malformed) as refused:
        zone_named(name)

    assert refused.value.code == "unknown_zone"
    assert not is_zone(name)


def test_dates_between_hold_both_ends():
    assert dates_between(date(2028, 2, 28), date(2028, 3, 1)) == [
        date(2028, 2, 28),
        date(2028, 2, 29),
        date(2028, 3, 1),
    ]
    assert dates_between(date(2027, 1, 2), date(2027, 1, 1)) == []


@pytest.mark.parametrize(
    ("text", "clock"), [("00:00", time(0)), ("09:05", time(9, 5)), ("23:59", time(23, 59))]
)
def test_a_time_is_written_with_four_digits(text, clock):
    assert parse_clock(text) == clock


@pytest.mark.parametrize("text", ["", "9:05", "24:00", "12:60", "12:00:00", "12.00", " 12:00", "1\u0662:00"])
def test_anything_else_is_no_time(text):
    with pytest.raises(Malformed) as refused:
        parse_clock(text)

    assert refused.value.code == "malformed_time"
