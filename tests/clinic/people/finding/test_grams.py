"""Grams: whatever is typed of a patient shares some with what is known of them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.people.finding import grams
from clinic.people.finding.grams import (
    LONGEST_GRAM,
    Known,
    grams_of,
    mail_pieces,
    name_pieces,
    name_pieces_asked,
    name_words,
    near,
    words_known,
)
from clinic.people.finding.slips import slips_allowed, slips_between

WORDS = st.text(alphabet="abc", min_size=3, max_size=9)
TEXTS = st.text(max_size=100)


def by_hand(text: str) -> set[str]:
    return {"".join(letters) for letters in zip(text, text[1:], text[2:], strict=False)}


@given(WORDS)
def test_pieces_are_all_three_letters_in_a_row_with_both_ends(word):
    assert name_pieces(word) == {f"n{piece}" for piece in by_hand(f"^{word}$")}


@given(WORDS, WORDS)
def test_one_slip_leaves_something_in_common(typed, word):
    if slips_between(typed, word, most=1) is not None:
        assert near(typed) & grams_of(Known(family_name=word))


@given(WORDS.filter(lambda word: len(word) > 7), WORDS)
def test_two_slips_in_a_long_word_leave_something_in_common(typed, word):
    slips = slips_between(typed, word, most=slips_allowed(typed))

    if slips == 2 and len(word) > 8:
        assert (name_pieces_asked(typed) | near(typed)) & grams_of(Known(family_name=word))


@given(WORDS)
def test_what_is_asked_by_stands_among_what_is_noted(word):
    assert name_pieces_asked(word) <= name_pieces(word)
    assert mail_pieces(f"{word}@mail.example") <= grams_of(Known(email=f"{word}@Mail.example"))


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_letters_are_read_as_any_others_are(text):
    # A letter that is not plain takes the long way; here it stands apart and is left out again.
    assert name_words(text) == name_words(f"{text} é")[:-1]


@given(WORDS, st.integers(0, 6), st.integers(3, 9))
def test_any_part_of_a_word_is_among_its_pieces(word, first, length):
    if len(part := word[first : first + length]) >= 3:
        assert {f"n{piece}" for piece in by_hand(part)} <= grams_of(Known(given_name=word))


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.dates(), st.lists(TEXTS, max_size=3))
def test_whatever_is_known_fits_the_column(given_name, family_name, phone, email, born_on, ids):
    known = Known(given_name, family_name, born_on, phone, email, tuple(ids))

    assert all(
        0 < len(gram) <= LONGEST_GRAM and "\0" not in gram for gram in grams_of(known) if "\0" not in gram
    )
    assert max(map(len, grams_of(known))) <= LONGEST_GRAM


@given(TEXTS)
def test_case_and_order_of_words_change_nothing(name):
    words = name.split()

    assert sorted(name_words(" ".join(reversed(words)))) == sorted(name_words(name))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Anne-Marie", ["anne", "marie"]),
        ("O’Neill", ["oneill"]),
        ("Strauß", ["strauss"]),
        ("Sørensen", ["sorensen"]),
        ("ĳsbrand", ["ijsbrand"]),
        ("İpek Yıldız", ["ipek", "yildiz"]),
        ("Łukasz", ["lukasz"]),
        ("नमिता", ["नमिता"]),
        ("St. John, (jr.)", ["st", "john", "jr"]),
        ("–", []),
    ],
)
def test_words_are_folded(name, words):
    assert name_words(name) == words


def test_a_name_of_many_words_is_one_word_too():
    assert words_known("van den Berg") == ["van", "den", "berg", "vandenberg"]
    assert words_known("Ada") == ["ada"]


def test_a_day_a_phone_an_address_and_an_id_are_known_whole():
    known = Known("", "", date(1970, 3, 9), "+31612345678", "Joost@Patients.example", ("K-1041 b",))

    found = grams_of(known)

    assert {
        "b1970-03-09",
        "b1970",
        "t31612345678",
        "ejoost@patients.example",
        "dpatients",
        "ik-1041b",
    } <= found
    assert {"p678", "p78$", "mjoo", "mst@"} <= found
    assert "p316" not in found


def test_what_is_too_long_is_told_apart_all_the_same():
    one, other = grams.elsewhere("x" * 200), grams.elsewhere("x" * 199 + "y")

    assert one != other
    assert len(one) <= LONGEST_GRAM


def test_nothing_known_is_found_by_nothing():
    assert grams_of(Known()) == frozenset()
