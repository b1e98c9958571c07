"""The week of a site, or of a practitioner, room or device there: seen, drawn or typed, looked over, set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from clinic.errors import ClinicError
from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import Rota
from clinic.hours.standing import find_rota, hours_of
from clinic.hours.weeks import begun_on, week_on, weeks_of
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import Resource, WeeklyHours
from clinic.time.wall_clock import local_date
from clinic.web.database_clock import database_now
from clinic.web.desk.at_desk import desk_of
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.inputs import EARLIEST, LATEST
from clinic.web.templatetags.desk import plain_day
from scheduling.desk.hours.hours_shown import DAY_PAGES, address, called, lines_of, weeks_shown
from scheduling.desk.hours.look_over import ToLookOver, look_over
from scheduling.desk.hours.taken_shown import taken_ahead
from scheduling.desk.hours.week_forms import (
    CopyFields,
    Spans,
    WeekFields,
    copied,
    rows_of,
    rows_typed,
)
from scheduling.desk.shared.in_the_way import seen_sessions
from scheduling.disruption.hours import NewWeek, WeekPreview, preview_week, set_week

# Sessions may start more often than a week can be drawn.
FINEST_STEP = 15


@dataclass(frozen=True, slots=True)
class Typed:
    """The forms of the page."""

    week: WeekFields
    rows: Spans
    copy: CopyFields


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
        return _shown(request, by, rota, _standing(request, by, rota))
    typed = Typed(WeekFields(request.POST), rows_typed(request.POST), CopyFields(request.POST))
    if not (typed.week.is_valid() and typed.rows.is_valid()):
        # Both say what is wrong with them.
        typed.rows.is_valid()
        return _shown(request, by, rota, typed, status=422)
    begins_on: date = typed.week.cleaned_data["begins_on"]
    spans = typed.rows.spans(begins_on)
    if "back" in request.POST:
        return _shown(request, by, rota, typed)
    if "copy" in request.POST:
        return _shown(request, by, rota, _with_copies(typed, spans))
    return _set(request, by, NewWeek(rota, begins_on, spans), typed)


def _set(request: HttpRequest, by: Actor, week: NewWeek, typed: Typed) -> HttpResponse:
    at = database_now()
    try:
        if "confirmed" not in request.POST:
            preview = preview_week(week=week, by=by, now=at)
            if preview.is_worth_a_look or not week.spans:
                return _looked_over(request, by, week, preview)
        left_out = set_week(week=week, by=by, now=at)
    except ClinicError as refusal:
        status = refuse_form(typed.week, refusal=refusal, fields={})
        return _shown(request, by, week.rota, typed, status=status)
    seen_sessions(left_out, by=by, about=week.rota.whose)
    messages.info(request, gettext("These hours hold from {day} on.").format(day=plain_day(week.begins_on)))
    return redirect(f"{address(week.rota)}?on={week.begins_on.isoformat()}")


def _looked_over(request: HttpRequest, by: Actor, week: NewWeek, preview: WeekPreview) -> HttpResponse:
    night = gettext("{line} runs past midnight into the next day.")
    lines = [night.format(line=line) for line in lines_of(preview.past_midnight)]
    lines += [
        gettext("The hours that begin on {day} are replaced.").format(day=plain_day(one.begins_on))
        for one in preview.replaced
    ]
    if not week.spans:
        none = gettext("From {day} on there are no hours at all.")
        lines.insert(0, none.format(day=plain_day(week.begins_on)))
    whose = week.rota.whose
    what = ToLookOver(called(week.rota), address(week.rota), lines, preview.left_out, whose)
    return look_over(request, what, by=by)


def _standing(request: HttpRequest, by: Actor, rota: Rota) -> Typed:
    """The week as it stands on the day asked for, of whom is asked for: today, and of the rota itself."""
    on = _day_asked(request) or local_date(database_now(), rota.site.tz)
    pattern = _like(request, by, rota) or rota
    spans = begun_on(week_on(hours_of(rota=pattern).weekly, on), on)
    return Typed(WeekFields(initial={"begins_on": on}), rows_of(spans), CopyFields())


def _with_copies(typed: Typed, spans: Sequence[WeeklySpan]) -> Typed:
    if not typed.copy.is_valid() or not typed.copy.cleaned_data["copy_from"]:
        return typed
    said = typed.copy.cleaned_data
    begins_on = typed.week.cleaned_data["begins_on"]
    rows = rows_of(copied(spans, weekday=said["copy_from"], to=said["copy_to"]))
    return Typed(WeekFields(initial={"begins_on": begins_on}), rows, CopyFields())


def _shown(request: HttpRequest, by: Actor, rota: Rota, typed: Typed, status: int = 200) -> HttpResponse:
    standing, today = hours_of(rota=rota), local_date(database_now(), rota.site.tz)
    shown = {
        "rota": rota,
        "title": called(rota),
        "form": typed.week,
        "rows": typed.rows,
        "copy": typed.copy,
        "weeks": weeks_shown(weeks_of(standing.weekly), today=today),
        "taken": taken_ahead(rota=rota, by=by, now=database_now()),
        "alike": _who_have_hours(by, rota),
        "like": request.GET.get("like", ""),
        "days_page": address(rota, DAY_PAGES),
        "here": address(rota),
        "step": max(FINEST_STEP, desk_of(request).clinic.start_grid_minutes),
    }
    return render(request, "scheduling/hours/week.html", shown, status=status)


def _who_have_hours(by: Actor, rota: Rota) -> list[tuple[str, str]]:
    """Whose week may be copied: reference and name of all that have hours there."""
    there = WeeklyHours.objects.of_clinic(by.clinic_id).filter(site=rota.site).values("resource_id")
    resources = Resource.objects.seen_by(by).filter(pk__in=there).order_by("kind", "name")
    others = [(str(one.uuid), one.name) for one in resources if one != rota.resource]
    return others if rota.resource is None else [("site", rota.site.name), *others]


def _like(request: HttpRequest, by: Actor, rota: Rota) -> Rota | None:
    asked = request.GET.get("like", "")
    if asked == "site":
        return Rota(rota.site)
    try:
        return find_rota(by=by, site=rota.site.uuid, resource=UUID(asked)) if asked else None
    except ValueError:
        return None


def _day_asked(request: HttpRequest) -> date | None:
    try:
        on = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return None
    return on if EARLIEST <= on.year <= LATEST else None
