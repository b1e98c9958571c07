"""Days and times of day as people type them."""

from contextlib import suppress
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.time.typed import order_in, read_clock

COUNTRIES = ("NL", "GB", "DE", "US", "SE", "JP", "CA", "")
DAY = date(2027, 1, 6)


@pytest.mark.parametrize(
    ("country", "written"),
    [
        ("NL", "06-01-2027"),
        ("GB", "06/01/2027"),
        ("DE", "06.01.2027"),
        ("US", "01/06/2027"),
        ("SE", "2027-01-06"),
        ("", "2027-01-06"),
    ],
)
def test_a_day_is_written_as_the_country_does(country, written):
    assert order_in(country).write(DAY) == written


@pytest.mark.parametrize(
    "text",
    [
        *("6-1-2027", "06-01-2027", "6/1/2027", "6.1.2027", "6. 1. 2027", "06012027", " 6 1 2027 "),
        *("2027-01-06", "2027/1/6", "6 Jan 2027", "6 january 2027", "Jan 6, 2027"),
    ],
)
def test_a_day_is_understood_whatever_stands_between_its_numbers(text):
    assert order_in("NL").read(text) == DAY


def test_the_same_numbers_are_another_day_in_another_country():
    assert order_in("US").read("1/6/2027") == DAY
    assert order_in("GB").read("1/6/2027") == date(2027, 6, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "6-1", "6-1-27", "31-2-2027", "6-13-2027", "6-1-2027-8", "6 Janet 2027", "²-1-2027"),
        *("\0", "2027-01-06T10:00", "6--2027", "6 ma 2027", "0612027"),
    ],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):
        order_in("NL").read(text)


@given(day=st.dates(min_value=date(1000, 1, 1)), country=st.sampled_from(COUNTRIES))
def test_what_is_written_is_read_as_the_same_day(day, country):
    order = order_in(country)

    assert order.read(order.write(day)) == day
    assert order.read(day.isoformat()) == day
    assert len(order.pattern) == len(order.write(day))


@given(text=st.text(max_size=12), country=st.sampled_from(COUNTRIES))
def test_whatever_is_typed_is_a_day_or_refused(text, country):
    with suppress(ValueError):
        assert isinstance(order_in(country).read(text), date)


@pytest.mark.parametrize(
    "text", ["9:05", "09:05", "9.05", "905", "0905", "9h05", "9u05", "9:05 am", "9:05am"]
)
def test_a_time_of_day_is_understood(text):
    assert read_clock(text) == time(9, 5)


@pytest.mark.parametrize(
    ("text", "meant"), [("9", time(9)), ("9:05 pm", time(21, 5)), ("12 am", time(0)), ("12 pm", time(12))]
)
def test_a_time_may_be_short_and_tell_the_half_of_the_day(text, meant):
    assert read_clock(text) == meant


@pytest.mark.parametrize("text", ["", "noon", "24:00", "9:60", "9:5", "13:00 pm", "09:05:30", "12345"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(ValueError):
        read_clock(text)
