"""Dates in the desk's words. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from treatments.cadence import Window
from treatments.wishes import Wishes

_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def date_words(on: date, *, today: date) -> str:
    """“Mon 11 Jan”, with the year when it is not this one."""
    return f"{on:%a} {on.day} {on:%b}{_year(on, today)}"


def window_words(window: Window, *, today: date) -> str:
    """“between 12 and 19 Jan, best 15 Jan”."""
    first, last = window.earliest, window.latest
    if first == last:
        return f"on {_short(first)}{_year(first, today)}"
    if (first.year, first.month) == (last.year, last.month):
        between = f"{first.day} and {_short(last)}"
    elif first.year == last.year:
        between = f"{_short(first)} and {_short(last)}"
    else:
        between = f"{_short(first)}{_year(first, today)} and {_short(last)}"
    return f"between {between}{_year(last, today)}, best {_short(window.target)}"


def span_words(dates: Sequence[date], *, today: date) -> str:
    """“11 Jan to 8 Mar”: from the first date to the last."""
    first, last = min(dates), max(dates)
    if first == last:
        return f"{_short(first)}{_year(first, today)}"
    first_year = _year(first, today) if first.year != last.year else ""
    return f"{_short(first)}{first_year} to {_short(last)}{_year(last, today)}"


def taken_words(taken: Sequence[Mapping[str, Any]]) -> list[str]:
    """“Mon 11 Jan, 09:00 to 09:30: Amara, Dr Osei”: what a TimeTaken tells, one line a date."""
    by_date: dict[date, list[Mapping[str, Any]]] = {}
    for entry in sorted(taken, key=lambda entry: entry["starts_at"]):
        by_date.setdefault(entry["starts_at"].date(), []).append(entry)
    return [
        f"{date_words(on, today=on)}, {entries[0]['starts_at']:%H:%M} "
        f"to {max(entry['ends_at'] for entry in entries):%H:%M}: "
        + ", ".join(dict.fromkeys(entry["resource"]["name"] for entry in entries))
        for on, entries in by_date.items()
    ]


def age_words(born_on: date, *, today: date) -> str:
    years = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    return "1 year" if years == 1 else f"{years} years"


def wishes_words(wishes: Wishes, *, practitioner: str) -> str:
    """“Mondays and Wednesdays, not before 12:00, with Dr Osei”; nothing when nothing is wished."""
    words = []
    if wishes.weekdays:
        words.append(listed([_WEEKDAYS[day - 1] for day in sorted(wishes.weekdays)]))
    if wishes.after:
        words.append(f"not before {wishes.after:%H:%M}")
    if wishes.before:
        words.append(f"over by {wishes.before:%H:%M}")
    if practitioner:
        words.append(f"with {practitioner}")
    if wishes.same_hour:
        words.append("always at the same hour")
    if wishes.same_practitioner:
        words.append("always with the same practitioner")
    if wishes.companion:
        words.append("together with another patient")
    if words and wishes.hard:
        words.append("nothing else")
    said = ", ".join(words)
    return said[:1].upper() + said[1:]


def listed(words: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _short(on: date) -> str:
    return f"{on.day} {on:%b}"


def _year(on: date, today: date) -> str:
    return "" if on.year == today.year else f" {on.year}"
