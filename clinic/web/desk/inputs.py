"""Inputs of forms: the browser's own pickers of dates and times, choices, and a stretch of days."""

from collections.abc import Sequence
from typing import Any

from django import forms


def day_input() -> forms.DateInput:
    """A date, with the calendar that the browser has for it."""
    # The only format in which a browser takes a date, whatever the language.
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def clock_input(*, step_minutes: int = 1) -> forms.TimeInput:
    """A time of the day."""
    return forms.TimeInput(attrs={"type": "time", "step": step_minutes * 60}, format="%H:%M")


def set_choices(form: forms.Form, **choices: Sequence[tuple[str, Any]]) -> None:
    """What is on offer in the form's fields of these names."""
    for name, offered in choices.items():
        field = form.fields[name]
        assert isinstance(field, forms.ChoiceField), "only choices are offered"
        field.choices = offered


class StretchFields(forms.Form):
    """From which day to which is looked, both included."""

    use_required_attribute = False

    first_on = forms.DateField(label="From", widget=day_input())
    last_on = forms.DateField(label="Until", widget=day_input())

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        first_on, last_on = typed.get("first_on"), typed.get("last_on")
        if first_on and last_on and last_on < first_on:
            self.add_error("last_on", "This day lies before the first. Choose a later one.")
        return typed
