"""Dates and times as tables write them."""

from datetime import date, time

import pytest

from scheduling.importing.written_times import DateOrder, WallTime, day_from, wall_time_from, wants_order

DMY, MDY = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2027-01-04 09:30", WallTime(date(2027, 1, 4), time(9, 30))),
        ("2027-01-04 9:00", WallTime(date(2027, 1, 4), time(9, 0))),
        ("2027-1-4 9:00:00", WallTime(date(2027, 1, 4), time(9, 0))),
        ("2027/01/04  9:00", WallTime(date(2027, 1, 4), time(9, 0))),
        ("2027-01-04T09:30:00", WallTime(date(2027, 1, 4), time(9, 30))),
        ("2027-10-31 02:30+01:00", WallTime(date(2027, 10, 31), time(2, 30), 60)),
        ("2027-01-04 09:30Z", WallTime(date(2027, 1, 4), time(9, 30), 0)),
        ("2027-01-04 09:30+25:00", None),
        ("2027-02-30 09:30", None),
        ("2027-01-04 24:00", None),
        ("2027-01-04 9:5", None),
        ("04/01/2027 09:30", None),
        ("0027-01-04 09:30", None),
        ("2027-01/04 09:30", None),
        ("=NOW()", None),
        ("", None),
    ],
)
def test_times_on_the_wall_clock(text, found):
    assert wall_time_from(text) == found


@pytest.mark.parametrize(
    ("text", "order", "found"),
    [
        ("2027-01-04", None, date(2027, 1, 4)),
        ("2027-01-04", MDY, date(2027, 1, 4)),
        ("4.1.2027", None, None),
        ("29-2-1984", DMY, date(1984, 2, 29)),
        ("29-2-1984", MDY, None),
        ("2/29/1984", MDY, date(1984, 2, 29)),
        ("4.1.2027", DMY, date(2027, 1, 4)),
        ("4.1.2027", MDY, date(2027, 4, 1)),
        ("4-1-27", DMY, None),
        ("2027-13-01", None, None),
    ],
)
def test_dates_whose_year_is_not_first_are_read_in_the_order_that_was_told(text, order, found):
    assert day_from(text, order) == found


@pytest.mark.parametrize(
    ("text", "wants"), [("29-2-1984", True), ("4/1/2027 9:00", True), ("31-31-2027", False), ("soon", False)]
)
def test_the_order_is_asked_for_where_it_would_help(text, wants):
    assert wants_order(text) == wants
