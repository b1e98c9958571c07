"""What forms are typed into: the browser's own pickers of dates and times."""

from django import forms


def day_input() -> forms.DateInput:
    """A date, with the calendar that the browser has for it."""
    # The only format in which a browser takes a date, whatever the language.
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def clock_input(*, step_minutes: int = 1) -> forms.TimeInput:
    """A time of the day."""
    return forms.TimeInput(attrs={"type": "time", "step": step_minutes * 60}, format="%H:%M")
