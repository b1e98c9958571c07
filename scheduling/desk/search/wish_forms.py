"""The forms of wishes and of a search. The rules are the use cases' own."""

from datetime import date
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, gettext_lazy

from clinic.plain_text import isolated
from clinic.web.desk.inputs import ClockField, DayField, set_choices
from scheduling.desk.search.companions import LONGEST_NAME, Companions
from scheduling.desk.shared.choices import OnOffer
from scheduling.desk.shared.wording import date_words, wishes_words
from scheduling.search.propose import Asked
from treatments.models import Plan
from treatments.wishes import Wishes, wishes_from

WEEKDAYS = (
    (1, gettext_lazy("Mon")),
    (2, gettext_lazy("Tue")),
    (3, gettext_lazy("Wed")),
    (4, gettext_lazy("Thu")),
    (5, gettext_lazy("Fri")),
    (6, gettext_lazy("Sat")),
    (7, gettext_lazy("Sun")),
)


class WishFields(forms.Form):
    """When the patient can and likes to come."""

    use_required_attribute = False

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        coerce=int,
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    after = ClockField(required=False, label=gettext_lazy("Not before"))
    before = ClockField(required=False, label=gettext_lazy("Over by"))
    practitioner = forms.ChoiceField(required=False, label=gettext_lazy("With"))
    site = forms.ChoiceField(required=False, label=gettext_lazy("At"))
    same_hour = forms.BooleanField(
        required=False, label=gettext_lazy("Always on the same weekday and hour"), label_suffix=""
    )
    same_practitioner = forms.BooleanField(
        required=False, label=gettext_lazy("Always with the same practitioner"), label_suffix=""
    )
    # Wished for over the interface; a form keeps them as they are.
    companion = forms.UUIDField(required=False, widget=forms.HiddenInput)
    within_minutes = forms.IntegerField(required=False, widget=forms.HiddenInput)
    hard = forms.BooleanField(
        required=False, label=gettext_lazy("Show only calendars that keep every wish"), label_suffix=""
    )

    def __init__(self, *args: Any, offer: OnOffer, **named: Any) -> None:
        super().__init__(*args, **named)
        self.people = {str(row.uuid): row.name for row in offer.practitioners}
        set_choices(self, practitioner=[("", gettext("Anyone")), *self.people.items()])
        places = [(str(row.uuid), row.name) for row in offer.sites]
        set_choices(self, site=[("", gettext("Any site")), *places])
        if len(places) < 2:
            del self.fields["site"]

    def wishes(self) -> Wishes:
        """Raises Malformed for wishes that contradict each other."""
        typed = self.cleaned_data
        said = {
            "weekdays": typed["weekdays"],
            "after": typed["after"] and f"{typed['after']:%H:%M}",
            "before": typed["before"] and f"{typed['before']:%H:%M}",
            "practitioner": typed["practitioner"],
            "site": typed.get("site", ""),
            "same_hour": typed["same_hour"],
            "same_practitioner": typed["same_practitioner"],
            "companion": typed.get("companion"),
            "within_minutes": typed["within_minutes"],
            "hard": typed["hard"],
        }
        return wishes_from(said)


class SearchFields(WishFields):
    """Another search on the page of calendars: its dates and wishes stand in its address."""

    first_on = DayField(required=False, label=gettext_lazy("First session from"))
    last_on = DayField(required=False, label=gettext_lazy("Last session until"))
    together_with = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        label=gettext_lazy("Together with"),
        help_text=gettext_lazy("Another patient’s name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    companion = forms.ChoiceField(  # type: ignore[assignment]  # here somebody chooses it
        required=False,
        label=gettext_lazy("Whose sessions?"),
        widget=forms.RadioSelect,
        error_messages={
            "invalid_choice": gettext_lazy("That course is not on offer. Look for the name again.")
        },
    )
    within_minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=480,
        label=gettext_lazy("Minutes apart"),
        help_text=gettext_lazy("At most; 60 if left out"),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, companions: Companions = Companions(), **named: Any) -> None:
        super().__init__(*args, **named)
        self._companions = companions
        if companions.choices:
            set_choices(self, companion=[("", gettext("Nobody")), *companions.choices])
        else:
            del self.fields["companion"]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if self._companions.is_looked_for and not self._companions.has_found:
            sentence = gettext(
                "No other patient of that name has sessions ahead. Check the name, or book theirs first."
            )
            self.add_error("together_with", sentence)
        elif self._companions.has_more and not typed.get("companion"):
            self.add_error("together_with", gettext("More patients have that name. Type more of it."))
        return typed

    @property
    def is_to_choose(self) -> bool:
        """A name was typed, and nobody of that name is chosen yet."""
        return self._companions.has_found and not self.data.get("companion")

    def asked(self) -> Asked:
        typed = self.cleaned_data
        return Asked(first_on=typed["first_on"], last_on=typed["last_on"], wishes=self.wishes())

    def in_words(self, *, today: date) -> str:
        """What is looked for; nothing when it is the plainest search, or makes no sense."""
        if not self.is_valid():
            return ""
        typed = self.cleaned_data
        called = self.people.get(typed["practitioner"], "")
        words = [wishes_words(self.wishes(), practitioner=isolated(called) if called else "")]
        if typed["first_on"]:
            words.append(gettext("from {date}").format(date=date_words(typed["first_on"], today=today)))
        if typed["last_on"]:
            words.append(gettext("until {date}").format(date=date_words(typed["last_on"], today=today)))
        return ", ".join(word for word in words if word)


def stored_search(plan: Plan) -> MultiValueDict[str, Any]:
    """The wishes stored on the plan, as if they had been typed in."""
    return MultiValueDict(
        {key: said if isinstance(said, list) else [said] for key, said in plan.wishes.items()}
    )
