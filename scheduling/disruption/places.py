"""Sites and resources change or are given up: first what is booked that this would leave stranded.

Whoever changes them says that it stays booked, or moves it first. What stays is shown wherever sessions that
cannot take place are, and its reminders become calls.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

from django.db.models import Q, QuerySet

from clinic.changelog.log import one_act
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.models import Resource, Site
from clinic.places.lifespans import Lifespan, refuse_foreign_place, set_lifespan
from clinic.places.resources_changed import NewResource, change_resource
from clinic.places.sites_changed import NewSite, change_site
from clinic.sentences import counted
from scheduling.disruption.affected_sessions import STANDING
from scheduling.models import Claim, Session

Place = TypeVar("Place", bound=Site | Resource)


@dataclass(frozen=True, slots=True)
class PlaceEdit:
    """What becomes of a place; without facts they stay, without a lifespan that does."""

    facts: NewSite | NewResource | None = None
    lifespan: Lifespan | None = None
    # What this leaves stranded stays booked, for somebody to move.
    keeps_booked: bool = False


def in_the_way(*, place: Site | Resource, edit: PlaceEdit, by: Actor, now: datetime) -> list[Session]:
    """The sessions to come, held ones too, that the change would leave stranded, by their start.

    Those beyond its first and last day, with a skill that it loses, at the site that it leaves; of a site
    whose clock changes, all. Three queries at most. Raises NotAllowed and Unknown.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign_place(place, by=by)
    stranded = _stranded(place, edit)
    rows = Session.objects.seen_by(by).filter(stranded, status__in=STANDING, ends_at__gt=now)
    return list(rows.to_show().order_by("starts_at", "pk"))


def change_place(*, place: Place, edit: PlaceEdit, by: Actor, now: datetime) -> Place:
    """The site or resource as the edit has it, all of it or nothing.

    Raises NotAllowed, Unknown, Refused (`sessions_in_the_way` unless they stay booked, `zone_has_sessions`),
    and what the facts and the days are refused for (`change_site`, `change_resource`, `set_lifespan`). Locks:
    the clinic's row, hours.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign_place(place, by=by)
    with one_act():
        stranded, row = _stranded(place, edit), place
        if edit.facts is not None:
            row = _with_facts(row, edit.facts, by, now)
        if edit.lifespan is not None:
            row = set_lifespan(place=row, lifespan=edit.lifespan, by=by, now=now)
        # Asked once the hours are locked: whoever was booking is done, and whoever comes sees the change.
        rows = Session.objects.of_clinic(by.clinic_id).filter(stranded, status__in=STANDING, ends_at__gt=now)
        refuse_if_any(_stranded_problems(place, rows.count(), edit))
    return row


def _with_facts(place: Place, facts: NewSite | NewResource, by: Actor, now: datetime) -> Place:
    row: Site | Resource
    if isinstance(place, Site):
        assert isinstance(facts, NewSite), "of a site"
        row = change_site(site=place, to=facts, by=by, now=now)
    else:
        assert isinstance(facts, NewResource), "of a resource"
        row = change_resource(resource=place, to=facts, by=by, now=now)
    return cast(Place, row)


def _stranded(place: Site | Resource, edit: PlaceEdit) -> Q:
    """Which sessions the change would leave stranded, whenever they are."""
    found = _of_none()
    if edit.lifespan is not None:
        found |= _with(place) & _beyond(edit.lifespan)
    match edit.facts:
        case NewSite(zone=zone) if isinstance(place, Site) and zone != place.zone:
            found |= _with(place)
        case NewResource(site=site, skills=skills) if isinstance(place, Resource):
            if site is not None and site.pk != place.site_id:
                found |= _with(place)
            found |= Q(pk__in=_serving(place, _lost(place, skills)).values("session_id"))
    return found


def _with(place: Site | Resource) -> Q:
    """The sessions that it serves."""
    if isinstance(place, Site):
        return Q(site=place)
    return Q(pk__in=_claims(place).values("session_id"))


def _beyond(lifespan: Lifespan) -> Q:
    beyond = _of_none()
    if lifespan.valid_from is not None:
        beyond |= Q(local_date__lt=lifespan.valid_from)
    if lifespan.valid_until is not None:
        beyond |= Q(local_date__gt=lifespan.valid_until)
    return beyond


def _claims(resource: Resource) -> QuerySet[Claim]:
    return Claim.objects.of_clinic(resource.clinic_id).filter(diary=resource.diary_id)


def _serving(resource: Resource, skill_ids: Collection[int]) -> QuerySet[Claim]:
    return _claims(resource).filter(need__skill__in=skill_ids)


def _lost(resource: Resource, keys: Collection[str]) -> list[int]:
    return list(resource.skills.exclude(key__in=keys).values_list("pk", flat=True))


def _of_none() -> Q:
    return Q(pk__in=[])


def _stranded_problems(place: Site | Resource, count: int, edit: PlaceEdit) -> Iterator[Problem]:
    if not count:
        return
    if isinstance(place, Site) and isinstance(edit.facts, NewSite) and place.zone != edit.facts.zone:
        # Their dates, their reminders and the calendars of patients go by the clock of the site.
        sentence = counted(
            "{count} session is booked by the clock of {site}. Move or cancel it first.",
            "{count} sessions are booked by the clock of {site}. Move or cancel them first.",
            count=count,
            site=place,
        )
        yield Problem("zone_has_sessions", ProblemKind.BLOCKER, sentence)
    elif not edit.keeps_booked:
        sentence = counted(
            "{count} session is in the way. Move it first, or say that it stays booked.",
            "{count} sessions are in the way. Move them first, or say that they stay booked.",
            count=count,
        )
        yield Problem("sessions_in_the_way", ProblemKind.BLOCKER, sentence)
