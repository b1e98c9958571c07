"""Leave and closures at the desk: what lies ahead, entering it, and clearing what is in its way."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError
from clinic.hours.rota import NewLeave
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Closure, Leave, LeaveKind, LeaveState
from clinic.places.sites import zone_at_home
from clinic.sentences import sentence as _
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.rest.errors import status_of
from clinic.web.templatetags.desk import clock, plain_day
from clinic.web.trail import saw
from scheduling.desk.disruption.absence_forms import AbsenceFields, EndFields, absence_fields
from scheduling.desk.shared.act_line import act_line, say_done
from scheduling.desk.shared.in_the_way import obstacles
from scheduling.desk.shared.telling_form import telling_form
from scheduling.disruption import absences
from scheduling.disruption.absences import Entered, OnConflict
from scheduling.disruption.affected_sessions import Remedy, sessions_in_the_way
from scheduling.disruption.substitutes import away_of
from scheduling.models import CourseAct
from scheduling.undoing.last_acts import of_leave

FIELDS = {"absence_reversed": "last_on", "reason_too_long": "reason", "absence_not_longer": "back_on"}
_FREE = _("An equal one is free at that time, or can be made so.")


@dataclass(frozen=True, slots=True)
class AbsenceShown:
    """One leave or closure in local time, and the address of its page."""

    who: str
    starts: datetime
    ends: datetime | None
    is_asked: bool
    is_kept_free: bool
    reason: str
    page: str
    uuid: UUID

    @property
    def span(self) -> str:
        """“Away from 11 Jan 2027, 09:00, until further notice”."""
        if self.page == "closure":
            words = gettext("Shut from {starts}, until {ends}")
        elif self.is_kept_free:
            words = gettext("Kept free from {starts}, until {ends}")
        elif self.is_asked and self.ends:
            words = gettext("Asks to be away from {starts}, until {ends}")
        elif self.is_asked:
            words = gettext("Asks to be away from {starts}, until further notice")
        elif self.ends:
            words = gettext("Away from {starts}, until {ends}")
        else:
            words = gettext("Away from {starts}, until further notice")
        return words.format(starts=_instant(self.starts), ends=_instant(self.ends))


@require_http_methods(["GET", "HEAD"])
@desk_page(Act.SEE_CALENDAR)
def overview(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    form = absence_fields(by=actor, home=zone_at_home(clinic_id=actor.clinic_id))
    return _overview(request, actor, form)


@require_POST
@desk_page(Act.MANAGE_PLACES)
def enter(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    home = zone_at_home(clinic_id=actor.clinic_id)
    form = absence_fields(typed=request.POST, by=actor, home=home)
    if not form.is_valid():
        return _overview(request, actor, form, status=422)
    at = database_now()
    try:
        entered = _enter(form, actor, at)
    except ClinicError as refusal:
        return _overview(request, actor, form, refuse_form(form, refusal=refusal, fields=FIELDS))
    say_done(request, _with_released(gettext("Entered."), entered), by=actor, at=at)
    return redirect(_page_of(entered.absence), entered.absence.uuid)


@require_http_methods(["GET", "HEAD"])
@desk_page(Act.SEE_CALENDAR)
def leave(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    return _one(request, _leave(actor, uuid), actor, EndFields())


@require_http_methods(["GET", "HEAD"])
@desk_page(Act.SEE_CALENDAR)
def closure(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    return _one(request, _closure(actor, uuid), actor, EndFields())


@require_POST
@desk_page(Act.BOOK)
def swap(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    found = _leave(actor, uuid)
    ticked = "also_practitioners" in request.POST
    telling = telling_form(request, they_know=False).telling
    cleared = absences.swap_all(
        leave=found, also_practitioners=ticked, told=telling, by=actor, now=database_now()
    )
    swapped, left = len(cleared.swapped), len(cleared.in_the_way)
    words = gettext("{swapped} swapped, {left} left to be moved.")
    messages.info(request, words.format(swapped=_sessions(swapped), left=_sessions(left)))
    return redirect("leave", found.uuid)


@require_POST
@desk_page(Act.MANAGE_PLACES)
def grant(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    found = _leave(actor, uuid)
    entered = absences.grant_asked(leave=found, on_conflict=OnConflict.LIST, by=actor, now=database_now())
    messages.info(request, _with_released(gettext("Granted."), entered))
    return redirect("leave", found.uuid)


@require_POST
@desk_page(Act.MANAGE_PLACES)
def end_leave(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    return _end(request, _leave(actor, uuid), actor)


@require_POST
@desk_page(Act.MANAGE_PLACES)
def end_closure(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    return _end(request, _closure(actor, uuid), actor)


def _enter(form: AbsenceFields, by: Actor, at: datetime) -> Entered:
    new = form.absence()
    if isinstance(new, NewLeave):
        return absences.enter_leave(new=new, on_conflict=OnConflict.LIST, by=by, now=at)
    return absences.enter_closure(new=new, by=by, now=at)


def _end(request: HttpRequest, absence: Leave | Closure, by: Actor) -> HttpResponse:
    form = EndFields(request.POST)
    if not form.is_valid():
        return _one(request, absence, by, form, status=422)
    try:
        back_at = form.instant(_zone_of(absence, zone_at_home(clinic_id=by.clinic_id)))
        if isinstance(absence, Leave):
            absences.end_leave(leave=absence, at=back_at, by=by, now=database_now())
        else:
            absences.reopen(closure=absence, at=back_at, by=by, now=database_now())
    except ClinicError as refusal:
        refuse_form(form, refusal=refusal, fields=FIELDS)
        return _one(request, absence, by, form, status=status_of(refusal=refusal))
    messages.info(request, gettext("From then on the time can be booked again."))
    return redirect("absences")


def _overview(request: HttpRequest, by: Actor, form: AbsenceFields, status: int = 200) -> HttpResponse:
    at, home = database_now(), zone_at_home(clinic_id=by.clinic_id)
    ahead = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    rows = Leave.objects.seen_by(by).select_related("resource__site").filter(ahead)
    shut = Closure.objects.seen_by(by).select_related("site").filter(ends_at__gt=at)
    shown = [*(_shown(row, home) for row in rows), *(_shown(row, home) for row in shut)]
    shown.sort(key=lambda one: (one.starts, one.who))
    return render(
        request, "scheduling/disruption/absences.html", {"absences": shown, "form": form}, status=status
    )


def _one(
    request: HttpRequest, absence: Leave | Closure, by: Actor, form: EndFields, status: int = 200
) -> HttpResponse:
    at, home = database_now(), zone_at_home(clinic_id=by.clinic_id)
    found = sessions_in_the_way(away=away_of(absence), by=by, now=at)
    saw(AuditAction.SAW_SESSIONS, [one.session.patient.uuid for one in found], by=by, about=absence)
    today = at.astimezone(home).date()
    shown = {
        "absence": _shown(absence, home),
        "obstacles": obstacles(((one.session, one.sentence or _FREE) for one in found), today=today),
        "can_swap": isinstance(absence, Leave) and any(one.remedy is not Remedy.RELEASE for one in found),
        "line": act_line(request, _entered_by(absence, by, at), by=by, now=at),
        "form": form,
        "telling": telling_form(request, they_know=False),
        "end_page": f"{_page_of(absence)}-end",
    }
    return render(request, "scheduling/disruption/absence.html", shown, status=status)


def _entered_by(absence: Leave | Closure, by: Actor, at: datetime) -> CourseAct | None:
    return of_leave(leave=absence, by=by, now=at) if isinstance(absence, Leave) else None


def _shown(absence: Leave | Closure, home: ZoneInfo) -> AbsenceShown:
    zone, is_leave = _zone_of(absence, home), isinstance(absence, Leave)
    return AbsenceShown(
        who=absence.resource.name
        if isinstance(absence, Leave)
        else gettext("{name} is shut").format(name=absence.site.name),
        starts=absence.starts_at.astimezone(zone),
        ends=absence.ends_at.astimezone(zone) if absence.ends_at else None,
        is_asked=isinstance(absence, Leave) and absence.state == LeaveState.ASKED,
        is_kept_free=isinstance(absence, Leave) and absence.kind == LeaveKind.KEPT_FREE,
        reason=absence.reason,
        page="leave" if is_leave else "closure",
        uuid=absence.uuid,
    )


def _instant(at: datetime | None) -> str:
    return f"{plain_day(at)}, {clock(at)}"


def _zone_of(absence: Leave | Closure, home: ZoneInfo) -> ZoneInfo:
    site = absence.resource.site if isinstance(absence, Leave) else absence.site
    return site.tz if site else home


def _page_of(absence: Leave | Closure) -> str:
    return "leave" if isinstance(absence, Leave) else "closure"


def _with_released(words: str, entered: Entered) -> str:
    """What was done, and what became of sessions that were only held."""
    if not (released := len(entered.cleared.released)):
        return words
    due = gettext("{sessions} that were only held are due again.").format(sessions=_sessions(released))
    return f"{words} {due}"


def _sessions(count: int) -> str:
    return ngettext("{count} session", "{count} sessions", count).format(count=count)


def _leave(by: Actor, uuid: UUID) -> Leave:
    return find(Leave.objects.seen_by(by).select_related("resource__site"), uuid=uuid)


def _closure(by: Actor, uuid: UUID) -> Closure:
    return find(Closure.objects.seen_by(by).select_related("site"), uuid=uuid)
