"""Sites and resources over REST as they are and change, with the sessions that stand in the way of that."""

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from rest_framework import serializers

from clinic.api.places import (
    RESOURCE_REFUSALS,
    SITE_REFUSALS,
    ResourceJson,
    SiteJson,
    new_resource,
    resource_json,
    shown_resources,
    site_json,
)
from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Resource, Site
from clinic.places.lifespans import Lifespan
from clinic.places.sites_changed import NewSite
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Day, Id, Shape, Text, YesNo
from clinic.web.trail import saw
from scheduling.api.answers import SessionJson
from scheduling.api.output import session_json
from scheduling.disruption.places import PlaceEdit, change_place, in_the_way

_FACTS = ("name", "address", "zone", "country", "subdivision")
_REFUSES = ("lifespan_reversed", "sessions_in_the_way")


class LastingShape(Shape):
    """What is left out stays. `valid_until` null brings it back.

    Sessions that the change leaves stranded refuse it, unless `keeps_booked`.
    """

    name = Text(required=False)
    valid_from = Day(required=False, allow_null=True)
    valid_until = Day(required=False, allow_null=True)
    keeps_booked = YesNo(required=False, default=False)


class SiteChangeShape(LastingShape):
    """What is left out stays. `valid_until` null brings it back.

    Sessions that the change leaves stranded refuse it, unless `keeps_booked`. The clock of a site with
    sessions to come stays.
    """

    zone = Text(required=False)
    address = Text(required=False, allow_blank=True)
    country = Text(required=False, allow_blank=True)
    subdivision = Text(required=False, allow_blank=True)


class ResourceChangeShape(LastingShape):
    """What is left out stays. `valid_until` null brings it back.

    Sessions that the change leaves stranded refuse it, unless `keeps_booked`. `skills` are keys: all that it
    has from now on.
    """

    site = Id(required=False)
    skills = serializers.ListField(child=Text(), max_length=100, required=False)
    group = Text(required=False, allow_blank=True)


class LastDayFilter(Shape):
    """The last day that it is there, if it is to be given up; without it as it stands."""

    valid_until = Day(required=False)


class InTheWayOfPlaceJson(TypedDict):
    """The sessions to come that would be left stranded, by their start."""

    in_the_way: list[SessionJson]


@speaks("show_site", Act.SEE_PLACES, answers={200: SiteJson})
def show_site(call: Call, site_id: UUID) -> Answer[SiteJson]:
    """Show a site."""
    site = _site(call, site_id)
    return Answer(site_json(site), version=site.version)


@speaks(
    "change_site",
    Act.MANAGE_PLACES,
    does=Does.CHANGES,
    body=SiteChangeShape,
    answers={200: SiteJson},
    refuses=(*SITE_REFUSALS, *_REFUSES, "unknown_country", "unknown_zone", "zone_has_sessions"),
)
def change_site(call: Call, site_id: UUID) -> Answer[SiteJson]:
    """Change a site, give it up from a day on, or bring it back."""
    site = _site(call, site_id)
    call.refuse_if_stale(version=site.version)
    said = {name: call.said.get(name, getattr(site, name)) for name in _FACTS}
    edit = PlaceEdit(NewSite(**said), *_rest(call.said, site))
    site = change_place(place=site, edit=edit, by=call.by, now=database_now())
    return Answer(site_json(site), version=site.version)


@speaks(
    "sessions_in_way_of_site",
    Act.MANAGE_PLACES,
    query=LastDayFilter,
    answers={200: InTheWayOfPlaceJson},
)
def in_the_way_of_site(call: Call, site_id: UUID) -> Answer[InTheWayOfPlaceJson]:
    """List the sessions that giving a site up would leave stranded."""
    return _in_the_way(call, _site(call, site_id))


@speaks("show_resource", Act.SEE_PLACES, answers={200: ResourceJson})
def show_resource(call: Call, resource_id: UUID) -> Answer[ResourceJson]:
    """Show a practitioner, a room or a device."""
    resource = _resource(call.by, resource_id)
    return Answer(resource_json(resource), version=resource.version)


@speaks(
    "change_resource",
    Act.MANAGE_PLACES,
    does=Does.CHANGES,
    body=ResourceChangeShape,
    answers={200: ResourceJson},
    refuses=(*RESOURCE_REFUSALS, *_REFUSES),
)
def change_resource(call: Call, resource_id: UUID) -> Answer[ResourceJson]:
    """Change a practitioner, a room or a device, retire it from a day on, or bring it back."""
    resource = _resource(call.by, resource_id)
    call.refuse_if_stale(version=resource.version)
    standing = {**resource_json(resource), "kind": resource.kind}
    facts = new_resource({**standing, **call.said}, by=call.by)
    edit = PlaceEdit(facts, *_rest(call.said, resource))
    change_place(place=resource, edit=edit, by=call.by, now=database_now())
    resource = _resource(call.by, resource_id)
    return Answer(resource_json(resource), version=resource.version)


@speaks(
    "sessions_in_way_of_resource",
    Act.MANAGE_PLACES,
    query=LastDayFilter,
    answers={200: InTheWayOfPlaceJson},
)
def in_the_way_of_resource(call: Call, resource_id: UUID) -> Answer[InTheWayOfPlaceJson]:
    """List the sessions that retiring a practitioner, a room or a device would leave stranded."""
    return _in_the_way(call, _resource(call.by, resource_id))


def _in_the_way(call: Call, place: Site | Resource) -> Answer[InTheWayOfPlaceJson]:
    last = call.asked.get("valid_until", place.valid_until)
    edit = PlaceEdit(lifespan=Lifespan(place.valid_from, last))
    found = in_the_way(place=place, edit=edit, by=call.by, now=database_now())
    saw(AuditAction.SAW_SESSIONS, [one.patient.uuid for one in found], by=call.by, about=place)
    return Answer({"in_the_way": [session_json(one) for one in found]})


def _rest(said: Mapping[str, Any], place: Site | Resource) -> tuple[Lifespan, bool]:
    first, last = said.get("valid_from", place.valid_from), said.get("valid_until", place.valid_until)
    return Lifespan(first, last), said["keeps_booked"]


def _site(call: Call, site_id: UUID) -> Site:
    return find(Site.objects.seen_by(call.by), uuid=site_id)


def _resource(by: Actor, resource_id: UUID) -> Resource:
    return find(shown_resources(by=by), uuid=resource_id)
