"""Dates, ages and wishes in the desk's words, in the language that is active."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clinic import sentences
from clinic.models import Patient
from clinic.plain_text import isolated
from clinic.web.templatetags.desk import clock, plain_day
from clinic.wording import worded
from treatments.cadence import Window
from treatments.models import SessionType
from treatments.wishes import Wishes

_WEEKDAYS = (
    _("Mondays"),
    _("Tuesdays"),
    _("Wednesdays"),
    _("Thursdays"),
    _("Fridays"),
    _("Saturdays"),
    _("Sundays"),
)


def patient_words(patient: Patient) -> str:
    """“Jan de Vries, born 3 Mar 1980”: whom of several one means."""
    who = isolated(patient)
    if patient.born_on is None:
        return who
    return gettext("{patient}, born {date}").format(patient=who, date=plain_day(patient.born_on))


def date_words(on: date, *, today: date) -> str:
    """“Mon 11 Jan”, with the year when it is not this one."""
    return f"{date_format(on, 'D j M')}{_year(on, today)}"


def window_words(window: Window, *, today: date) -> str:
    """“between 12 and 19 Jan, best 15 Jan”."""
    first, last = window.earliest, window.latest
    if first == last:
        return gettext("on {date}").format(date=f"{_short(first)}{_year(first, today)}")
    if (first.year, first.month) == (last.year, last.month):
        begins = str(first.day)
    else:
        begins = f"{_short(first)}{_year(first, today) if first.year != last.year else ''}"
    return gettext("between {first} and {last}, best {target}").format(
        first=begins, last=f"{_short(last)}{_year(last, today)}", target=_short(window.target)
    )


def span_words(dates: Sequence[date], *, today: date) -> str:
    """“11 Jan to 8 Mar”: from the first date to the last."""
    first, last = min(dates), max(dates)
    if first == last:
        return f"{_short(first)}{_year(first, today)}"
    begins = f"{_short(first)}{_year(first, today) if first.year != last.year else ''}"
    return _to(begins, f"{_short(last)}{_year(last, today)}")


def hours_words(starts: time | datetime | None, ends: time | datetime | None) -> str:
    """“09:00 to 09:30”."""
    return _to(clock(starts), clock(ends))


def taken_words(taken: Sequence[Mapping[str, Any]]) -> list[str]:
    """“Mon 11 Jan, 09:00 to 09:30: Amara, Dr Osei”: what a TimeTaken tells, one line a date."""
    by_date: dict[date, list[Mapping[str, Any]]] = {}
    for entry in sorted(taken, key=lambda entry: entry["starts_at"]):
        by_date.setdefault(entry["starts_at"].date(), []).append(entry)
    return [_taken_line(on, entries) for on, entries in by_date.items()]


def _taken_line(on: date, entries: Sequence[Mapping[str, Any]]) -> str:
    hours = hours_words(entries[0]["starts_at"], max(entry["ends_at"] for entry in entries))
    names = ", ".join(dict.fromkeys(isolated(entry["resource"]["name"]) for entry in entries))
    return f"{date_words(on, today=on)}, {hours}: {names}"


def age_words(born_on: date, *, today: date) -> str:
    years = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    return ngettext("{count} year", "{count} years", years).format(count=years)


def wishes_words(wishes: Wishes, *, practitioner: str) -> str:
    """“Mondays and Wednesdays, not before 12:00, with Dr Osei”; nothing when nothing is wished."""
    words = []
    if wishes.weekdays:
        words.append(listed([str(_WEEKDAYS[day - 1]) for day in sorted(wishes.weekdays)]))
    if wishes.after:
        words.append(gettext("not before {time}").format(time=clock(wishes.after)))
    if wishes.before:
        words.append(gettext("over by {time}").format(time=clock(wishes.before)))
    if practitioner:
        words.append(gettext("with {name}").format(name=practitioner))
    if wishes.same_hour:
        words.append(gettext("always at the same hour"))
    if wishes.same_practitioner:
        words.append(gettext("always with the same practitioner"))
    if wishes.companion:
        words.append(gettext("together with another patient"))
    if words and wishes.hard:
        words.append(gettext("nothing else"))
    said = ", ".join(words)
    return said[:1].upper() + said[1:]


def type_words(kind: SessionType) -> str:
    """“Consultation, 30 minutes”."""
    minutes = kind.patient_minutes
    return ngettext("{name}, {count} minute", "{name}, {count} minutes", minutes).format(
        name=kind.name, count=minutes
    )


def listed(words: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    return worded(sentences.listed(words))


def _short(on: date) -> str:
    return date_format(on, "j M")


def _year(on: date, today: date) -> str:
    return "" if on.year == today.year else f" {on.year}"


def _to(first: str, last: str) -> str:
    return gettext("{first} to {last}").format(first=first, last=last)
