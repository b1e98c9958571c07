"""Sites and resources over REST."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from clinic.actors import Scope
from clinic.models import Resource, Site
from clinic.web.auth import actor_of, needs
from clinic.web.pagination import listed
from clinic.web.shapes import ListShape, parsed_query


@needs(Scope.CALENDAR_READ)
def list_sites(request: Request) -> Response:
    asked = parsed_query(ListShape, request.query_params)
    sites = Site.objects.of_clinic(actor_of(request).clinic_id).filter(is_active=True)
    return listed(request, sites, by=("name", "uuid"), asked=asked, show=site_json)


@needs(Scope.CALENDAR_READ)
def list_resources(request: Request) -> Response:
    asked = parsed_query(ListShape, request.query_params)
    resources = Resource.objects.of_clinic(actor_of(request).clinic_id).filter(is_active=True)
    return listed(
        request, resources.select_related("site"), by=("name", "uuid"), asked=asked, show=resource_json
    )


def site_json(site: Site) -> dict[str, Any]:
    return {
        "id": str(site.uuid),
        "name": site.name,
        "address": site.address,
        "zone": site.zone,
        "country": site.country,
        "subdivision": site.subdivision,
    }


def resource_json(resource: Resource) -> dict[str, Any]:
    return {
        "id": str(resource.uuid),
        "kind": resource.kind,
        "name": resource.name,
        "site": resource.site and str(resource.site.uuid),
    }
