"""Making room among equals, against an oracle that tries every seating."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.time.cells import bits, ones
from scheduling.engine.availability import Part, RequiredRole, SessionRequirements
from scheduling.engine.reseating import Reseating, Seat, possible_starts, reseat, seats_of

CELLS = 8
ALL_DAY = ones(CELLS)
DIARIES = (1, 2, 3)
ENOUGH = 100_000


def at(first: int, end: int) -> int:
    return ones(end - first) << first


def seatings(wanted: list[Seat], booked: list[Seat]):
    """Every diary for every seat: (seat, diary) pairs. Who moves not at all stays."""
    choices = [set(seat.pool) for seat in wanted]
    choices += [{seat.diary or 0, *(seat.pool if seat.may_move else ())} for seat in booked]
    for diaries in product(*choices):
        yield list(zip([*wanted, *booked], diaries, strict=True))


def holds(seating, open_at: dict[int, int]) -> bool:
    apart = all(
        where != there or not one.cells & other.cells
        for (one, where), (other, there) in combinations(seating, 2)
    )
    fits = all(not seat.cells & ~open_at[diary] for seat, diary in seating if diary != seat.diary)
    return apart and fits


def fewest_moves(wanted: list[Seat], booked: list[Seat], open_at: dict[int, int]) -> int | None:
    moves = [
        sum(seat.diary not in (None, diary) for seat, diary in seating)
        for seating in seatings(wanted, booked)
        if holds(seating, open_at)
    ]
    return min(moves, default=None)


def seating_of(found: Reseating, wanted: list[Seat], booked: list[Seat]):
    new = [(seat, found.taken[seat.key]) for seat in wanted]
    return new + [(seat, found.moved.get(seat.key, seat.diary)) for seat in booked]


pools = st.lists(st.sampled_from(DIARIES), min_size=1, max_size=3, unique=True).map(tuple)
open_masks = st.fixed_dictionaries({diary: st.just(ALL_DAY) | st.integers(0, ALL_DAY) for diary in DIARIES})


@st.composite
def some_cells(draw):
    """One stretch, or two with a gap: a role that stands in two stages."""
    first = draw(st.integers(0, CELLS - 2))
    cells = at(first, draw(st.integers(first + 1, min(first + 4, CELLS))))
    later = draw(st.integers(0, CELLS - 1))
    return cells | 1 << later if draw(st.booleans()) else cells


@st.composite
def booked_seats(draw):
    """Seats that do not overlap where they are; some sit where they would not be put today."""
    seats: list[Seat] = []
    for number in range(draw(st.integers(0, 5))):
        diary, cells = draw(st.sampled_from(DIARIES)), draw(some_cells())
        if not any(seat.diary == diary and seat.cells & cells for seat in seats):
            may_move = draw(st.integers(0, 3)) > 0
            seats.append(Seat(f"booked {number}", cells, draw(pools), diary, may_move))
    return seats


@st.composite
def new_seats(draw):
    return [
        Seat(f"new {number}", draw(some_cells()), draw(pools)) for number in range(draw(st.integers(1, 2)))
    ]


@pytest.mark.slow
@given(new_seats(), booked_seats(), open_masks)
@settings(max_examples=400, deadline=None)
def test_a_reseating_is_found_exactly_where_one_exists_and_moves_the_fewest(wanted, booked, open_at):
    found = reseat(wanted=wanted, booked=booked, open_at=open_at, most_nodes=ENOUGH)

    fewest = fewest_moves(wanted, booked, open_at)
    assert (found is None) == (fewest is None)
    if found is not None:
        assert len(found.moved) == fewest
        assert holds(seating_of(found, wanted, booked), open_at)
        assert all(seat.may_move for seat in booked if seat.key in found.moved)


@given(new_seats(), booked_seats(), open_masks)
@settings(max_examples=100, deadline=None)
def test_what_is_found_within_the_bound_is_what_is_found_without_it(wanted, booked, open_at):
    found = reseat(wanted=wanted, booked=booked, open_at=open_at)

    assert found in (None, reseat(wanted=wanted, booked=booked, open_at=open_at, most_nodes=ENOUGH))


@st.composite
def a_shape(draw):
    roles = []
    for key in ("assistant", "chair", "centrifuge")[: draw(st.integers(1, 3))]:
        first = draw(st.integers(-1, 2))
        parts = [Part(1, "one", first, first + draw(st.integers(1, 3)))]
        if draw(st.booleans()):
            again = parts[0].end + draw(st.integers(0, 1))
            parts.append(Part(2, "two", again, again + 1))
        roles.append(RequiredRole(key, key, tuple(parts), draw(pools)))
    return SessionRequirements(session_type_id=1, patient_cells=draw(st.integers(1, 3)), roles=tuple(roles))


@pytest.mark.slow
@given(a_shape(), booked_seats(), open_masks)
@settings(max_examples=300, deadline=None)
def test_no_start_at_which_room_can_be_made_is_left_out(shape, booked, open_at):
    mask = possible_starts(shape=shape, booked=booked, open_at=open_at, patient_free=ALL_DAY)

    for start in range(CELLS):
        parts = [part for role in shape.roles for part in role.parts]
        inside = all(start + part.start >= 0 and start + part.end <= CELLS for part in parts)
        if inside and start + shape.patient_cells <= CELLS and not mask >> start & 1:
            wanted = list(seats_of(shape=shape, start=start))
            assert fewest_moves(wanted, booked, open_at) is None


def test_without_anything_in_the_way_nothing_moves():
    found = reseat(wanted=[Seat("chair", at(0, 3), (1, 2))], booked=[], open_at={1: ALL_DAY, 2: ALL_DAY})

    assert found == Reseating(taken={"chair": 1}, moved={})


def test_two_short_sessions_in_two_chairs_make_room_for_a_long_one():
    """One early in chair 1, one late in chair 2: each chair is half full, and the new one takes all day."""
    booked = [Seat("early", at(0, 4), (1, 2), diary=1), Seat("late", at(4, 8), (1, 2), diary=2)]

    found = reseat(wanted=[Seat("new", ALL_DAY, (1, 2))], booked=booked, open_at={1: ALL_DAY, 2: ALL_DAY})

    assert found == Reseating(taken={"new": 1}, moved={"early": 2})


def test_a_chain_of_three_moves_is_followed():
    """Each can only go one chair on; the new session wants the first."""
    booked = [Seat(f"in {chair}", at(0, 2), (chair, chair + 1), diary=chair) for chair in (1, 2, 3)]
    open_at = dict.fromkeys((1, 2, 3, 4), ALL_DAY)

    found = reseat(wanted=[Seat("new", at(0, 2), (1,))], booked=booked, open_at=open_at)

    assert found == Reseating({"new": 1}, {"in 1": 2, "in 2": 3, "in 3": 4})


def test_what_may_not_move_stays_and_what_is_closed_takes_nobody():
    asked_for = Seat("asked for", at(0, 2), (1, 2), diary=1, may_move=False)
    movable = Seat("any", at(0, 2), (1, 2), diary=1)
    new = Seat("new", at(1, 3), (1,))

    assert reseat(wanted=[new], booked=[asked_for], open_at={1: ALL_DAY, 2: ALL_DAY}) is None
    assert reseat(wanted=[new], booked=[movable], open_at={1: ALL_DAY, 2: at(1, 8)}) is None
    assert reseat(wanted=[new], booked=[movable], open_at={1: ALL_DAY, 2: ALL_DAY}) is not None


def test_both_stages_of_a_role_move_to_the_same_diary():
    two_stages = Seat("fat", at(0, 2) | at(6, 8), (1, 2, 3), diary=1)
    in_two_from_six = Seat("prp", at(6, 8), (2,), diary=2, may_move=False)
    open_at = dict.fromkeys(DIARIES, ALL_DAY)

    found = reseat(
        wanted=[Seat("new", at(0, 2), (1,))], booked=[two_stages, in_two_from_six], open_at=open_at
    )

    assert found == Reseating({"new": 1}, {"fat": 3})


def test_the_search_gives_up_after_so_many_looks():
    booked = [Seat(f"in {chair}", at(0, 2), (chair, chair + 1), diary=chair) for chair in (1, 2, 3)]
    open_at = dict.fromkeys((1, 2, 3, 4), ALL_DAY)
    new = [Seat("new", at(0, 2), (1,))]

    assert reseat(wanted=new, booked=booked, open_at=open_at, most_nodes=4) is None
    assert reseat(wanted=new, booked=booked, open_at=open_at, most_nodes=5) is not None


def test_where_all_chairs_are_full_no_start_is_possible_however_one_sits():
    shape = SessionRequirements(1, 1, (RequiredRole("chair", "Chair", (Part(1, "all", 0, 1),), pool=(1, 2)),))
    booked = [
        Seat("one", at(0, 3), (1, 2), diary=1),
        Seat("other", at(0, 2), (1, 2), diary=2),
        Seat("late", at(5, 6), (1, 2), diary=2, may_move=False),
    ]

    mask = possible_starts(
        shape=shape, booked=booked, open_at={1: ALL_DAY, 2: at(0, 4)}, patient_free=ALL_DAY
    )

    assert list(bits(mask)) == [2, 3, 4, 5, 6, 7]


def test_two_centrifuges_at_once_need_two_that_are_left():
    spin = tuple(
        RequiredRole(key, "Centrifuge", (Part(1, key, 0, 2),), pool=(1, 2, 3)) for key in ("fat", "prp")
    )
    shape = SessionRequirements(1, 2, spin)
    booked = [Seat(f"in {n}", at(0, 4), DIARIES, diary=n) for n in (1, 2)] + [
        Seat("x", at(4, 6), DIARIES, diary=3)
    ]
    open_at = dict.fromkeys(DIARIES, ALL_DAY)

    mask = possible_starts(shape=shape, booked=booked, open_at=open_at, patient_free=ALL_DAY)

    assert list(bits(mask)) == [4, 5, 6]
