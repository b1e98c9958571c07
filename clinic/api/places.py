"""Sites and resources over REST: listed, opened and added. What changes them asks what is booked there."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypedDict

from rest_framework import serializers

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Resource, ResourceKind, Site
from clinic.models.places import LastingQuerySet
from clinic.places.resources_changed import NewResource, add_alike, add_resource
from clinic.places.sites_changed import NewSite, open_site
from clinic.web.clock import now
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Id, Shape, Text, WholeNumber, YesNoWord
from clinic.web.rest.json_types import Date, Listed, Page, Uuid, Words
from clinic.web.rest.lists import ChangingShape, piece_of

SITE_REFUSALS = ("name_missing", "place_address_too_long", "place_name_too_long", "site_exists")
RESOURCE_REFUSALS = (
    "group_name_too_long",
    "name_missing",
    "place_name_too_long",
    "resource_exists",
    "site_missing",
    "site_not_wanted",
    "unknown_site",
    "unknown_skill",
)


class PlaceFilter(ChangingShape):
    """By name, or as they were entered; `retired` ones too where asked for, or asked since an instant."""

    orders = {"name": ("name",)}

    retired = YesNoWord(required=False, default=False)


class SiteShape(Shape):
    """`zone` is an IANA time zone. `country` closes the site on its public holidays, ISO 3166-1."""

    name = Text()
    zone = Text()
    address = Text(required=False, allow_blank=True)
    country = Text(required=False, allow_blank=True)
    subdivision = Text(required=False, allow_blank=True)


class ResourceShape(Shape):
    """`skills` are keys, and `group` is what several alike are called together.

    With `count` so many are added, numbered on from those there are.
    """

    kind = serializers.ChoiceField(choices=ResourceKind.values)
    name = Text()
    site = Id(required=False)
    skills = serializers.ListField(child=Text(), max_length=100, required=False)
    group = Text(required=False, allow_blank=True)
    count = WholeNumber(required=False)


class SiteJson(TypedDict):
    """Where the clinic treats. `zone` is its clock, an IANA time zone.

    `valid_from` and `valid_until` are its first and last day; null: since ever, until further notice.
    """

    id: Uuid
    name: str
    address: str
    zone: str
    country: str
    subdivision: str
    valid_from: Date | None
    valid_until: Date | None


class ResourceJson(TypedDict):
    """A practitioner, a room or a device; a practitioner belongs to no site. `skills` are keys.

    `valid_from` and `valid_until` are its first and last day; null: since ever, until further notice.
    """

    id: Uuid
    kind: Annotated[str, Words.of(ResourceKind)]
    name: str
    site: Uuid | None
    group: str
    skills: list[str]
    valid_from: Date | None
    valid_until: Date | None


@speaks("list_sites", Act.SEE_PLACES, query=PlaceFilter, answers={200: Page[SiteJson]})
def list_sites(call: Call) -> Answer[Page[SiteJson]]:
    """List sites."""
    sites = Site.objects.seen_by(call.by)
    return piece_of(call, sites if _tells_all(call) else sites.not_retired(now())).answer(site_json)


@speaks(
    "open_site",
    Act.MANAGE_PLACES,
    does=Does.MAKES,
    body=SiteShape,
    answers={201: SiteJson},
    refuses=(*SITE_REFUSALS, "unknown_country", "unknown_zone"),
)
def open_new_site(call: Call) -> Answer[SiteJson]:
    """Open a site.

    Until it has hours it is closed.
    """
    site = open_site(new=NewSite(**call.said), by=call.by, now=database_now())
    return Answer(site_json(site), status=201, version=site.version, location=f"{call.path}{site.uuid}/")


@speaks("list_resources", Act.SEE_PLACES, query=PlaceFilter, answers={200: Page[ResourceJson]})
def list_resources(call: Call) -> Answer[Page[ResourceJson]]:
    """List practitioners, rooms and devices."""
    resources = shown_resources(by=call.by)
    rows = resources if _tells_all(call) else resources.not_retired(now())
    return piece_of(call, rows).answer(resource_json)


@speaks(
    "add_resources",
    Act.MANAGE_PLACES,
    does=Does.MAKES,
    body=ResourceShape,
    answers={201: Listed[ResourceJson]},
    refuses=(*RESOURCE_REFUSALS, "count_out_of_range"),
)
def add_resources(call: Call) -> Answer[Listed[ResourceJson]]:
    """Add a practitioner, a room or a device, or several alike.

    A room and a device follow the hours of their site; a practitioner is nowhere until they have hours there.
    `Location` is that of the first.
    """
    said = call.said
    new = new_resource(said, by=call.by)
    if (count := said.get("count")) is None:
        added = [add_resource(new=new, by=call.by, now=database_now())]
    else:
        added = add_alike(new=new, count=count, by=call.by, now=database_now())
    rows = shown_resources(by=call.by).filter(pk__in=[row.pk for row in added]).order_by("pk")
    location = f"{call.path}{added[0].uuid}/"
    return Answer({"results": [resource_json(row) for row in rows]}, status=201, location=location)


def _tells_all(call: Call) -> bool:
    """Whoever follows what changes must hear that something was given up."""
    return call.asked["retired"] or "updated_since" in call.asked


def new_resource(said: Mapping[str, Any], *, by: Actor) -> NewResource:
    """Raises Unknown for a site that the clinic has not."""
    site = find(Site.objects.seen_by(by), uuid=said["site"]) if said.get("site") else None
    skills = said.get("skills", ())
    return NewResource(said["kind"], said["name"], site, skills, said.get("group", ""))


def shown_resources(*, by: Actor) -> LastingQuerySet[Resource]:
    """With what is shown of them."""
    rows: LastingQuerySet[Resource] = Resource.objects.seen_by(by)
    return rows.select_related("site").prefetch_related("skills")


def site_json(site: Site) -> SiteJson:
    return {
        "id": str(site.uuid),
        "name": site.name,
        "address": site.address,
        "zone": site.zone,
        "country": site.country,
        "subdivision": site.subdivision,
        "valid_from": _written(site.valid_from),
        "valid_until": _written(site.valid_until),
    }


def resource_json(resource: Resource) -> ResourceJson:
    """Its site and skills must be loaded."""
    return {
        "id": str(resource.uuid),
        "kind": resource.kind,
        "name": resource.name,
        "site": str(resource.site.uuid) if resource.site else None,
        "group": resource.group,
        "skills": sorted(skill.key for skill in resource.skills.all()),
        "valid_from": _written(resource.valid_from),
        "valid_until": _written(resource.valid_until),
    }


def _written(on: date | None) -> str | None:
    return None if on is None else on.isoformat()
