"""Shapes of a week as it is typed in or drawn: a row for each span. The rules are the use cases' own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.hours.opening import WeeklySpan
from clinic.hours.span_problems import MOST_WEEKS, WEEKDAYS
from clinic.web.desk.inputs import ClockField, DayField
from clinic.wording import worded

# More than programs may send, so that every week can be shown.
MOST_ROWS, EMPTY_ROWS = 110, 2
PREFIX = "hours"


class WeekFields(forms.Form):
    """From when on the week holds."""

    use_required_attribute = False

    begins_on = DayField(
        label=_("From"),
        help_text=_("Hours before this day stay. Later ones are replaced."),
        error_messages={"required": _("Enter the first day.")},
    )


class CopyFields(forms.Form):
    """The hours of one weekday, given to others."""

    use_required_attribute = False

    copy_from = forms.TypedChoiceField(required=False, coerce=int, label=_("Copy the hours of"))
    copy_to = forms.TypedMultipleChoiceField(
        required=False, coerce=int, label=_("To"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for name in ("copy_from", "copy_to"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField), "weekdays are offered"
            field.choices = weekday_choices()


class SpanFields(forms.Form):
    """One span on one weekday. A row without times is none."""

    use_required_attribute = False

    weekday = forms.TypedChoiceField(coerce=int, label=_("Weekday"))
    opens = ClockField(required=False, label=_("Opens"))
    closes = ClockField(required=False, label=_("Closes"))
    every_weeks = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_WEEKS,
        label=_("Every so many weeks"),
        error_messages={
            "min_value": _("Hours recur every week or every so many weeks, from 1."),
            "max_value": _("Hours recur every week or every so many weeks, to 52."),
        },
    )
    counted_from = DayField(required=False, label=_("In the week of"))
    valid_until = DayField(required=False, label=_("Until"))

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        field = self.fields["weekday"]
        assert isinstance(field, forms.ChoiceField), "weekdays are offered"
        field.choices = weekday_choices()

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if not self.errors and (typed.get("opens") is None) != (typed.get("closes") is None):
            missing = "opens" if typed.get("opens") is None else "closes"
            self.add_error(missing, gettext("Enter both times, or none."))
        return typed


class Spans(forms.BaseFormSet):  # type: ignore[type-arg]  # not generic while it runs
    """The rows of a week."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "missing_management_form": _("The rows did not arrive. Open the page again and type them anew."),
        "too_many_forms": _("That are more rows than a week has. Make fewer of them."),
    }

    def spans(self, begins_on: date) -> list[WeeklySpan]:
        """Those that have times. What is every week is counted from nowhere."""
        return [
            WeeklySpan(
                weekday=typed["weekday"],
                opens=typed["opens"],
                closes=typed["closes"],
                every_weeks=typed["every_weeks"] or 1,
                valid_from=begins_on,
                valid_until=typed["valid_until"],
                counted_from=typed["counted_from"] if (typed["every_weeks"] or 1) > 1 else None,
            )
            for typed in (form.cleaned_data for form in self.forms)
            if typed.get("opens") is not None
        ]


SpanRows = forms.formset_factory(
    SpanFields, formset=Spans, extra=EMPTY_ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
)


def rows_of(spans: Iterable[WeeklySpan]) -> Spans:
    """The rows that say these spans, and some empty ones."""
    initial = [
        {
            "weekday": span.weekday,
            "opens": span.opens,
            "closes": span.closes,
            "every_weeks": span.every_weeks,
            "counted_from": span.counted_from,
            "valid_until": span.valid_until,
        }
        for span in spans
    ]
    return cast(Spans, SpanRows(initial=initial, prefix=PREFIX))


def rows_typed(posted: Mapping[str, Any]) -> Spans:
    """The rows as they were sent."""
    return cast(Spans, SpanRows(posted, prefix=PREFIX))


def copied(spans: Iterable[WeeklySpan], *, weekday: int, to: Iterable[int]) -> list[WeeklySpan]:
    """The same week, in which some weekdays have the hours of another in place of their own."""
    targets = [one for one in to if one != weekday]
    kept = [span for span in spans if span.weekday not in targets]
    pattern = [span for span in kept if span.weekday == weekday]
    given = [replace(span, weekday=one) for one in targets for span in pattern]
    return sorted([*kept, *given], key=lambda span: (span.weekday, span.opens))


def weekday_choices() -> list[tuple[int, str]]:
    """1 is Monday."""
    return [(number, worded(name)) for number, name in enumerate(WEEKDAYS, start=1)]
