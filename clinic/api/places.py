"""Sites and resources over REST."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from clinic.identity.permissions import Act
from clinic.models import Resource, Site
from clinic.web.rest.auth import actor_of, needs
from clinic.web.rest.input_fields import ListShape, parsed_query
from clinic.web.rest.pagination import piece_of


@needs(Act.SEE_PLACES)
def list_sites(request: Request) -> Response:
    asked = parsed_query(ListShape, request.query_params)
    sites = Site.objects.seen_by(actor_of(request)).filter(is_active=True)
    return piece_of(request, sites, by=("name", "uuid"), asked=asked).answer(site_json)


@needs(Act.SEE_PLACES)
def list_resources(request: Request) -> Response:
    asked = parsed_query(ListShape, request.query_params)
    resources = Resource.objects.seen_by(actor_of(request)).filter(is_active=True)
    return piece_of(request, resources.select_related("site"), by=("name", "uuid"), asked=asked).answer(
        resource_json
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
