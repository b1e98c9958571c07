"""Days and times of day as people type them: a day in the order of the clinic's country. Pure.

The orders and what stands between the numbers are the short dates of the Unicode CLDR.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time

_YEAR_FIRST = frozenset({"CA", "CN", "HU", "IR", "JP", "KR", "LT", "MN", "SE", "TW", "ZA"})
_MONTH_FIRST = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "UM", "US", "VI"})
_DOTS = frozenset(
    {"AL", "AM", "AT", "AZ", "BA", "BG", "BY", "CH", "CZ", "DE", "EE", "FI", "GE", "HR", "IL", "IS", "KZ"}
    | {"LI", "LV", "ME", "MK", "NO", "PL", "RO", "RS", "RU", "SI", "SK", "TR", "UA"}
)
_HYPHENS = frozenset({"CL", "DK", "NL", "SR"})

_PLACES = {"d": "dd", "m": "mm", "y": "yyyy"}
_APART = re.compile(r"[\s./,-]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.hu ]?(\d{2}))?\s*([ap])?\.?m?\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DayOrder:
    """“dmy” for day, month, year, and what stands between them."""

    parts: str
    between: str

    @property
    def pattern(self) -> str:
        """“dd-mm-yyyy”."""
        return self.between.join(_PLACES[part] for part in self.parts)

    def write(self, on: date) -> str:
        """“06-01-2027”."""
        numbers = {"d": f"{on.day:02}", "m": f"{on.month:02}", "y": f"{on.year:04}"}
        return self.between.join(numbers[part] for part in self.parts)

    def read(self, text: str) -> date:
        """The day that is meant: its numbers in this order, whatever stands between them.

        Understood wherever one is: a year that comes first (“2027-01-06”), a month in letters
        (“6 Jan 2027”). Raises ValueError for anything else, a year of two digits too.
        """
        words = _APART.split(text.strip())
        if len(words) == 1 and len(text.strip()) == 8:
            words = list(self._cut(text.strip()))
        if len(words) != 3:
            raise ValueError(text)
        day, month, year = self._sorted(words)
        if len(year) != 4 or not (day + year).isascii() or not (day + year).isdigit():
            raise ValueError(text)
        return date(int(year), _month(month), int(day))

    def _sorted(self, words: list[str]) -> tuple[str, str, str]:
        first, second, third = words
        if first[:1].isalpha():
            return second, first, third
        if second[:1].isalpha():
            return first, second, third
        if len(first) == 4:
            return third, second, first
        said = dict(zip(self.parts, words, strict=True))
        return said["d"], said["m"], said["y"]

    def _cut(self, digits: str) -> tuple[str, ...]:
        """“06012027” has no room for doubt within one order."""
        widths = [len(_PLACES[part]) for part in self.parts]
        starts = [sum(widths[:n]) for n in range(3)]
        return tuple(digits[start : start + width] for start, width in zip(starts, widths, strict=True))


ISO = DayOrder("ymd", "-")


def order_in(country: str) -> DayOrder:
    """How days are written in that country; year first where none is named."""
    if not country:
        return ISO
    if country in _YEAR_FIRST:
        return ISO
    between = "." if country in _DOTS else "-" if country in _HYPHENS else "/"
    return DayOrder("mdy" if country in _MONTH_FIRST else "dmy", between)


def read_clock(text: str) -> time:
    """“9:05”, “9.05”, “905”, “9h05”, “9u05”, “9” or “9:05 pm”. Raises ValueError for anything else."""
    found = _CLOCK.fullmatch(text.strip().removesuffix(":00") if text.count(":") == 2 else text.strip())
    if found is None:
        raise ValueError(text)
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(text)
    return time(hour % 12 + (12 if half == "p" else 0) if half else hour, minute)


def _month(word: str) -> int:
    if word.isascii() and word.isdigit():
        return int(word)
    if len(word) < 3 or not word.isalpha():
        raise ValueError(word)
    number = next((n for n, name in enumerate(_MONTHS, 1) if word.casefold().startswith(name)), None)
    if number is None:
        raise ValueError(word)
    # The whole word is checked: “Marvellous” is no month.
    whole = datetime(2000, number, 1).strftime("%B").casefold()  # noqa: DTZ001  (only its name is wanted)
    if not (whole.startswith(word.casefold()) or word.casefold() == "sept"):
        raise ValueError(word)
    return number
