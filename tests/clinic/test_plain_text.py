"""What people type, made fit for mail headers, calendar lines and search."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import Problem, ProblemKind
from clinic.plain_text import lines, one_line, search_words, text_problems
from clinic.sentences import verbatim

anything = st.text(alphabet=st.characters(), max_size=60)


@given(text=anything)
def test_one_line_never_holds_a_line_break_or_a_control_character(text):
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert not [letter for letter in line if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")]
    assert line == line.strip()
    assert one_line(line) == line


@given(text=anything)
def test_lines_keep_their_breaks_and_lose_other_control_characters(text):
    kept = lines(text)

    assert not [letter for letter in kept if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cs")]
    assert lines(kept) == kept


def test_a_name_cannot_smuggle_a_mail_header():
    assert one_line("Eve\r\nBcc: everyone@clinic.example") == "Eve Bcc: everyone@clinic.example"


def test_text_cannot_be_turned_around():
    assert one_line("Anna\u202egnp.exe") == "Annagnp.exe"


def test_a_persian_name_keeps_its_joiner():
    assert one_line("علی\u200cرضا") == "علی\u200cرضا"
    assert search_words("علی\u200cرضا") == search_words("علیرضا")


def test_a_note_keeps_its_lines():
    assert lines("  Ring twice.\r\nSecond floor.  \x00\n") == "Ring twice.\nSecond floor."


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Müller", "muller"),
        ("MÜLLER", "müller"),
        ("Sørensen", "sorensen"),
        ("Wałęsa", "walesa"),
        ("Yıldız", "yildiz"),
        ("İpek", "ipek"),
        ("Weiß", "weiss"),
        ("Æsa", "aesa"),
        ("Nguyễn", "nguyen"),
        ("Ⅷ™", "viiitm"),
        ("de  Vries", "de vries"),
    ],
)
def test_accents_and_case_do_not_hide_a_name(name, typed):
    assert search_words(name) == search_words(typed) == typed.replace("ü", "u")


@given(text=anything)
def test_searching_for_what_is_stored_finds_it(text):
    assert search_words(search_words(text)) == search_words(text)


def test_text_that_is_there_and_short_enough_is_no_problem():
    assert list(text_problems("Holiday", "reason", missing=verbatim("Say why."), most=7)) == []


def test_text_that_is_missing_is_refused_in_the_words_of_whoever_asks():
    problems = list(text_problems("", "reason", missing=verbatim("Say why."), most=7))

    assert problems == [Problem("reason_missing", ProblemKind.BLOCKER, verbatim("Say why."))]


def test_text_that_is_too_long_is_refused_with_the_length_that_it_may_have():
    problems = list(text_problems("Holidays", "reason", missing=verbatim("Say why."), most=7))

    sentence = "Write the reason in 7 letters or fewer."
    assert problems == [Problem("reason_too_long", ProblemKind.BLOCKER, verbatim(sentence))]


def test_what_is_too_long_may_be_called_by_another_name():
    (problem,) = text_problems("Holidays", "record", most=7, what=verbatim("each field"))

    assert (problem.code, problem.sentence) == ("record_too_long", "Write each field in 7 letters or fewer.")


def test_text_that_nobody_demands_may_be_left_out():
    assert list(text_problems("", "note", most=7)) == []


def test_text_without_a_limit_may_be_of_any_length():
    assert list(text_problems("a" * 10_000, "label", missing=verbatim("Name the key."))) == []
