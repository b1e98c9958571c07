"""The clinic's places at the desk: all of them on one page; a site is opened, a resource is added."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from clinic.desk.places.forms import RESOURCE_FIELDS, SITE_FIELDS, NewResourceFields, SiteFields
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import Resource, ResourceKind, Site
from clinic.places.resources_changed import add_alike, add_resource
from clinic.places.sites import home_site
from clinic.places.sites_changed import open_site
from clinic.plain_text import isolated
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from clinic.web.desk.form_actions import send
from clinic.wording import label_of


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """One practitioner, room or device as the list shows it."""

    resource: Resource
    kind: str
    skills: str
    is_retired: bool


@require_http_methods(["GET", "HEAD"])
@desk_page(Act.MANAGE_PLACES)
def places(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    at = database_now()
    rows = Resource.objects.seen_by(actor).select_related("site").prefetch_related("skills")
    lines = [_line(row, is_retired=row.is_retired(at)) for row in _in_order(rows)]
    sites = [(site, site.is_retired(at)) for site in Site.objects.seen_by(actor).order_by("name", "pk")]
    return render(request, "clinic/places/places.html", {"sites": sites, "lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def site_new(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    home = home_site(clinic_id=actor.clinic_id)
    usual = {"zone": home.zone, "country": home.country, "subdivision": home.subdivision} if home else {}
    form = SiteFields(request.POST if request.method == "POST" else None, initial=usual)
    sent = send(
        request,
        form,
        lambda: open_site(new=form.new(), by=actor, now=database_now()),
        fields=SITE_FIELDS,
    )
    if sent.done is None:
        return render(request, "clinic/places/site_new.html", {"form": form}, status=sent.status)
    words = gettext("{site} is open for bookings once it has hours.")
    messages.info(request, words.format(site=isolated(sent.done)))
    return redirect("places")


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.MANAGE_PLACES)
def resource_new(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    form = NewResourceFields(request.POST if request.method == "POST" else None, by=actor)
    sent = send(request, form, lambda: _added(form, actor), fields=RESOURCE_FIELDS)
    if sent.done is None:
        return render(request, "clinic/places/resource_new.html", {"form": form}, status=sent.status)
    words = ngettext("{count} is added.", "{count} are added.", len(sent.done))
    messages.info(request, words.format(count=len(sent.done)))
    return redirect("places")


def _added(form: NewResourceFields, by: Actor) -> list[Resource]:
    typed: dict[str, Any] = form.cleaned_data
    if (typed["count"] or 1) > 1:
        return add_alike(new=form.new(), count=typed["count"], by=by, now=database_now())
    return [add_resource(new=form.new(), by=by, now=database_now())]


def _line(row: Resource, *, is_retired: bool) -> ResourceLine:
    skills = ", ".join(sorted(skill.name for skill in row.skills.all()))
    return ResourceLine(row, label_of(ResourceKind(row.kind)), skills, is_retired)


def _in_order(rows: Iterable[Resource]) -> list[Resource]:
    """By kind, then those of a group together, then by name."""
    kinds = ResourceKind.values
    return sorted(rows, key=lambda row: (kinds.index(row.kind), row.group or row.name, row.name))
