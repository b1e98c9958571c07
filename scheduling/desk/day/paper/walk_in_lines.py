"""Lines for who came without a time: the patient is looked for by name, then said what for and when."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from clinic.identity.actors import Actor
from clinic.plain_text import isolated
from clinic.web.desk.inputs import set_choices
from scheduling.attendance.enter_day import WalkInLine
from scheduling.desk.day.paper.candidates import LONGEST_NAME, OnLine, Typed, on_lines
from scheduling.desk.day.paper.line_fields import CAME, LineFields, Sheet
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.shared.wording import patient_words
from scheduling.models import Outcome

BLANK_LINES, MOST_LINES = 3, 12
COUNT = "walk-lines"


class WalkInFields(LineFields):
    """One who came without a time. A line on which nothing is said is none."""

    name = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        label=gettext_lazy("Patient"),
        widget=forms.TextInput(
            attrs={"placeholder": gettext_lazy("Part of the name"), "autocomplete": "off"}
        ),
    )
    patient = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Who it is"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("There is no such patient in this clinic.")},
    )
    what = forms.ChoiceField(
        required=False,
        label=gettext_lazy("What for"),
        error_messages={"invalid_choice": gettext_lazy("That is not on offer any more. Choose again.")},
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it"), choices=CAME, initial=Outcome.GIVEN.value
    )

    def __init__(self, *args: Any, offered: OnLine, what: str, **named: Any) -> None:
        unsaid = gettext("Not said")
        super().__init__(*args, session=offered.meant(what), unsaid=unsaid, **named)
        self.offered = offered
        set_choices(
            self,
            patient=[(key, patient_words(one)) for key, one in offered.patients.items()],
            what=[("", gettext("Choose")), *_choices(offered)],
        )

    @property
    def number(self) -> int:
        return int(str(self.prefix).removeprefix("walk-"))

    @property
    def is_said(self) -> bool:
        return self.is_otherwise or any(self[name].value() for name in ("name", "patient", "what", "reason"))

    def say_who_was_found(self) -> None:
        """What came of looking for the name."""
        if self.offered.is_looked_for and not self.offered.patients:
            words = gettext("Nobody is called {name}. Try fewer letters.")
            self.add_error("name", words.format(name=isolated(self["name"].value())))
        if self.offered.has_more:
            self.add_error("name", gettext("There are more of that name. Write more of it."))

    def ask_for_the_rest(self) -> None:
        """Say what the line lacks before it can be entered."""
        missing = {
            "what": gettext("Say what they came for."),
            "arrived": gettext("Say when they came, as 10:40."),
        }
        # Asked for its errors, a form reads what was typed.
        if not self.errors.keys() & {"name", "patient"} and not self.offered.is_chosen:
            is_found = bool(self.offered.patients)
            found = gettext("Say who of them it is, or whether it is they.")
            self.add_error(
                "patient" if is_found else "name",
                found if is_found else gettext("Write part of the name, then press Find."),
            )
        for name, words in missing.items():
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, words)

    def line(self) -> WalkInLine:
        typed, offered = self.cleaned_data, self.offered
        return WalkInLine(
            patient=offered.patients[typed["patient"]],
            came_at=typed["arrived"],
            session_type=offered.types.get(typed["what"]),
            session=offered.due.get(typed["what"]),
            completion=self.completion(),
            practitioner=self.who(),
        )


def walk_in_forms(sent: QueryDict | None, *, sheet: Sheet, by: Actor, now: datetime) -> list[WalkInFields]:
    """The lines that were sent, and blank ones below them. Raises TooManyRequests."""
    said = sent.copy() if sent is not None else QueryDict(mutable=True)
    typed = [_typed(said, number) for number in range(_count(said))]
    forms_made = []
    for number, (line, offered) in enumerate(zip(typed, on_lines(typed, by=by, now=now), strict=True)):
        if len(offered.patients) == 1:
            # Ticked, for the person who typed the name to look at.
            said[f"walk-{number}-patient"] = next(iter(offered.patients))
        form = WalkInFields(
            said if f"walk-{number}-name" in said else None,
            prefix=f"walk-{number}",
            offered=offered,
            what=line.what,
            sheet=sheet,
        )
        if form.is_bound:
            form.say_who_was_found()
        forms_made.append(form)
    return forms_made


def _typed(said: QueryDict, number: int) -> Typed:
    at = f"walk-{number}-"
    name, patient, what = (said.get(f"{at}{field}", "") for field in ("name", "patient", "what"))
    return Typed(name, patient, what, is_asked=said.get("find") == str(number))


def _count(said: QueryDict) -> int:
    """How many lines there are; a button asks for more."""
    text = said.get(COUNT, "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else BLANK_LINES
    return max(BLANK_LINES, min(count + (BLANK_LINES if "more" in said else 0), MOST_LINES))


def _choices(offered: OnLine) -> list[tuple[str, Any]]:
    """First what is due in a course of theirs, then what there is in one session."""
    due = [
        (
            key,
            gettext("{patient}: {session}, {what}").format(
                patient=one.patient, session=about_session(one), what=one.session_type.name
            ),
        )
        for key, one in offered.due.items()
    ]
    kinds = [(key, one.name) for key, one in offered.types.items()]
    return (
        [(gettext("For their course"), due), (gettext("For a session of its own"), kinds)] if due else kinds
    )
