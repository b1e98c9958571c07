"""What the rows of an import say, before anybody looks into the database."""

import tracemalloc
from collections.abc import Iterator

from scheduling.importing.csv_tables import rows_of
from scheduling.importing.lines import BOOKING_COLUMNS, MOST_LINES, courses_in
from tests.support.acts.imports import course_rows, table
from treatments.cadence import MOST_SESSIONS


def courses(lines):
    return courses_in(rows_of(lines, columns=BOOKING_COLUMNS))


def test_the_lines_of_a_course_come_in_the_order_of_their_numbers():
    [course] = courses(table(list(reversed(course_rows("2027-01-11", "2027-01-25", "2027-02-08")))))

    assert [(line.number, line.line) for line in course.lines] == [(1, 4), (2, 3), (3, 2)]
    assert course.flaws == []


def test_a_course_of_too_many_lines_is_told_and_not_kept():
    rows = course_rows(*["2027-01-11"] * (4 * MOST_SESSIONS), number="1")

    [course] = courses(table(rows))

    assert len(course.lines) == MOST_LINES + 1
    assert course.line_count == 4 * MOST_SESSIONS
    assert "too_many_sessions" in {flaw.code for flaw in course.flaws}


def lines_of(count: int) -> Iterator[str]:
    """A header, and the lines of so many courses of four."""
    header, *rows = table(course_rows("2027-01-11", "2027-01-25", "2027-02-08", "2027-02-22"))
    yield header
    for n in range(count):
        yield from (row.replace("C1", f"C{n}") for row in rows)


def peak_of(count: int) -> int:
    """The most memory that reading so many courses takes, in bytes."""
    tracemalloc.start()
    assert sum(len(course.lines) for course in courses(lines_of(count))) == 4 * count
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_a_long_table_is_read_in_the_memory_of_a_short_one():
    peak_of(1)

    assert peak_of(500) < 2 * peak_of(25)
