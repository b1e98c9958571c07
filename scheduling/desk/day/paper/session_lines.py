"""The lines of a day's sheet, in its order: each with what it says by now, or with a form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext, gettext_lazy

from clinic.identity.actors import Actor
from clinic.models import Site
from clinic.plain_text import isolated
from scheduling.attendance.enter_day import SheetLine
from scheduling.desk.day.paper.line_fields import CAME, MISSED, UNSAID, LineFields, Sheet
from scheduling.desk.day.site_days import instants_of
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.models import AHEAD, HERE, Session
from scheduling.reports.agenda import beside_the_hours, sessions_between

_OUTCOME = "-outcome"


class SessionFields(LineFields):
    """What the sheet says of one session; nothing is said of it yet."""

    outcome = forms.ChoiceField(
        required=False,
        label=gettext_lazy("What came of it"),
        choices=[*CAME, (MISSED, gettext_lazy("Did not come")), (UNSAID, gettext_lazy("Not said"))],
        widget=forms.RadioSelect,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, session: Session, sheet: Sheet, **named: Any) -> None:
        lead = isolated(session.lead) if session.lead else ""
        unsaid = gettext("As booked: {name}").format(name=lead) if lead else gettext("Not said")
        named = {"prefix": str(session.uuid), "initial": {"version": session.version}, **named}
        super().__init__(*args, session=session, sheet=sheet, unsaid=unsaid, **named)
        self.session = session

    @property
    def is_said(self) -> bool:
        """Whether anything is ticked."""
        return bool(self["outcome"].value())

    def ask_for_the_rest(self) -> None:
        """Times alone say nothing."""
        if not self.is_said and self.is_otherwise:
            self.add_error("outcome", gettext("Tick what came of it, or clear what is typed."))

    def line(self) -> SheetLine:
        typed = self.cleaned_data
        completion = None if typed["outcome"] == MISSED else self.completion()
        return SheetLine(self.session, typed["version"], completion, self.who())


@dataclass(slots=True)
class SessionRow:
    """One line: a session, its form while it can be entered, and why it was refused."""

    session: Session
    shown: SessionShown
    form: SessionFields
    # It changed since it was shown, and that is said: the next press goes by what stands now.
    is_told: bool = False

    @property
    def is_open(self) -> bool:
        return self.session.status in (*AHEAD, *HERE)

    @property
    def version(self) -> int | str:
        return self.session.version if self.is_told else self.form["version"].value()

    @property
    def errors(self) -> Sequence[str]:
        """What is wrong with the line, beside what is wrong with a field."""
        return [*self.form.non_field_errors(), *self.form["version"].errors, *self.form["outcome"].errors]


def sessions_of(*, by: Actor, on: date, sites: Sequence[Site]) -> list[Session]:
    """Of that date as printed in the morning: by the hour, missed ones too, then who came without a time.

    Two queries.
    """
    first, end = instants_of(first_on=on, last_on=on, sites=sites)
    timed = sessions_between(by=by, first=first, end=end).filter(local_date=on)
    beside = beside_the_hours(by=by, on=on)
    found = [*timed, *beside]
    with_time = sorted((one.starts_at, one.pk, one) for one in found if one.starts_at)
    return [*(one for _, _, one in with_time), *(one for one in found if not one.starts_at)]


def rows_of(
    sessions: Iterable[Session], *, sheet: Sheet, today: date, sent: Mapping[str, Any] | None = None
) -> list[SessionRow]:
    """A row for each session; a form that was sent is as it was typed. No queries."""
    rows = []
    for session in sessions:
        is_sent = sent is not None and f"{session.uuid}-version" in sent
        form = SessionFields(sent if is_sent else None, session=session, sheet=sheet)
        rows.append(SessionRow(session, session_shown(session, today=today), form))
    return rows


def said_of_others(sent: Mapping[str, Any], sessions: Iterable[Session]) -> set[UUID]:
    """Of which sessions something is said that are not on the sheet any more, or never were."""
    known, others = {one.uuid for one in sessions}, set()
    for name in sent:
        if name.endswith(_OUTCOME) and sent[name]:
            try:
                others.add(UUID(name.removesuffix(_OUTCOME)))
            except ValueError:
                continue
    return others - known
