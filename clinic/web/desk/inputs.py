"""Fields of forms: days in the order of the clinic's country, times of day, choices, a stretch of days.

What is typed is read the way pages write it, and not the way a browser happens to be set up.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.time.typed import ISO, DayOrder, order_in, read_clock

_EARLIEST, _LATEST = 1900, 2199
# How a pattern names a day, a month and a year to people.
_WRITTEN = {"dd": _("dd"), "mm": _("mm"), "yyyy": _("yyyy")}
_LETTERS = re.compile("[a-z]+")
_order: ContextVar[DayOrder] = ContextVar("day_order", default=ISO)


@contextmanager
def days_as_in(country: str) -> Iterator[None]:
    """Within this, fields and inputs write and read days as that country does."""
    token = _order.set(order_in(country))
    try:
        yield
    finally:
        _order.reset(token)


def day_order() -> DayOrder:
    return _order.get()


class DayInput(forms.DateInput):
    """Its pattern is for people and for the script that puts a calendar beside it."""

    def format_value(self, value: Any) -> str | None:
        # An address may name a day as ISO does; it is shown as everywhere else.
        if isinstance(value, str):
            try:
                return day_order().write(date.fromisoformat(value))
            except ValueError:
                return str(value)
        return day_order().write(value) if isinstance(value, date) else None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        order = day_order()
        fixed = {
            "placeholder": _LETTERS.sub(lambda letters: str(_WRITTEN[letters[0]]), order.pattern),
            "data-day": order.parts + order.between,
            "inputmode": "numeric",
            "autocomplete": "off",
            "maxlength": "20",
        }
        return super().get_context(name, value, {**fixed, **(attrs or {})})


class DayField(forms.DateField):
    """A day, as `DayOrder.read` understands it."""

    widget = DayInput

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            on = day_order().read(str(value))
        except ValueError:
            on = None
        if on is None or not _EARLIEST <= on.year <= _LATEST:
            sentence = gettext("That is not a date. Write it as {day}.")
            written = sentence.format(day=day_order().write(date(2027, 1, 31)))
            raise forms.ValidationError(written, code="invalid")
        return on


class ClockInput(forms.TimeInput):
    """A time of the day by twenty-four hours, as pages write it."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        fixed = {"placeholder": _("hh:mm"), "inputmode": "numeric", "autocomplete": "off", "maxlength": "10"}
        super().__init__({**fixed, **(attrs or {})}, format="%H:%M")


class ClockField(forms.TimeField):
    """A time of the day, as `read_clock` understands it."""

    widget = ClockInput

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values:
            return None
        if isinstance(value, time):
            return value
        try:
            return read_clock(str(value))
        except ValueError:
            sentence = gettext("That is not a time of day. Write it as 09:30.")
            raise forms.ValidationError(sentence, code="invalid") from None


def set_choices(form: forms.Form, **choices: Sequence[tuple[str, Any]]) -> None:
    """What is on offer in the form's fields of these names."""
    for name, offered in choices.items():
        field = form.fields[name]
        assert isinstance(field, forms.ChoiceField), "only choices are offered"
        field.choices = offered


class StretchFields(forms.Form):
    """From which day to which is looked, both included."""

    use_required_attribute = False

    first_on = DayField(label=_("From"))
    last_on = DayField(label=_("Until"))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        first_on, last_on = typed.get("first_on"), typed.get("last_on")
        if first_on and last_on and last_on < first_on:
            self.add_error("last_on", gettext("This day lies before the first. Choose a later one."))
        return typed
