"""Public holidays of a site over REST: which there are, and on which it is open all the same."""

from datetime import timedelta
from typing import Any, TypedDict
from uuid import UUID

from rest_framework.exceptions import ValidationError

from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Site
from clinic.places.holidays import Holiday, holidays_ahead, override_holiday
from clinic.time.wall_clock import local_date
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Clock, Day, Shape
from clinic.web.rest.json_types import Date, Listed

_AHEAD = timedelta(days=550)


class HolidayFilter(Shape):
    """A year and a half from `from`, or from today."""

    from_ = Day(required=False)


class HolidayShape(Shape):
    """From `opens` until `closes` the site is open on that holiday; without both it is closed."""

    on = Day()
    opens = Clock(required=False)
    closes = Clock(required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("opens" in said) != ("closes" in said):
            raise ValidationError("Say both opens and closes, or neither.")
        return said


class OpenJson(TypedDict):
    """One span, HH:MM on the clock of the site."""

    opens: str
    closes: str


class HolidayJson(TypedDict):
    """A public holiday and what it is called; without a span the site is closed."""

    on: Date
    name: str
    open: list[OpenJson]


@speaks("list_holidays", Act.SEE_PLACES, query=HolidayFilter, answers={200: Listed[HolidayJson]})
def list_holidays(call: Call, site_id: UUID) -> Answer[Listed[HolidayJson]]:
    """List the public holidays of a site."""
    site = find(Site.objects.seen_by(call.by), uuid=site_id)
    first = call.asked.get("from") or local_date(database_now(), site.tz)
    found = holidays_ahead(site=site, first=first, last=first + _AHEAD)
    return Answer({"results": [_holiday_json(one) for one in found]})


@speaks(
    "override_holiday",
    Act.MANAGE_PLACES,
    does=Does.REPEATS,
    body=HolidayShape,
    answers={200: HolidayJson},
    refuses=("hours_reversed", "not_a_holiday"),
)
def override(call: Call, site_id: UUID) -> Answer[HolidayJson]:
    """Open a site on a public holiday, or close it again."""
    site = find(Site.objects.seen_by(call.by), uuid=site_id)
    call.refuse_if_stale(version=site.version)
    on, opens, closes = call.said["on"], call.said.get("opens"), call.said.get("closes")
    spans = [] if opens is None or closes is None else [(opens, closes)]
    override_holiday(site=site, on=on, spans=spans, by=call.by, now=database_now())
    [holiday] = holidays_ahead(site=site, first=on, last=on)
    return Answer(_holiday_json(holiday), version=site.version)


def _holiday_json(holiday: Holiday) -> HolidayJson:
    spans: list[OpenJson] = [
        {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"} for opens, closes in holiday.spans
    ]
    return {"on": holiday.on.isoformat(), "name": holiday.name, "open": spans}
