"""Phone numbers as people and spreadsheets write them: the digits that are kept were written. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

# As long as the column: SQLite would not mind longer numbers, PostgreSQL would.
LONGEST_PHONE = 16
_INTERNATIONAL = "00"
_NUMBER = re.compile(r"[+＋]?[\d\s().\-–/\u00a0]+")
# A spreadsheet takes a number for one and adds its decimals: 0612345678.0.
_DECIMAL = re.compile(r"[+]?\d+\.\d{1,2}")
# What parts numbers where no word does. Tried last: the stroke stands within numbers too.
_BETWEEN = (re.compile(r"\s*[,;|&\n]\s*|\s+[/–-]\s+"), re.compile(r"\s*[,;|&\n/]\s*"))
_WORD = re.compile(r"(?<!\S)\(?[^\W\d_][^\W\d_]*['’]?[^\W\d_]+[.:,;)]*(?!\S)")
_ENDS = " :.,;-/"


@dataclass(frozen=True, slots=True)
class Phones:
    """What a text about phones says: the first number, in E.164, and whether there is more than that."""

    number: str
    has_more: bool


def e164(text: str, *, country: str | None) -> str | None:
    """The number in E.164; one without a country code is read as one of the country. None for anything else.

    Nothing is kept of which a digit was lost or added.
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text) or _DECIMAL.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # A local number without its area code is “possible” too, but nobody else can call it.
    is_whole = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    keeps_digits = any(re.fullmatch(way, _digits(text)) for way in _ways_to_write(number, country))
    return written if is_whole and keeps_digits and len(written) <= LONGEST_PHONE else None


def phones_in(text: str, *, country: str | None) -> Phones | None:
    """The number in a text that may hold several, or a remark beside one; None if none is certain."""
    if (number := e164(text, country=country)) is not None:
        return Phones(number, has_more=False)
    # A remark may have digits of its own, and words before them; what no word parts are numbers, all of it.
    before_words = next((part.strip(_ENDS) for part in _WORD.split(text) if _digits(part)), "")
    for between in _BETWEEN:
        numbers = [e164(part.strip(_ENDS), country=country) for part in between.split(before_words)]
        found = [number for number in numbers if number is not None]
        if len(found) == len(numbers):
            return Phones(found[0], has_more=True)
    return None


def _digits(text: str) -> str:
    return "".join(str(int(letter)) for letter in text if letter.isdecimal())


def _ways_to_write(number: phonenumbers.PhoneNumber, country: str | None) -> Iterator[str]:
    """Patterns of the digits: abroad, from the country, with the (0) of both."""
    code, own = str(number.country_code), phonenumbers.national_significant_number(number)
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    national = f"({phonenumbers.ndd_prefix_for_region(region, True) or ''})?"
    home = phonenumbers.PhoneMetadata.metadata_for_region(country, None) if country else None
    yield f"({(home and home.international_prefix) or _INTERNATIONAL})?{code}{national}{own}"
    if home is not None and home.country_code == number.country_code:
        yield national + own
