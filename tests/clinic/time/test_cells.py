"""Cells and masks, against oracles that look at one cell at a time."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.time.cells import (
    CELLS_A_DAY,
    bits,
    cell_after,
    cell_at,
    cells_in,
    day_of,
    erode,
    instant_of,
    is_on_cell,
    lowest_bit,
    ones,
    shift,
    span_mask,
)

masks = st.integers(min_value=0, max_value=(1 << 400) - 1)
lengths = st.integers(min_value=1, max_value=64)
instants = st.builds(
    lambda seconds, microseconds: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(0, seconds, microseconds),
    st.integers(min_value=-3_000_000_000, max_value=3_000_000_000),
    st.sampled_from([0, 1, 500_000, 999_999]),
)
places = st.integers(min_value=-50, max_value=450)


def set_bits(mask: int) -> set[int]:
    return {place for place in range(mask.bit_length()) if mask >> place & 1}


@given(mask=masks, n=lengths)
def test_erode_keeps_the_starts_at_which_n_cells_are_free(mask, n):
    free = set_bits(mask)

    starts = set_bits(erode(mask, n))

    assert starts == {start for start in free if all(start + step in free for step in range(n))}


@given(mask=masks, first=lengths, second=lengths)
def test_eroding_twice_is_eroding_by_both(mask, first, second):
    assert erode(erode(mask, first), second) == erode(mask, first + second - 1)


@given(mask=masks, cells=st.integers(min_value=-60, max_value=60))
def test_shift_looks_so_many_cells_later(mask, cells):
    shifted = set_bits(shift(mask, cells))

    assert shifted == {place - cells for place in set_bits(mask) if place - cells >= 0}


@given(first=places, start=places, end=places, length=st.integers(min_value=0, max_value=300))
def test_a_span_mask_holds_the_cells_inside_the_horizon(first, start, end, length):
    mask = span_mask(first=first, start=start, end=end, length=length)

    assert set_bits(mask) == {cell - first for cell in range(start, end) if first <= cell < first + length}


@given(mask=masks)
def test_bits_tell_every_set_bit_lowest_first(mask):
    assert list(bits(mask)) == sorted(set_bits(mask))


@given(mask=masks.filter(bool))
def test_the_lowest_bit_is_the_first_one(mask):
    assert lowest_bit(mask) == min(set_bits(mask))


@given(n=st.integers(min_value=-3, max_value=300))
def test_ones_are_so_many_set_bits(n):
    assert set_bits(ones(n)) == set(range(n))


@given(instant=instants)
def test_an_instant_lies_in_its_cell(instant):
    cell = cell_at(instant)

    assert instant_of(cell) <= instant < instant_of(cell + 1)


@given(instant=instants)
def test_the_cell_after_an_instant_does_not_begin_before_it(instant):
    cell = cell_after(instant)

    assert instant_of(cell - 1) < instant <= instant_of(cell)


@given(instant=instants)
def test_only_the_beginning_of_a_cell_is_on_it(instant):
    assert is_on_cell(instant) == (instant == instant_of(cell_at(instant)))
    assert is_on_cell(instant_of(cell_at(instant)))


def test_a_moment_after_the_beginning_of_a_cell_waits_for_the_next_one():
    begins = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)

    assert cell_after(begins + timedelta(microseconds=1)) == cell_after(begins) + 1


def test_a_cell_is_the_same_in_every_zone():
    in_utc = datetime(2027, 1, 4, 8, 7, tzinfo=UTC)

    zones = (ZoneInfo("Europe/Amsterdam"), ZoneInfo("Asia/Kathmandu"), timezone(timedelta(hours=-9)))

    assert {cell_at(in_utc.astimezone(zone)) for zone in zones} == {cell_at(in_utc)}


def test_the_hour_that_comes_twice_has_two_sets_of_cells():
    amsterdam = ZoneInfo("Europe/Amsterdam")
    first = datetime(2027, 10, 31, 2, 30, tzinfo=amsterdam)

    assert cell_at(first.replace(fold=1)) - cell_at(first) == 12


def test_a_cell_number_is_epoch_seconds_by_300():
    instant = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)

    assert cell_at(instant) == int(instant.timestamp()) // 300
    assert day_of(cell_at(instant)) == (instant - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert day_of(cell_at(instant) + CELLS_A_DAY) == day_of(cell_at(instant)) + 1


def test_minutes_that_are_no_cells_are_refused():
    assert cells_in(25) == 5
    with pytest.raises(ValueError, match="no multiple of 5"):
        cells_in(12)
