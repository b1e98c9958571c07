"""Public holidays of a site, and those on which it is open all the same."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.hours.public_holidays import names_of_holidays
from clinic.hours.rota import NewDayHours, Rota, set_day_hours
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import DayHours, Site
from clinic.sentences import sentence as _

Spans = Sequence[tuple[time, time]]


@dataclass(frozen=True, slots=True)
class Holiday:
    """One at a site; with spans it is open then."""

    on: date
    name: str
    spans: Spans = ()


def holidays_ahead(*, site: Site, first: date, last: date) -> list[Holiday]:
    """The public holidays of the site from first to last, by date. One query."""
    named = names_of_holidays(country=site.country, subdivision=site.subdivision, first=first, last=last)
    spans: defaultdict[date, list[tuple[time, time]]] = defaultdict(list)
    rows = DayHours.objects.of_clinic(site.clinic_id).filter(
        site=site, resource=None, on__range=(first, last)
    )
    for on, opens, closes in rows.order_by("opens").values_list("on", "opens", "closes"):
        if opens is not None and closes is not None:
            spans[on].append((opens, closes))
    return [Holiday(on, name, tuple(spans[on])) for on, name in sorted(named.items())]


def override_holiday(*, site: Site, on: date, spans: Spans, by: Actor, now: datetime) -> list[DayHours]:
    """The site is open in these spans on a public holiday; with none it is closed.

    Raises NotAllowed, Unknown, and Refused (`not_a_holiday`, `hours_reversed`, `hours_overlap`). Locks:
    hours.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign(by=by, unknown_site=site)
    named = names_of_holidays(country=site.country, subdivision=site.subdivision, first=on, last=on)
    refuse_if_any(_problems(site, on, spans, is_holiday=on in named))
    day = NewDayHours(on, spans, note=named[on][:200])
    return set_day_hours(rota=Rota(site), day=day, by=by, now=now)


def _problems(site: Site, on: date, spans: Spans, *, is_holiday: bool) -> Iterator[Problem]:
    if not is_holiday:
        sentence = _(
            "{on:l j F Y} is no public holiday at {site}. Set the hours of that day.", on=on, site=site
        )
        yield Problem("not_a_holiday", ProblemKind.BLOCKER, sentence)
    if any(closes <= opens for opens, closes in spans):
        sentence = _("The hours end before they begin. Enter a later end.")
        yield Problem("hours_reversed", ProblemKind.BLOCKER, sentence)
