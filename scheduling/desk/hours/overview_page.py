"""The hours of the whole clinic as they stand today: every site, and who and what works there."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import Rota
from clinic.hours.standing import weeks_in_clinic
from clinic.hours.weeks import week_on
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.models import Resource, ResourceKind, Site
from clinic.time.wall_clock import local_date
from clinic.web.database_clock import database_now
from clinic.web.desk.desk_access import desk_page
from scheduling.desk.hours.hours_shown import address, lines_of


@dataclass(frozen=True, slots=True)
class RotaShown:
    """Whose hours, in words, and where they are changed."""

    name: str
    address: str
    lines: tuple[str, ...]
    follows_site: bool


@dataclass(frozen=True, slots=True)
class SiteShown:
    """A site's hours, and those of all that may serve there."""

    own: RotaShown
    others: tuple[RotaShown, ...]


@require_http_methods(["GET", "HEAD"])
@desk_page(Act.SEE_PLACES)
def overview(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    at = database_now()
    sites = Site.objects.seen_by(actor).not_retired(at).order_by("name")
    resources = list(Resource.objects.seen_by(actor).not_retired(at).order_by("kind", "name"))
    weeks = weeks_in_clinic(clinic_id=actor.clinic_id)
    shown = [_site_shown(site, resources, weeks, local_date(at, site.tz)) for site in sites]
    return render(request, "scheduling/hours/overview.html", {"sites": shown})


Weeks = defaultdict[tuple[int, int | None], list[WeeklySpan]]


def _site_shown(site: Site, resources: list[Resource], weeks: Weeks, today: date) -> SiteShown:
    there = [one for one in resources if one.site_id in (None, site.pk)]
    return SiteShown(
        _shown(Rota(site), weeks[site.pk, None], today),
        tuple(_shown(Rota(site, one), weeks[site.pk, one.pk], today) for one in there),
    )


def _shown(rota: Rota, spans: list[WeeklySpan], today: date) -> RotaShown:
    lines = lines_of(week_on(spans, today))
    resource = rota.resource
    follows = not lines and resource is not None and resource.kind != ResourceKind.PRACTITIONER
    return RotaShown(rota.whose.name, address(rota), lines, follows)
