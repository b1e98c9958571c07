"""Dates in the desk's words."""

from datetime import date, time
from uuid import uuid4

import pytest

from scheduling.desk.shared.wording import (
    age_words,
    date_words,
    listed,
    span_words,
    window_words,
    wishes_words,
)
from treatments.cadence import Window
from treatments.wishes import Wishes

TODAY = date(2027, 1, 4)


@pytest.mark.parametrize(
    ("earliest", "target", "latest", "words"),
    [
        ((2027, 1, 12), (2027, 1, 15), (2027, 1, 19), "between 12 and 19 Jan, best 15 Jan"),
        ((2027, 1, 28), (2027, 1, 31), (2027, 2, 4), "between 28 Jan and 4 Feb, best 31 Jan"),
        ((2027, 12, 28), (2028, 1, 1), (2028, 1, 4), "between 28 Dec and 4 Jan 2028, best 1 Jan"),
        ((2028, 3, 1), (2028, 3, 1), (2028, 3, 9), "between 1 and 9 Mar 2028, best 1 Mar"),
        ((2028, 12, 28), (2028, 12, 30), (2029, 1, 4), "between 28 Dec 2028 and 4 Jan 2029, best 30 Dec"),
        ((2027, 2, 1), (2027, 2, 1), (2027, 2, 1), "on 1 Feb"),
    ],
)
def test_a_window_is_said_in_the_fewest_words_that_are_clear(earliest, target, latest, words):
    window = Window(date(*earliest), date(*target), date(*latest))

    assert window_words(window, today=TODAY) == words


def test_a_date_of_another_year_says_so():
    assert date_words(date(2027, 1, 11), today=TODAY) == "Mon 11 Jan"
    assert date_words(date(2028, 1, 11), today=TODAY) == "Tue 11 Jan 2028"


def test_a_span_goes_from_the_first_date_to_the_last():
    assert span_words([date(2027, 3, 8), date(2027, 1, 11)], today=TODAY) == "11 Jan to 8 Mar"
    assert span_words([date(2027, 12, 8), date(2028, 1, 11)], today=TODAY) == "8 Dec to 11 Jan 2028"
    assert span_words([date(2027, 1, 11)], today=TODAY) == "11 Jan"


def test_a_birthday_counts_from_the_day_itself():
    assert age_words(date(1987, 1, 4), today=TODAY) == "40 years"
    assert age_words(date(1987, 1, 5), today=TODAY) == "39 years"
    assert age_words(date(2026, 1, 1), today=TODAY) == "1 year"


def test_wishes_are_one_sentence():
    wishes = Wishes(
        weekdays=frozenset({3, 1}), after=time(12), before=time(16), practitioner=uuid4(), hard=True
    )

    said = wishes_words(wishes, practitioner="Dr Osei")

    assert said == "Mondays and Wednesdays, not before 12:00, over by 16:00, with Dr Osei, nothing else"
    assert wishes_words(Wishes(), practitioner="") == ""


def test_lists_end_in_and():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
