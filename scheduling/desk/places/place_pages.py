"""The page of a site or a resource: what it is, its first and last day, and what stands in the way."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinic.desk.places.forms import RESOURCE_FIELDS, SITE_FACTS, SITE_FIELDS, ResourceFields, SiteFields
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Resource, Site
from clinic.places.lifespans import Lifespan
from clinic.places.sites import today_at_home
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import DeskView, desk_page
from clinic.web.desk.form_actions import send
from clinic.web.desk.inputs import DayField
from scheduling.desk.shared.in_the_way import Obstacle, seen_sessions, staying
from scheduling.disruption.places import PlaceEdit, change_place, in_the_way


class KeepingFields(forms.Form):
    """Whether what the change leaves stranded stays booked: asked once it is known that there is any."""

    keeps_booked = forms.BooleanField(
        required=False, label=_("They stay booked: I move them afterwards, or settle it with the patients")
    )


class LifespanFields(KeepingFields):
    """Its first and its last day."""

    use_required_attribute = False

    valid_from = DayField(required=False, label=_("First day"), help_text=_("Empty: since ever."))
    valid_until = DayField(
        required=False, label=_("Last day"), help_text=_("Empty: until further notice. That brings it back.")
    )
    field_order = ("valid_from", "valid_until", "keeps_booked")

    def edit(self) -> PlaceEdit:
        typed = self.cleaned_data
        lifespan = Lifespan(typed["valid_from"], typed["valid_until"])
        return PlaceEdit(lifespan=lifespan, keeps_booked=typed["keeps_booked"])


class SiteForm(KeepingFields, SiteFields):
    def edit(self) -> PlaceEdit:
        return PlaceEdit(self.new(), keeps_booked=self.cleaned_data["keeps_booked"])


class ResourceForm(KeepingFields, ResourceFields):
    def edit(self) -> PlaceEdit:
        return PlaceEdit(self.new(), keeps_booked=self.cleaned_data["keeps_booked"])


AnyForm = LifespanFields | SiteForm | ResourceForm


@dataclass(frozen=True, slots=True)
class _Screen:
    """One page for one edit: of which place, with which form, and beside which field refusals stand."""

    request: HttpRequest
    place: Site | Resource
    by: Actor
    template: str
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def typed(self) -> Any:
        return self.request.POST if self.request.method == "POST" else None

    def answer(self, form: AnyForm) -> HttpResponse:
        at = database_now()
        sent = send(
            self.request,
            form,
            lambda: change_place(place=self.place, edit=form.edit(), by=self.by, now=at),
            fields=self.fields,
        )
        if sent.done is not None:
            messages.info(self.request, gettext("Kept."))
            return redirect(_page_of(self.place), self.place.uuid)
        is_asked = self.request.method == "POST" and not form.errors.keys() - {"__all__"}
        shown = {
            "place": self.place,
            "form": form,
            "obstacles": self._obstacles(form) if is_asked and form.is_bound else [],
            "last_day_page": f"{_page_of(self.place)}-last-day",
            "page": _page_of(self.place),
        }
        return render(self.request, self.template, shown, status=sent.status)

    def _obstacles(self, form: AnyForm) -> list[Obstacle]:
        """What stands in the way of what was typed."""
        at = database_now()
        found = in_the_way(place=self.place, edit=form.edit(), by=self.by, now=at)
        seen_sessions(found, by=self.by, about=self.place)
        today = today_at_home(clinic_id=self.by.clinic_id, now=at)
        return staying(found, today=today)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def site(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    found = find(Site.objects.seen_by(actor), uuid=uuid)
    screen = _Screen(request, found, actor, "scheduling/places/place.html", SITE_FIELDS)
    standing = {name: getattr(found, name) for name in SITE_FACTS}
    return screen.answer(SiteForm(screen.typed, initial=standing))


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def resource(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
    found = find(Resource.objects.seen_by(actor).select_related("site"), uuid=uuid)
    screen = _Screen(request, found, actor, "scheduling/places/place.html", RESOURCE_FIELDS)
    standing = {
        "name": found.name,
        "group": found.group,
        "site": str(found.site.uuid) if found.site else "",
        "skills": list(found.skills.values_list("key", flat=True)),
    }
    return screen.answer(ResourceForm(screen.typed, by=actor, kind=found.kind, initial=standing))


def _last_day(kind: type[Site] | type[Resource]) -> DeskView:
    @require_http_methods(["GET", "HEAD", "POST"])
    @desk_page(Act.MANAGE_PLACES)
    def view(request: HttpRequest, *, actor: Actor, uuid: UUID) -> HttpResponse:
        rows: Any = kind.objects
        found: Site | Resource = find(rows.seen_by(actor), uuid=uuid)
        fields = {"lifespan_reversed": "valid_until"}
        screen = _Screen(request, found, actor, "scheduling/places/last_day.html", fields)
        standing = {"valid_from": found.valid_from, "valid_until": found.valid_until}
        return screen.answer(LifespanFields(screen.typed, initial=standing))

    return view


site_last_day = _last_day(Site)
resource_last_day = _last_day(Resource)


def _page_of(place: Site | Resource) -> str:
    return "site" if isinstance(place, Site) else "resource"
