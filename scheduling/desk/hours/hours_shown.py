"""Hours as the pages show them: weeks in words, whose they are, and where they are changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from clinic.hours.opening import DaySpan, WeeklySpan
from clinic.hours.rota import Rota
from clinic.hours.span_problems import span_words
from clinic.hours.weeks import Week
from clinic.plain_text import isolated
from clinic.web.templatetags.desk import plain_day
from clinic.wording import worded

PAGES = ("site-hours", "resource-hours")
DAY_PAGES = ("site-days", "resource-days")


@dataclass(frozen=True, slots=True)
class WeekShown:
    """One week: from when it holds, and its spans in words."""

    begins_on: date
    lines: tuple[str, ...]
    is_present: bool = False


@dataclass(frozen=True, slots=True)
class DayShown:
    """One date with hours of its own."""

    on: date
    words: str
    note: str


def address(rota: Rota, pages: tuple[str, str] = PAGES) -> str:
    """That of the page about whose hours these are: the site's, or a resource's there."""
    of_site, of_resource = pages
    if rota.resource is None:
        return reverse(of_site, args=[rota.site.uuid])
    return reverse(of_resource, args=[rota.site.uuid, rota.resource.uuid])


def called(rota: Rota) -> str:
    """“Hours of Keizersgracht”, “Hours of Dr Osei at Keizersgracht”."""
    if rota.resource is None:
        return gettext("Hours of {site}").format(site=isolated(rota.site))
    words = gettext("Hours of {resource} at {site}")
    return words.format(resource=isolated(rota.resource), site=isolated(rota.site))


def lines_of(spans: Iterable[WeeklySpan]) -> tuple[str, ...]:
    """“Tuesday 17:00–20:00, every 2 weeks, until 31 May 2027”."""
    return tuple(", ".join(_parts(span)) for span in spans)


def weeks_shown(weeks: Sequence[Week], *, today: date) -> list[WeekShown]:
    """In order of time; the present one is marked."""
    begun = [week.begins_on for week in weeks if week.begins_on <= today]
    present = max(begun, default=None)
    return [WeekShown(week.begins_on, lines_of(week.spans), week.begins_on == present) for week in weeks]


def days_shown(days: Sequence[DaySpan], notes: dict[date, str]) -> list[DayShown]:
    """One for each date, however many spans it has."""
    spans: dict[date, list[str]] = {}
    for day in days:
        times = spans.setdefault(day.on, [])
        if day.opens is not None and day.closes is not None:
            times.append(clocks(day.opens, day.closes))
    return [
        DayShown(on, ", ".join(times) or gettext("Closed"), notes.get(on, "")) for on, times in spans.items()
    ]


def clocks(opens: time, closes: time) -> str:
    """“17:00–20:00”."""
    return f"{opens:%H:%M}–{closes:%H:%M}"


def _parts(span: WeeklySpan) -> list[str]:
    parts = [worded(span_words(span))]
    if span.every_weeks > 1:
        weeks = ngettext("every {count} week", "every {count} weeks", span.every_weeks)
        parts.append(weeks.format(count=span.every_weeks))
    if span.valid_until is not None:
        parts.append(gettext("until {day}").format(day=plain_day(span.valid_until)))
    return parts
