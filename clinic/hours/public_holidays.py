"""Public holidays by country and subdivision, from the `holidays` package."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

from clinic.errors import Malformed
from clinic.sentences import sentence as _


@lru_cache(maxsize=256)
def _of_year(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """By date, what it is called there."""
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
        return MappingProxyType(dict(found.items()))
    except NotImplementedError:
        place = " ".join(filter(None, [country, subdivision]))
        raise Malformed(
            "unknown_country", _("No public holidays are known for {place}.", place=place)
        ) from None


def public_holidays(*, country: str, subdivision: str, first: date, last: date) -> frozenset[date]:
    """The public holidays from first to last; none where no country is given.

    Raises Malformed (`unknown_country`) for a country or subdivision the package does not know.
    """
    return frozenset(names_of_holidays(country=country, subdivision=subdivision, first=first, last=last))


def names_of_holidays(*, country: str, subdivision: str, first: date, last: date) -> dict[date, str]:
    """The same, with what the package calls them. Raises the same."""
    if not country:
        return {}
    years = range(first.year, last.year + 1)
    known = {on: name for year in years for on, name in _of_year(country, subdivision, year).items()}
    return {on: name for on, name in known.items() if first <= on <= last}
