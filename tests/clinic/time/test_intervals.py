"""Half-open stretches of a diary."""

from hypothesis import given
from hypothesis import strategies as st

from clinic.time.cells import CELLS_A_DAY
from clinic.time.intervals import Stretch, pages_of

DAY = 20_000 * CELLS_A_DAY


@st.composite
def stretches(draw) -> Stretch:
    start = draw(st.integers(min_value=DAY, max_value=DAY + 3 * CELLS_A_DAY))
    return Stretch(draw(st.integers(1, 3)), start, start + draw(st.integers(1, 2 * CELLS_A_DAY)))


def cells(stretch: Stretch) -> set[tuple[int, int]]:
    return {(stretch.diary_id, cell) for cell in range(stretch.start_cell, stretch.end_cell)}


@given(one=stretches(), other=stretches())
def test_stretches_overlap_when_they_share_a_cell_of_one_diary(one, other):
    assert one.overlaps(other) == bool(cells(one) & cells(other))
    assert one.overlaps(other) == other.overlaps(one)


def test_back_to_back_is_no_overlap():
    assert not Stretch(1, 100, 105).overlaps(Stretch(1, 105, 110))


def test_a_stretch_inside_another_overlaps_it():
    assert Stretch(1, 100, 130).overlaps(Stretch(1, 110, 115))


@given(stretch=stretches())
def test_the_days_of_a_stretch_are_its_cells_and_no_others(stretch):
    told = {
        (stretch.diary_id, day * CELLS_A_DAY + cell)
        for day, low, high in stretch.by_day()
        for cell in range(low, high)
    }

    assert told == cells(stretch)
    assert all(0 <= low < high <= CELLS_A_DAY for _, low, high in stretch.by_day())


def test_a_session_past_midnight_lies_on_two_pages():
    session = Stretch(7, DAY + CELLS_A_DAY - 2, DAY + CELLS_A_DAY + 3)

    assert list(session.by_day()) == [(20_000, 286, 288), (20_001, 0, 3)]


def test_a_session_up_to_midnight_lies_on_one_page():
    session = Stretch(7, DAY + CELLS_A_DAY - 2, DAY + CELLS_A_DAY)

    assert list(session.by_day()) == [(20_000, 286, 288)]


@given(taken=st.lists(stretches(), max_size=6))
def test_pages_are_told_once_in_the_order_in_which_they_are_locked(taken):
    pages = pages_of(taken)

    assert pages == sorted(set(pages))
    assert set(pages) == {(diary, cell // CELLS_A_DAY) for stretch in taken for diary, cell in cells(stretch)}
