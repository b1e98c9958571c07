"""Time that is kept free: of a person, room or device, or of a whole site, with a note; looked over first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.errors import ClinicError
from clinic.hours.rota import NewClosure, NewLeave
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import LeaveKind, Resource, Site
from clinic.places.sites import zone_at_home
from clinic.time.wall_clock import instant_at
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.inputs import ClockField, DayField, set_choices
from scheduling.desk.hours.look_over import ToLookOver, look_over
from scheduling.desk.shared.act_line import say_done
from scheduling.disruption.absences import Entered, OnConflict, enter_closure, enter_leave, refuse_absence
from scheduling.disruption.affected_sessions import sessions_overlapping
from scheduling.disruption.substitutes import away_from

FIELDS = {"absence_reversed": "ends", "reason_too_long": "note"}


class KeepFreeFields(forms.Form):
    """Whose time, from when to when, and why."""

    use_required_attribute = False

    what = forms.ChoiceField(label=_("Whose time"))
    on = DayField(label=_("Date"), error_messages={"required": _("Enter the date.")})
    starts = ClockField(label=_("From"), error_messages={"required": _("Enter the time.")})
    ends = ClockField(label=_("Until"), error_messages={"required": _("Enter the time.")})
    note = forms.CharField(
        required=False,
        label=_("Note"),
        help_text=_("Seen only by those who manage the clinic’s places."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, resources: Sequence[Resource], sites: Sequence[Site], home: ZoneInfo, **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self._resources = {str(row.uuid): row for row in resources}
        self._sites = {str(row.uuid): row for row in sites}
        self._home = home
        whole = [(uuid, gettext("All of {name}").format(name=row.name)) for uuid, row in self._sites.items()]
        set_choices(self, what=[*((uuid, row.name) for uuid, row in self._resources.items()), *whole])

    def kept(self) -> NewLeave | NewClosure:
        """What was typed in, on the site's wall clock. Raises Refused for a time that the clock skips."""
        typed = self.cleaned_data
        if (site := self._sites.get(typed["what"])) is not None:
            return NewClosure(site, *self._stretch(site.tz), typed["note"])
        resource = self._resources[typed["what"]]
        stretch = self._stretch(resource.site.tz if resource.site else self._home)
        return NewLeave(resource, *stretch, typed["note"], LeaveKind.KEPT_FREE)

    def _stretch(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        typed = self.cleaned_data
        return instant_at(typed["on"], typed["starts"], zone), instant_at(typed["on"], typed["ends"], zone)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def keep_free(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    form = _form(request, actor)
    if request.method != "POST" or "back" in request.POST:
        return _shown(request, form)
    if not form.is_valid():
        return _shown(request, form, status=422)
    at = database_now()
    try:
        new = form.kept()
        if "confirmed" not in request.POST and (answer := _looked_over(request, new, actor, at)):
            return answer
        entered = _enter(new, actor, at)
    except ClinicError as refusal:
        return _shown(request, form, status=refuse_form(form, refusal=refusal, fields=FIELDS))
    say_done(request, gettext("Kept free."), by=actor, at=at)
    page = "leave" if isinstance(new, NewLeave) else "closure"
    return redirect(page, entered.absence.uuid)


def _looked_over(
    request: HttpRequest, new: NewLeave | NewClosure, by: Actor, at: datetime
) -> HttpResponse | None:
    """The page to look over what is in the way; None if nothing is."""
    refuse_absence(new=new, by=by)
    found = sessions_overlapping(away=away_from(new), by=by, now=at)
    about = new.resource if isinstance(new, NewLeave) else new.site
    title, address = gettext("Keep time free"), reverse("keep-free")
    what = ToLookOver(title, address, [], found, about, ends_holds=True)
    return look_over(request, what, by=by) if found else None


def _enter(new: NewLeave | NewClosure, by: Actor, at: datetime) -> Entered:
    if isinstance(new, NewLeave):
        return enter_leave(new=new, on_conflict=OnConflict.LIST, by=by, now=at)
    return enter_closure(new=new, by=by, now=at)


def _form(request: HttpRequest, by: Actor) -> KeepFreeFields:
    """Two queries."""
    resources = Resource.objects.seen_by(by).not_retired(database_now()).select_related("site")
    sites = Site.objects.seen_by(by).not_retired(database_now())
    return KeepFreeFields(
        request.POST if request.method == "POST" else None,
        resources=list(resources.order_by("kind", "name")),
        sites=list(sites.order_by("name")),
        home=zone_at_home(clinic_id=by.clinic_id),
        initial={"what": request.GET.get("what", "")},
    )


def _shown(request: HttpRequest, form: KeepFreeFields, status: int = 200) -> HttpResponse:
    return render(request, "scheduling/hours/keep_free.html", {"form": form}, status=status)
