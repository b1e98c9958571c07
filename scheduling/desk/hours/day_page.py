"""Single dates that do not go by the week: other hours or none, with a note, and taken back again."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.errors import ClinicError
from clinic.hours.rota import NewDayHours, Rota
from clinic.hours.standing import find_rota, hours_of, notes_of_days
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.time.wall_clock import local_date
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.inputs import ClockField, DayField
from clinic.web.templatetags.desk import plain_day
from scheduling.desk.hours.hours_shown import DAY_PAGES, address, called, days_shown
from scheduling.desk.hours.look_over import ToLookOver, look_over
from scheduling.desk.shared.in_the_way import seen_sessions
from scheduling.disruption.hours import preview_day, set_day, take_back_day
from scheduling.models import Session

_STRETCHES = 3
FIELDS = {"note_too_long": "note", "hours_empty": "closes_1", "hours_overlap": "opens_1"}


class DayFields(forms.Form):
    """A date, and what becomes of it."""

    use_required_attribute = False

    on = DayField(label=_("Date"), error_messages={"required": _("Enter the date.")})
    becomes = forms.ChoiceField(
        label=_("On that date"),
        widget=forms.RadioSelect,
        choices=[("hours", _("Other hours")), ("closed", _("Closed")), ("week", _("As in every week"))],
        initial="hours",
        error_messages={"required": _("Choose one.")},
    )
    note = forms.CharField(
        required=False, label=_("Note"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for number in range(1, _STRETCHES + 1):
            self.fields[f"opens_{number}"] = ClockField(required=False, label=gettext("Opens"))
            self.fields[f"closes_{number}"] = ClockField(required=False, label=gettext("Closes"))

    @property
    def stretches(self) -> list[tuple[Any, Any]]:
        """The fields of each stretch, for the page."""
        return [(self[f"opens_{n}"], self[f"closes_{n}"]) for n in range(1, _STRETCHES + 1)]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        for number in range(1, _STRETCHES + 1):
            opens, closes = typed.get(f"opens_{number}"), typed.get(f"closes_{number}")
            if (opens is None) != (closes is None):
                missing = f"opens_{number}" if opens is None else f"closes_{number}"
                self.add_error(missing, gettext("Enter both times, or none."))
        if typed.get("becomes") == "hours" and not self.errors and not self.spans:
            self.add_error("opens_1", gettext("Enter the hours of that date, or choose “Closed”."))
        return typed

    @property
    def spans(self) -> Sequence[tuple[time, time]]:
        typed = self.cleaned_data
        pairs = ((typed.get(f"opens_{n}"), typed.get(f"closes_{n}")) for n in range(1, _STRETCHES + 1))
        return [(opens, closes) for opens, closes in pairs if opens is not None and closes is not None]

    def day(self) -> NewDayHours | None:
        """What was typed in; None: as in every week."""
        typed = self.cleaned_data
        if typed["becomes"] == "week":
            return None
        return NewDayHours(
            typed["on"], self.spans if typed["becomes"] == "hours" else (), typed.get("note", "")
        )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def of_site(request: HttpRequest, *, actor: Actor, site_id: UUID) -> HttpResponse:
    return _page(request, actor, find_rota(by=actor, site=site_id))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def of_resource(request: HttpRequest, *, actor: Actor, site_id: UUID, resource_id: UUID) -> HttpResponse:
    return _page(request, actor, find_rota(by=actor, site=site_id, resource=resource_id))


def _page(request: HttpRequest, by: Actor, rota: Rota) -> HttpResponse:
    if request.method != "POST":
        return _shown(request, rota, DayFields())
    form = DayFields(request.POST)
    if not form.is_valid():
        return _shown(request, rota, form, status=422)
    if "back" in request.POST:
        return _shown(request, rota, form)
    on, day = form.cleaned_data["on"], form.day()
    try:
        if "confirmed" not in request.POST:
            left_out = preview_day(rota=rota, on=on, day=day, by=by, now=database_now())
            if left_out:
                what = ToLookOver(called(rota), address(rota, DAY_PAGES), [], left_out, rota.whose)
                return look_over(request, what, by=by)
        left_out = _set(rota, on, day, by)
    except ClinicError as refusal:
        return _shown(request, rota, form, status=refuse_form(form, refusal=refusal, fields=FIELDS))
    seen_sessions(left_out, by=by, about=rota.whose)
    said = gettext("{day} goes by the week again.") if day is None else gettext("{day} has hours of its own.")
    messages.info(request, said.format(day=plain_day(on)))
    return redirect(address(rota, DAY_PAGES))


def _set(rota: Rota, on: date, day: NewDayHours | None, by: Actor) -> list[Session]:
    if day is None:
        return take_back_day(rota=rota, on=on, by=by, now=database_now())
    return set_day(rota=rota, day=day, by=by, now=database_now())


def _shown(request: HttpRequest, rota: Rota, form: DayFields, status: int = 200) -> HttpResponse:
    today = local_date(database_now(), rota.site.tz)
    ahead = [day for day in hours_of(rota=rota).days if day.on >= today]
    shown = {
        "title": called(rota),
        "week_page": address(rota),
        "here": address(rota, DAY_PAGES),
        "days": days_shown(ahead, notes_of_days(rota=rota)),
        "form": form,
    }
    return render(request, "scheduling/hours/days.html", shown, status=status)
