"""The auditor's page: who saw or changed this patient between two dates, and what else was done."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from clinic.audit_trail.deeds import deed_words
from clinic.audit_trail.read import (
    PIECE,
    EntryShown,
    TrailAsked,
    entries_asked,
    every_entry,
    names_in,
    shown,
)
from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import Membership
from clinic.places.sites import today_at_home, zone_at_home
from clinic.time.wall_clock import day_starts_at
from clinic.web.clock import now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.inputs import StretchFields, set_choices
from clinic.web.trail import saw
from clinic.wording import worded, worded_later

DAYS_BACK = 7
COLUMNS = ("at", "who", "role", "way", "deed", "about", "patients")
# A spreadsheet would reckon with a cell that begins like this.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TrailFields(StretchFields):
    """Which entries to show."""

    patient = forms.UUIDField(
        required=False,
        label=_("Patient’s number"),
        help_text=_("As it stands in the address of their page."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "invalid": _("That is not a patient’s number. Copy it from the address of their page.")
        },
    )
    member = forms.ChoiceField(required=False, label=_("Who"))
    deed = forms.ChoiceField(
        required=False,
        label=_("What"),
        choices=[
            ("", _("Everything")),
            *((str(deed), worded_later(deed_words(deed))) for deed in AuditAction),
        ],
    )

    def __init__(self, *args: Any, members: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*args, **named)
        set_choices(self, member=[("", gettext("Everyone")), *members])


@require_safe
@desk_page(Act.SEE_TRAIL)
def trail(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    form = _form(request, actor)
    if not form.is_valid():
        return render(request, "clinic/trail.html", {"form": form, "entries": []}, status=422)
    asked = _asked(form, actor)
    rows = entries_asked(asked=asked, by=actor)
    page = _whole_number(request.GET.get("page", ""))
    piece = list(rows[page * PIECE : (page + 1) * PIECE + 1])
    whom = names_in(piece[:PIECE], by=actor)
    named = [patient.uuid for patient in whom.patients.values()]
    saw(AuditAction.SAW_TRAIL, [*_patients(asked), *named], by=actor)
    zone = zone_at_home(clinic_id=actor.clinic_id)
    entries = [
        (f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", entry)
        for entry in shown(entries=piece[:PIECE], by=actor, wording=worded, whom=whom)
    ]
    more = page + 1 if len(piece) > PIECE else None
    return render(
        request, "clinic/trail.html", {"form": form, "entries": entries, "page": page, "more": more}
    )


@require_safe
@desk_page(Act.SEE_TRAIL)
def trail_csv(request: HttpRequest, *, actor: Actor) -> HttpResponse | StreamingHttpResponse:
    form = _form(request, actor)
    if not form.is_valid():
        return render(request, "clinic/trail.html", {"form": form, "entries": []}, status=422)
    asked = _asked(form, actor)
    saw(AuditAction.SAW_TRAIL, _patients(asked), by=actor)
    answer = StreamingHttpResponse(
        _lines(every_entry(asked=asked, by=actor)), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="trail.csv"'
    return answer


def _form(request: HttpRequest, actor: Actor) -> TrailFields:
    """As the address says it; without a word, the last days."""
    rows = Membership.objects.seen_by(actor).order_by("user__name")
    members = [(str(uuid), name) for uuid, name in rows.values_list("user__uuid", "user__name")]
    today = today_at_home(clinic_id=actor.clinic_id, now=now())
    usual = {"first_on": (today - timedelta(days=DAYS_BACK)).isoformat(), "last_on": today.isoformat()}
    return TrailFields(usual | request.GET.dict(), members=members)


def _asked(form: TrailFields, actor: Actor) -> TrailAsked:
    typed, zone = form.cleaned_data, zone_at_home(clinic_id=actor.clinic_id)

    def midnight(on: date) -> datetime:
        return day_starts_at(on, zone)

    return TrailAsked(
        first=midnight(typed["first_on"]),
        end=midnight(typed["last_on"] + timedelta(days=1)),
        patient=typed["patient"],
        actor=typed["member"],
        deed=typed["deed"],
    )


def _patients(asked: TrailAsked) -> list[Any]:
    return [asked.patient] if asked.patient else []


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


class _Line:
    """Takes what the writer of the standard library writes, and hands it back."""

    def write(self, line: str) -> str:
        return line


def _lines(entries: Iterator[EntryShown]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for entry in entries:
        cells = [entry.at.isoformat(), *(str(getattr(entry, column)) for column in COLUMNS[1:])]
        yield writer.writerow([_defused(cell) for cell in cells])


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
