"""Every line of a table is imported, known or refused."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.importing.csv_tables import Table
from scheduling.importing.outcomes import Fate
from scheduling.importing.run import import_bookings, import_patients
from tests.support.acts.imports import (
    a_patient_row,
    a_session_row,
    bookings_brought,
    course_rows,
    fates,
    flaws,
    table,
)
from tests.support.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patients_are_known")]

DATES = ("2026-12-07", "2026-12-21", "2027-01-11", "2027-01-25")
# Put anywhere into a line, they change what is a cell, a row, a header or a text.
DAMAGE = ['"', ",", ";", "\n", "", '"x', "\t", "é", "\udce9", '""']


def spoilt(lines: list[str], where: list[tuple[int, int, str]]) -> list[str]:
    text = list("".join(lines))
    for at, length, damage in where:
        place = at % len(text)
        text[place : place + length] = [damage]
    return "".join(text).splitlines(keepends=True)


def are_blank(line: str) -> bool:
    return not line.strip(' ,;"\t\r\n')


def counted(outcomes) -> int:
    assert {one.fate for one in outcomes} <= {Fate.IMPORTED, Fate.KNOWN, Fate.REFUSED}
    return sum(one.line_count for one in outcomes)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(100, 5_000), st.integers(0, 3), st.sampled_from(DAMAGE)), min_size=1, max_size=5
    ),
    st.booleans(),
)
def test_lines_in_are_lines_imported_known_and_refused(world, where, of_patients):
    if of_patients:
        lines = spoilt(table(rows_of_patients()), where)
        outcomes = list(import_patients(table=Table(lines), applies=False, by=world.owner, now=NOW))
    else:
        lines = spoilt(table(rows_of_sessions()), where)
        said = {"patients": set(), "applies": False, "by": world.owner, "now": NOW}
        outcomes = list(import_bookings(table=Table(lines), **said))

    # The first that is not blank is the header, whatever it holds.
    below = [line for line in lines if line.strip()][1:]
    filled = [line for line in lines if not are_blank(line)][1:]
    assert len(filled) <= counted(outcomes) <= max(1, len(below))


def rows_of_patients() -> list[dict[str, str]]:
    return [a_patient_row(id=f"P{n}", email="", phone="06 12345678") for n in range(1, 9)]


def rows_of_sessions() -> list[dict[str, str]]:
    note = {"note": 'Says "hello"'}
    first = course_rows(*DATES, done=2, **note)
    return [*first, *course_rows(*DATES, done=2, course="C2"), a_session_row(course="V1")]


@pytest.mark.parametrize("spoilt_line", [1, 2, 3, 4])
def test_a_course_with_a_line_that_cannot_be_read_is_not_imported_in_part(world, spoilt_line):
    lines = table([*course_rows(*DATES, done=2), a_session_row(course="V1", starts_at="2027-02-16 10:00")])
    lines[spoilt_line] = lines[spoilt_line].rstrip() + '"oops\n'

    said = {"patients": set(), "applies": True, "by": world.owner, "now": NOW}
    outcomes = list(import_bookings(table=Table(lines), **said))

    assert flaws(outcomes) == [(spoilt_line + 1, "stray_quote")]
    assert [(one.fate, one.line_count) for one in outcomes] == [(Fate.REFUSED, 4), (Fate.IMPORTED, 1)]


def test_a_stray_quote_in_a_note_swallows_no_session(world):
    rows = [a_session_row(course=f"V{n}", starts_at=f"2027-01-{n:02} 10:00", note="x") for n in range(11, 15)]
    lines = table(rows)
    lines[1] = lines[1].replace(",x", ',"x')

    said = {"patients": set(), "applies": True, "by": world.owner, "now": NOW}
    outcomes = list(import_bookings(table=Table(lines), **said))

    assert fates(outcomes) == [Fate.REFUSED, *[Fate.IMPORTED] * 3]
    assert flaws(outcomes) == [(2, "stray_quote")]


def test_a_header_that_cannot_be_used_refuses_every_line(world):
    rows = [{"system": "till", "number": str(n)} for n in range(5)]

    [outcome] = bookings_brought(world, *rows)

    assert (outcome.fate, outcome.line_count) == (Fate.REFUSED, 5)
