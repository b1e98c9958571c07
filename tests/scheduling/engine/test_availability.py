"""Feasible starts against a brute-force oracle that knows no masks."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.time.cells import bits
from scheduling.engine.availability import Part, RequiredRole, SessionRequirements, cast_at, feasible_starts

CELLS = 24


def is_free(mask: int, start: int, end: int) -> bool:
    return all(0 <= cell < CELLS and mask >> cell & 1 for cell in range(start, end))


def ways(shape: SessionRequirements, free: dict[int, int], start: int) -> list[dict[str, int]]:
    """Every cast that works at the start, found by trying all."""
    found = []
    for diaries in product(*(role.pool for role in shape.roles)):
        stretches = [
            (diary, start + part.start, start + part.end)
            for role, diary in zip(shape.roles, diaries, strict=True)
            for part in role.parts
        ]
        fits = all(is_free(free[diary], low, high) for diary, low, high in stretches)
        apart = all(
            one[0] != other[0] or one[2] <= other[1] or other[2] <= one[1]
            for index, one in enumerate(stretches)
            for other in stretches[index + 1 :]
        )
        if fits and apart:
            found.append(dict(zip((role.key for role in shape.roles), diaries, strict=True)))
    return found


@st.composite
def a_role(draw, key: str):
    first = draw(st.integers(-2, 4))
    length = draw(st.integers(1, 3))
    parts = [Part(need_id=1, stage="one", start=first, end=first + length)]
    if draw(st.booleans()):
        again = first + length + draw(st.integers(0, 2))
        parts.append(Part(need_id=2, stage="two", start=again, end=again + draw(st.integers(1, 2))))
    pool = tuple(draw(st.lists(st.integers(1, 4), min_size=0, max_size=3, unique=True)))
    return RequiredRole(key=key, label=key, parts=tuple(parts), pool=pool)


@st.composite
def a_world(draw):
    roles = tuple(draw(a_role(key)) for key in ("doctor", "assistant", "machine")[: draw(st.integers(1, 3))])
    free = {
        diary: draw(st.integers(0, (1 << CELLS) - 1)) | draw(st.integers(0, (1 << CELLS) - 1))
        for diary in range(1, 5)
    }
    patient = draw(st.integers(0, (1 << CELLS) - 1)) | draw(st.integers(0, (1 << CELLS) - 1))
    return (
        SessionRequirements(session_type_id=1, patient_cells=draw(st.integers(1, 4)), roles=roles),
        free,
        patient,
    )


@given(a_world())
@settings(max_examples=300, deadline=None)
def test_the_kernel_offers_exactly_the_starts_that_trying_everything_finds(world):
    shape, free, patient = world

    offered = set(bits(feasible_starts(shape=shape, free=free, patient_free=patient)))

    possible = {
        start
        for start in range(CELLS)
        if is_free(patient, start, start + shape.patient_cells) and ways(shape, free, start)
    }
    assert offered == possible


@given(a_world())
@settings(max_examples=200, deadline=None)
def test_whoever_is_named_for_a_start_can_serve_it(world):
    shape, free, patient = world

    for start in bits(feasible_starts(shape=shape, free=free, patient_free=patient)):
        cast = cast_at(shape=shape, free=free, start=start, rank=lambda diary: (diary,))

        assert cast in ways(shape, free, start)


def test_two_centrifuges_are_needed_where_two_stages_spin_at_once():
    spin = [
        RequiredRole(key=key, label="Centrifuge", parts=(Part(1, key, 0, 3),), pool=(1, 2))
        for key in ("fat", "prp")
    ]
    shape = SessionRequirements(session_type_id=1, patient_cells=3, roles=tuple(spin))

    both_free = feasible_starts(shape=shape, free={1: 0b111, 2: 0b111}, patient_free=0b111)
    one_free = feasible_starts(shape=shape, free={1: 0b111, 2: 0}, patient_free=0b111)

    assert (both_free, one_free) == (1, 0)


def test_the_doctor_of_two_stages_is_one_person():
    harvest, injection = Part(1, "harvest", 0, 2), Part(2, "injection", 4, 6)
    shape = SessionRequirements(1, 6, (RequiredRole("doctor", "Doctor", (harvest, injection), pool=(1, 2)),))

    early_and_late_by_different_people = {1: 0b000011, 2: 0b110000}

    assert feasible_starts(shape=shape, free=early_and_late_by_different_people, patient_free=0b111111) == 0
    assert feasible_starts(shape=shape, free={1: 0b110011, 2: 0}, patient_free=0b111111) == 1


def test_the_doctor_is_free_while_the_centrifuge_spins():
    shape = SessionRequirements(
        session_type_id=1,
        patient_cells=5,
        roles=(
            RequiredRole("assistant", "Assistant", (Part(1, "preparation", 0, 3),), pool=(1,)),
            RequiredRole("doctor", "Doctor", (Part(2, "injection", 3, 5),), pool=(2,)),
        ),
    )

    starts = feasible_starts(shape=shape, free={1: 0b00111, 2: 0b11000}, patient_free=0b11111)

    assert starts == 1


def test_a_wished_doctor_narrows_only_what_that_doctor_can_do():
    shape = SessionRequirements(
        session_type_id=1,
        patient_cells=2,
        roles=(
            RequiredRole("assistant", "Assistant", (Part(1, "all", 0, 2),), pool=(3, 4)),
            RequiredRole("doctor", "Doctor", (Part(2, "all", 0, 2),), pool=(1, 2)),
        ),
    )

    narrowed = shape.narrowed_to(2)

    assert [role.pool for role in narrowed.roles] == [(3, 4), (2,)]
