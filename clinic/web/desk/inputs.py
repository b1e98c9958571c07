"""Fields of forms: days in the order of the clinic's country, times of day, choices, a stretch of days, and
on whose word a rule is set aside.

What is typed is read the way pages write it, and not the way a browser happens to be set up.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.access.speakers import could_pass, speakers_for, who_could
from clinic.errors import ClinicError, Problem, Refused
from clinic.identity.actors import Actor
from clinic.plain_text import isolated
from clinic.time.typed import ISO, DayOrder, order_in, read_clock
from clinic.web.clock import now

EARLIEST, LATEST = 1900, 2199
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
        if on is None or not EARLIEST <= on.year <= LATEST:
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


class WordFields(forms.Form):
    """On whose word a rule is set aside, beside the field that says why, which `why` names.

    Only who may act on a word is asked, and only where there is somebody to name.
    """

    why = "reason"
    # The rules that the form's reason sets aside; None are all that can be.
    opens: frozenset[str] | None = None

    on_word_of = forms.ChoiceField(
        required=False,
        label=_("On the word of"),
        help_text=_("If somebody else decided it. They see that it was done in their name."),
        error_messages={"invalid_choice": _("They cannot be named any more. Choose again.")},
    )

    def __init__(self, *args: Any, by: Actor, **named: Any) -> None:
        super().__init__(*args, **named)
        self.by = by
        self.speakers = {speaker.reference: speaker for speaker in speakers_for(by=by, now=now())}
        if self.speakers:
            named_so = [(key, speaker.name) for key, speaker in self.speakers.items()]
            set_choices(self, on_word_of=[("", gettext("Nobody: I decide")), *named_so])
        else:
            del self.fields["on_word_of"]

    @property
    def actor(self) -> Actor:
        """Who acts, on the word that was chosen."""
        chosen = self.cleaned_data.get("on_word_of")
        return self.by.saying(self.speakers[chosen]) if chosen else self.by

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("on_word_of") and self.why in self.fields and not typed.get(self.why):
            self.add_error(self.why, gettext("Say why: it is kept with who said so."))
        return typed

    @property
    def lacks_only_why(self) -> bool:
        """Whether all else makes sense: the page is shown as it was, with what is wrong beside these two."""
        return not {*self.errors} - {self.why, "on_word_of"}

    def could_pass(self, problems: Iterable[Problem]) -> bool:
        """Whether nothing keeps the actor from it that no reason opens: their own, or another's."""
        return could_pass(problems, by=self.by, speakers=self.speakers.values())

    def who_could(self, refusal: ClinicError) -> str:
        """On whose word it could be done, where nobody was chosen and somebody's would help."""
        if "on_word_of" not in self.fields or self.cleaned_data.get("on_word_of"):
            return ""
        rules = self.rules_in(refusal)
        if self.opens is not None and not {rule.code for rule in rules} <= self.opens:
            return ""
        named = who_could(rules, by=self.by, speakers=self.speakers.values())
        if not named:
            return ""
        names = ", ".join(isolated(speaker.name) for speaker in named)
        words = gettext("One of these may decide it: {names}. Choose who said so, and say why.")
        return words.format(names=names)

    @staticmethod
    def rules_in(refusal: ClinicError) -> Sequence[Problem]:
        """The rules that it names, those that can be set aside among them."""
        return refusal.problems if isinstance(refusal, Refused) else ()
