"""Sites and resources over REST."""

from typing import Annotated, TypedDict

from clinic.identity.permissions import Act
from clinic.models import Resource, ResourceKind, Site
from clinic.web.rest.contract import Answer, Call, speaks
from clinic.web.rest.json_types import Page, Uuid, Words
from clinic.web.rest.lists import ChangingShape, piece_of


class PlaceFilter(ChangingShape):
    """By name, or as they were entered."""

    orders = {"name": ("name",)}


class SiteJson(TypedDict):
    """Where the clinic treats. `zone` is its clock, an IANA time zone."""

    id: Uuid
    name: str
    address: str
    zone: str
    country: str
    subdivision: str


class ResourceJson(TypedDict):
    """A practitioner, a room or a device; a practitioner belongs to no site."""

    id: Uuid
    kind: Annotated[str, Words.of(ResourceKind)]
    name: str
    site: Uuid | None


@speaks("list_sites", Act.SEE_PLACES, query=PlaceFilter, answers={200: Page[SiteJson]})
def list_sites(call: Call) -> Answer[Page[SiteJson]]:
    """List sites."""
    return piece_of(call, Site.objects.seen_by(call.by).filter(is_active=True)).answer(site_json)


@speaks("list_resources", Act.SEE_PLACES, query=PlaceFilter, answers={200: Page[ResourceJson]})
def list_resources(call: Call) -> Answer[Page[ResourceJson]]:
    """List practitioners, rooms and devices."""
    resources = Resource.objects.seen_by(call.by).filter(is_active=True).select_related("site")
    return piece_of(call, resources).answer(resource_json)


def site_json(site: Site) -> SiteJson:
    return {
        "id": str(site.uuid),
        "name": site.name,
        "address": site.address,
        "zone": site.zone,
        "country": site.country,
        "subdivision": site.subdivision,
    }


def resource_json(resource: Resource) -> ResourceJson:
    """Its site must be loaded."""
    return {
        "id": str(resource.uuid),
        "kind": resource.kind,
        "name": resource.name,
        "site": str(resource.site.uuid) if resource.site else None,
    }
