"""Slips of typing, counted: against every way to make them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.people.finding.slips import slips_allowed, slips_between, slips_to_beginning

WORDS = st.text(alphabet="abc", max_size=6)


def by_the_book(one: str, other: str) -> int:
    """Optimal string alignment as it is defined, without any short cut."""
    if not one or not other:
        return len(one) + len(other)
    ways = [
        by_the_book(one[:-1], other) + 1,
        by_the_book(one, other[:-1]) + 1,
        by_the_book(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        ways.append(by_the_book(one[:-2], other[:-2]) + 1)
    return min(ways)


@given(WORDS, WORDS, st.integers(0, 3))
def test_slips_are_those_of_the_book(typed, word, most):
    slips = by_the_book(typed, word)

    assert slips_between(typed, word, most=most) == (slips if slips <= most else None)


@given(WORDS, WORDS, st.integers(0, 3))
def test_slips_to_the_beginning_are_those_to_the_nearest_one(typed, word, most):
    slips = min(by_the_book(typed, word[:length]) for length in range(len(word) + 1))

    assert slips_to_beginning(typed, word, most=most) == (slips if slips <= most else None)


@given(WORDS, WORDS)
def test_they_are_the_same_both_ways(one, other):
    assert slips_between(one, other, most=9) == slips_between(other, one, most=9)


@pytest.mark.parametrize(
    ("typed", "word", "slips"),
    [("jansen", "jansen", 0), ("jasnen", "jansen", 1), ("janssen", "jansen", 1), ("jsnaen", "jansen", 2)],
)
def test_neighbours_swapped_are_one_slip(typed, word, slips):
    assert slips_between(typed, word, most=2) == slips


@pytest.mark.parametrize(
    ("typed", "slips"), [("", 0), ("ab", 0), ("abc", 1), ("abcdefg", 1), ("abcdefgh", 2)]
)
def test_a_short_word_has_one_slip_and_a_long_one_two(typed, slips):
    assert slips_allowed(typed) == slips
