"""Today and the days around it, where the clinic works."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.errors import Malformed
from clinic.identity.actors import Actor
from clinic.models import Site
from clinic.sentences import sentence as _
from clinic.time.wall_clock import day_starts_at, local_date
from clinic.web.desk.inputs import day_order

FIRST_YEAR, LAST_YEAR = 2000, 2199


def sites_of(*, by: Actor) -> list[Site]:
    """All sites of the clinic, the first one first: it says what “today” is. One query."""
    return list(Site.objects.seen_by(by).order_by("pk"))


def today_at(*, sites: Sequence[Site], now: datetime) -> date:
    return local_date(now, zone_at(sites=sites))


def zone_at(*, sites: Sequence[Site]) -> ZoneInfo:
    """That of the first site; UTC while there is none."""
    return sites[0].tz if sites else ZoneInfo("UTC")


def instants_of(*, first_on: date, last_on: date, sites: Sequence[Site]) -> tuple[datetime, datetime]:
    """[first, end) instants that hold those local dates, both included, at every site."""
    zones = [site.tz for site in sites]
    after = last_on + timedelta(days=1)
    if not zones:
        midnight = datetime.min.time()
        return datetime.combine(first_on, midnight, UTC), datetime.combine(after, midnight, UTC)
    return (
        min(day_starts_at(first_on, zone) for zone in zones),
        max(day_starts_at(after, zone) for zone in zones),
    )


def date_asked(text: str, *, otherwise: date) -> date:
    """The date in an address, as people type it. Raises Malformed."""
    if not text:
        return otherwise
    try:
        on = day_order().read(text)
    except ValueError:
        on = None
    if on is None or not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise Malformed(
            "malformed_date",
            _(
                "“{text}” is not a date of this book. Write it as {example}.",
                text=text[:40],
                example=day_order().write(otherwise),
            ),
        )
    return on
