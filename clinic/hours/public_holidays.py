"""Public holidays by country and subdivision, from the `holidays` package."""

from datetime import date
from functools import lru_cache

import holidays

from clinic.errors import Malformed
from clinic.sentences import sentence as _


@lru_cache(maxsize=256)
def _of_year(country: str, subdivision: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))
    except NotImplementedError:
        place = " ".join(filter(None, [country, subdivision]))
        raise Malformed(
            "unknown_country", _("No public holidays are known for {place}.", place=place)
        ) from None


def public_holidays(*, country: str, subdivision: str, first: date, last: date) -> frozenset[date]:
    """The public holidays from first to last; none where no country is given.

    Raises Malformed (`unknown_country`) for a country or subdivision the package does not know.
    """
    if not country:
        return frozenset()
    years = range(first.year, last.year + 1)
    known = frozenset().union(*(_of_year(country, subdivision, year) for year in years))
    return frozenset(on for on in known if first <= on <= last)
