"""Phone numbers: the digits that were written are kept, or nothing is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.people.phones import Phones, e164, phones_in


@pytest.mark.parametrize(
    "text",
    [
        "0612345678.0",
        "0612345678.00",
        "6.12345678E8",
        "6,12345678E+08",
        "+31612345,678",
        "061234567O",
        "06 12345678 x 12",
        "06 1234 5678 9012",
        "no phone",
    ],
)
def test_what_a_spreadsheet_or_a_slip_spoilt_is_no_number(text):
    assert phones_in(text, country="NL") is None


@pytest.mark.parametrize(
    "text",
    ["06 12345678", "06.12.34.56.78", "612345678", "0031612345678", "+31 (0)6 12345678", "+31-6-12345678"],
)
def test_a_number_may_be_written_in_many_ways(text):
    assert phones_in(text, country="NL") == Phones("+31612345678", has_more=False)


@pytest.mark.parametrize(
    "text",
    [
        "06 12345678 / 020 1234567",
        "06 12345678/020 1234567",
        "06 12345678 - 020 1234567",
        "0612345678, 0201234567",
        "0612345678 en 0201234567",
        "06 12345678 (work)",
        "06 12345678 not before 18:00",
        "+31 6 12345678 (Anna's mother)",
        "mother: 06 12345678",
    ],
)
def test_of_several_numbers_or_a_remark_the_first_number_is_found(text):
    assert phones_in(text, country="NL") == Phones("+31612345678", has_more=True)


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("1-415-555-2671", "US", "+14155552671"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("06 6982 1234", "IT", "+390669821234"),
    ],
)
def test_each_country_writes_numbers_in_its_own_way(text, country, number):
    assert e164(text, country=country) == number


@given(st.text(alphabet="0123456789+-./ (),;E x", max_size=24))
def test_digits_out_are_digits_in(text):
    """The number is what was written, without the zeros that a country dials first."""
    number = e164(text, country="NL")

    if number is not None:
        digits = re.sub(r"\D", "", text)
        kept = number.removeprefix("+")
        assert digits.endswith(kept.removeprefix("31").removeprefix("0"))
        front = digits.removesuffix(kept.removeprefix("31"))
        assert front in ("", "0", "31", "310", "0031", "00310") or digits in (kept, f"00{kept}")
