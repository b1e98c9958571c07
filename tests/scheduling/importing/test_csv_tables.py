"""Tables that other systems wrote."""

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scheduling.importing.csv_tables import (
    Columns,
    number_from,
    rows_of,
)
from scheduling.importing.records import LONGEST_CELL
from scheduling.importing.written_times import day_from, wall_time_from

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
        "id\tname\n1\tMarit\n",
        "sep=;\nid;name\n1;Marit\n",
        "\ufeffSEP=,\r\nid,name\r\n1,Marit\r\n",
        "sep=\t\nid\tname\n1\tMarit\n",
        "id,name,,\n1,Marit,,\n,,,\n",
        "id,name,note\n1,Marit\n",
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
        ("id,name,note\n1,a,", []),
        ("id,name,note\n1,a", [(2, "cells_missing")]),
        ("sep=;\nid;name\n1\n", [(3, "cells_missing")]),
        ('id,"name\n1,Marit\n2,Piet\n', [(1, "stray_quote")]),
        (f"id,name\n1,{'x' * (LONGEST_CELL + 1)}\n", [(2, "cell_too_long")]),
        ("id,name\n1,\udce9\n", [(2, "not_utf8")]),
        (f"id,name\n1,{'x' * 200_000}\n", [(2, "unreadable")]),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text, told):
    assert codes(text) == told


SWALLOWING = [
    # Closed nowhere; by the next quote; so that the whole looks like one row; and with words behind it.
    ('id,name,note\n1,A,"oops\n2,B,x\n3,C,y\n', [2]),
    ('id,name,note\n1,A,"oops\n2,B,"x"\n3,C,y\n', [2]),
    ('id,name,note\n1,A,"oops\n2,B,x\n3,C,y"\n', [2, 4]),
    ('id,name,note\n1,A,"oops" he said\n2,B,x\n3,C,y\n', [2]),
]


@pytest.mark.parametrize(("text", "flawed"), SWALLOWING)
def test_a_stray_quote_costs_its_own_lines_and_no_other(text, flawed):
    rows = read(text)

    assert codes(text) == [(line, "stray_quote") for line in flawed]
    assert [(row.line, row["id"], row["name"]) for row in rows] == [
        (2, "1", "A"),
        (3, "2", "B"),
        (4, "3", "C"),
    ]


def test_a_quote_within_a_text_is_a_quote():
    [row] = read('id,name,note\n1,A,a 5" needle\n')

    assert (row["note"], row.flaws) == ('a 5" needle', ())


@pytest.mark.parametrize("above", ["\n", "\r\n \n", "\n;;\n"])
def test_blank_lines_above_the_header_are_passed_over(above):
    [row] = read(f"{above}id;name;note\n1;A;x\n")

    assert (row.line, row["id"], row["note"], row.flaws) == (above.count("\n") + 2, "1", "x", ())


def test_a_quoted_text_that_goes_on_for_ever_is_told():
    text = 'id,name,note\n1,A,"' + "line\n" * 1_000 + '"\n2,B,x\n'

    assert [row["id"] for row in read(text) if not row.flaws] == ["2"]
    assert sum(row.line_count for row in read(text)) == 1_002


# Lines within a cell that look like rows are taken for rows: cells have either several lines or separators.
CELL = st.text(alphabet="ab\",;'\t =é", max_size=12) | st.text(alphabet="ab\"'\n\r =é", max_size=12)


@given(st.lists(st.text(alphabet='1a,";\n ', max_size=20), max_size=12), st.sampled_from([",", ";"]))
def test_every_line_is_in_one_row(lines, delimiter):
    """Whatever stands in the lines: none is swallowed, none is told twice."""
    head = delimiter.join(("id", "name", "note")) + "\n"
    body = [line for text in lines for line in f"{text}\n".splitlines(keepends=True)]

    rows = list(rows_of([head, *body], columns=COLUMNS))

    told = sum(row.line_count for row in rows)
    written = [line for line in body if line.strip()]
    blank = [line for line in written if not line.strip(f'{delimiter} "\n')]
    assert len(written) - len(blank) <= told <= len(written)
    assert all(one.line + one.line_count <= other.line for one, other in pairwise(rows))


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=8), st.sampled_from([",", ";", "\t"]))
@example([("1", 'a\n"b"\n', ";")], ",")
@example([("", '\r="', '"')], ",")
def test_what_a_spreadsheet_quotes_is_read_as_it_was_written(cells, delimiter):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "name", "note"), *cells])
    lines = io.StringIO(text.getvalue(), newline="")

    rows = [row for row in rows_of(lines, columns=COLUMNS) if not row.flaws]

    trimmed = [tuple(cell.strip() for cell in row) for row in cells]
    assert [(row["id"], row["name"], row["note"]) for row in rows] == [row for row in trimmed if any(row)]


def test_rows_come_one_at_a_time():
    def lines():
        yield "id,name\n"
        yield "1,Marit\n"
        raise AssertionError("nobody asked for more")

    rows = rows_of(lines(), columns=COLUMNS)

    assert next(rows)["name"] == "Marit"


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
