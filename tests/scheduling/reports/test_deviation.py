"""How sessions keep to their windows, in days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.reports.deviation import Deviation, Tally, Timing, deviation_of, missed, share_out, tally_of
from treatments.cadence import Window

MONDAY = date(2027, 1, 18)
WINDOW = Window(MONDAY - timedelta(days=3), MONDAY, MONDAY + timedelta(days=4))

days = st.integers(-400, 400)
windows = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
    lambda tolerance: Window(
        MONDAY - timedelta(days=tolerance[0]), MONDAY, MONDAY + timedelta(days=tolerance[1])
    )
)


@pytest.mark.parametrize(
    ("off", "timing", "outside"),
    [
        (-4, Timing.EARLY, -1),
        (-3, Timing.ON_TIME, 0),
        (0, Timing.ON_TIME, 0),
        (4, Timing.ON_TIME, 0),
        (5, Timing.LATE, 1),
    ],
)
def test_both_ends_of_a_window_belong_to_it(off, timing, outside):
    found = deviation_of(window=WINDOW, on=MONDAY + timedelta(days=off))

    assert found == Deviation(timing, outside, off)


@given(window=windows, off=days)
def test_a_session_is_on_time_exactly_when_its_window_holds_it(window, off):
    on = window.target + timedelta(days=off)

    found = deviation_of(window=window, on=on)

    assert (found.timing is Timing.ON_TIME) is window.holds(on)
    assert found.days_outside is not None
    assert window.holds(on - timedelta(days=found.days_outside))
    assert found.days_off_target == off


@given(window=windows, offs=st.lists(days), absent=st.integers(0, 5))
def test_a_tally_counts_every_session_once(window, offs, absent):
    done = [deviation_of(window=window, on=window.target + timedelta(days=off)) for off in offs]

    tally = tally_of([*done, *[missed()] * absent])

    assert tally.counted == len(offs) + absent
    assert tally.days_off_target == sum(abs(off) for off in offs)
    assert tally.early == sum(one.timing is Timing.EARLY for one in done)
    assert tally.share_on_time is None or 0 <= tally.share_on_time <= 1


@given(mine=st.lists(days), theirs=st.lists(days))
def test_tallies_of_two_courses_add_up_to_that_of_both(mine, theirs):
    def tally(offs):
        return tally_of(deviation_of(window=WINDOW, on=MONDAY + timedelta(days=off)) for off in offs)

    assert tally(mine) + tally(theirs) == tally([*mine, *theirs])


def test_nothing_done_has_no_share_and_no_mean():
    assert (Tally().share_on_time, Tally().mean_days_off_target) == (None, None)
    assert (Tally(missed=1).share_on_time, Tally(missed=1).mean_days_off_target) == (0, None)


@given(minutes=st.integers(0, 10_000), pool=st.sets(st.integers(1, 99)))
def test_minutes_are_shared_evenly_and_none_is_lost(minutes, pool):
    shares = share_out(minutes=minutes, pool=pool)

    assert set(shares) == pool
    assert len(set(shares.values())) <= 1
    assert not pool or sum(shares.values()) == pytest.approx(minutes)
