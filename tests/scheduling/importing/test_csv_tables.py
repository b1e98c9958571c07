"""Tables that other systems wrote."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.importing.csv_tables import (
    LONGEST_CELL,
    Columns,
    WallTime,
    day_from,
    number_from,
    rows_of,
    wall_time_from,
)

COLUMNS = Columns(needed=("id", "name"), others=("note",))


def read(text: str):
    return list(rows_of(text.splitlines(keepends=True), columns=COLUMNS))


def codes(text: str) -> list[tuple[int, str]]:
    return [(flaw.line, flaw.code) for row in read(text) for flaw in row.flaws]


@pytest.mark.parametrize(
    "text",
    [
        "id,name\n1,Marit\n",
        "id;name\n1;Marit\n",
        "\ufeffid,name\r\n1,Marit\r\n",
        'ID , Name\n\n 1 ," Marit "\n',
    ],
)
def test_commas_semicolons_byte_order_marks_and_blanks_read_alike(text):
    [row] = read(text)

    assert (row["id"], row["name"], row["note"], row.flaws) == ("1", "Marit", "", ())


def test_lines_are_counted_as_an_editor_shows_them():
    rows = read('id,name,note\n1,A,"two\nlines"\n\n2,B,\n')

    assert [(row.line, row["note"]) for row in rows] == [(2, "two\nlines"), (5, "")]


@pytest.mark.parametrize("text", ["=1+1", "+49", "-2", "@SUM(A1)", '=HYPERLINK("x")'])
def test_a_formula_is_a_text(text):
    quoted = text.replace('"', '""')

    [row] = read(f'id,name\n1,"{quoted}"\n')

    assert row["name"] == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", [(1, "table_empty")]),
        ("\n", [(1, "table_empty")]),
        ("id,colour\n", [(1, "unknown_column"), (1, "column_missing")]),
        ("id,name,id\n", [(1, "column_twice")]),
        ("id,name\n1\n", [(2, "cells_missing")]),
        ("id,name\n1,a,b\n2,c\n", [(2, "cells_missing")]),
        (f"id,name\n1,{'x' * (LONGEST_CELL + 1)}\n", [(2, "cell_too_long")]),
        ("id,name\n1,\udce9\n", [(2, "not_utf8")]),
        (f"id,name\n1,{'x' * 200_000}\n", [(2, "unreadable")]),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text, told):
    assert codes(text) == told


def test_rows_come_one_at_a_time():
    def lines():
        yield "id,name\n"
        yield "1,Marit\n"
        raise AssertionError("nobody asked for more")

    rows = rows_of(lines(), columns=COLUMNS)

    assert next(rows)["name"] == "Marit"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2027-01-04 09:30", WallTime(date(2027, 1, 4), time(9, 30))),
        ("2027-01-04T09:30:00", WallTime(date(2027, 1, 4), time(9, 30))),
        ("2027-10-31 02:30+01:00", WallTime(date(2027, 10, 31), time(2, 30), 60)),
        ("2027-01-04 09:30Z", WallTime(date(2027, 1, 4), time(9, 30), 0)),
        ("2027-02-30 09:30", None),
        ("2027-01-04 24:00", None),
        ("04/01/2027 09:30", None),
        ("0027-01-04 09:30", None),
        ("=NOW()", None),
        ("", None),
    ],
)
def test_times_on_the_wall_clock(text, found):
    assert wall_time_from(text) == found


@pytest.mark.parametrize(
    ("text", "found"), [("2027-01-04", date(2027, 1, 4)), ("4.1.2027", None), ("2027-13-01", None)]
)
def test_dates(text, found):
    assert day_from(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("3", 3), ("60", 60), ("0", None), ("61", None), ("-1", None), ("²", None), ("", None)],
)
def test_numbers(text, found):
    assert number_from(text, most=60) == found


@given(st.text(max_size=200))
def test_whatever_is_read_nothing_breaks(text):
    for row in rows_of(f"id,name\n{text}".splitlines(keepends=True), columns=COLUMNS):
        assert row.line >= 2
    wall_time_from(text)
    day_from(text)
    number_from(text, most=9)
