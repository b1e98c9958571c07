"""Builders: each makes one thing of the trade, with words for whatever the test does not care about.

What has a use case is made by it; the rest are rows.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from itertools import count

from clinic.access.keys import NewKey, issue_key
from clinic.access.members import NewMember, add_member, open_account
from clinic.hours.opening import WeeklySpan
from clinic.hours.rota import Rota, set_weekly_hours
from clinic.identity.actors import Actor, ActorKind, Role, Scope, Way
from clinic.identity.permissions import WAIVES_AS
from clinic.models import (
    AccessKey,
    ChangeCounter,
    Clinic,
    Patient,
    Resource,
    ResourceKind,
    Site,
    Skill,
    User,
    WeeklyHours,
)
from clinic.people.patients import NewPatient, register_patient
from clinic.places.founding import NewClinic, found_clinic
from clinic.places.resources_changed import NewResource, add_resource
from clinic.places.sites_changed import NewSite, open_site
from tests.support.cast import CLOSES, NOW, OPENS, PASSWORD, PATIENT, WORKING_DAYS

_numbers = count(1)


def a_clinic(*, name: str = "", slug: str = "", created_at: datetime = NOW, **fields) -> Clinic:
    """A clinic with its change counter and nothing else; `fields` are further columns.

    Unless they say otherwise, what the desk does is heard of at once.
    """
    number = next(_numbers)
    new = NewClinic(name=name or f"Clinic {number}", slug=slug or f"clinic-{number}")
    clinic = found_clinic(new=new, now=created_at)
    Clinic.objects.filter(pk=clinic.pk).update(**{"demands_second_factor": False, "undo_seconds": 0} | fields)
    clinic.refresh_from_db()
    ChangeCounter.objects.create(clinic=clinic)
    return clinic


def a_site(
    *,
    clinic: Clinic,
    name: str = "Keizersgracht",
    zone: str = "Europe/Amsterdam",
    country: str = "NL",
    now: datetime = NOW,
    **fields,
) -> Site:
    """A site without hours: it is closed until `hours_at` opens it. `fields` are further columns."""
    new = NewSite(name=name, zone=zone, country=country)
    site = open_site(new=new, by=an_owner(clinic=clinic), now=now)
    Site.objects.filter(pk=site.pk).update(**fields)
    site.refresh_from_db()
    return site


def hours_at(
    *,
    site: Site,
    resource: Resource | None = None,
    weekdays: Iterable[int] = WORKING_DAYS,
    opens: time = OPENS,
    closes: time = CLOSES,
    valid_from: date = date(2020, 1, 6),
) -> list[WeeklyHours]:
    """Weekly hours of the site, or of a resource there."""
    spans = [WeeklySpan(weekday, opens, closes, 1, valid_from, None) for weekday in weekdays]
    return set_weekly_hours(rota=Rota(site, resource), spans=spans, by=an_owner(clinic=site.clinic), now=NOW)


def a_skill(*, clinic: Clinic, key: str) -> Skill:
    name = key.replace("-", " ").capitalize()
    return Skill.objects.get_or_create(clinic=clinic, key=key, defaults={"name": name, "changed_at": NOW})[0]


def a_practitioner(
    *,
    clinic: Clinic,
    name: str = "Dr Osei",
    skills: Sequence[str] = ("doctor",),
    works_at: Site | None = None,
) -> Resource:
    """A practitioner; with `works_at`, there Monday to Friday from nine to five."""
    practitioner = _a_resource(clinic, ResourceKind.PRACTITIONER, name, skills, None)
    if works_at is not None:
        hours_at(site=works_at, resource=practitioner)
    return practitioner


def a_room(
    *, site: Site, name: str = "Treatment room 1", skills: Sequence[str] = ("treatment-room",)
) -> Resource:
    """A room (or a draw chair), open when its site is."""
    return _a_resource(site.clinic, ResourceKind.ROOM, name, skills, site)


def a_device(*, site: Site, name: str = "Centrifuge 1", skills: Sequence[str] = ("centrifuge",)) -> Resource:
    """A device, usable when its site is open."""
    return _a_resource(site.clinic, ResourceKind.DEVICE, name, skills, site)


def a_patient(
    *,
    clinic: Clinic,
    given_name: str = PATIENT[0],
    family_name: str = PATIENT[1],
    email: str = "marit@patients.example",
    message_consent: str = "yes",
    now: datetime = NOW,
    **fields,
) -> Patient:
    new = NewPatient(
        given_name=given_name,
        family_name=family_name,
        email=email,
        message_consent=message_consent,
        **fields,
    )
    # What influences the result is for those who treat.
    by = an_owner(clinic=clinic) if new.intake_facts else an_actor(clinic=clinic)
    return register_patient(new=new, by=by, now=now)


def a_user(
    *,
    clinic: Clinic,
    role: Role = Role.RECEPTIONIST,
    practitioner: Resource | None = None,
    email: str = "",
    name: str = "",
    password: str = PASSWORD,
) -> User:
    """A user who may sign in with `tests.support.cast.PASSWORD`, and is that much in the clinic."""
    number = next(_numbers)
    user = open_account(
        email=email or f"user{number}@clinic.example", name=name or f"User {number}", password=password
    )
    new = NewMember(user=user, role=role, practitioner=practitioner)
    add_member(new=new, by=an_owner(clinic=clinic), now=NOW)
    return user


def a_key(
    *,
    clinic: Clinic,
    scopes: Iterable[Scope] = frozenset(Scope) - WAIVES_AS.keys(),
    label: str = "Tests",
    created_at: datetime = NOW,
    **fields,
) -> tuple[AccessKey, str]:
    """A key in use that may do all but set rules aside, and its secret; `fields` are further columns."""
    key, secret = issue_key(new=NewKey(label, scopes), by=an_owner(clinic=clinic), now=created_at)
    AccessKey.objects.filter(pk=key.pk).update(**{"last_used_at": created_at} | fields)
    key.refresh_from_db()
    return key, secret


def an_owner(*, clinic: Clinic, user: User | None = None) -> Actor:
    return an_actor(clinic=clinic, role=Role.OWNER, user=user)


def an_actor(
    *,
    clinic: Clinic,
    role: Role = Role.RECEPTIONIST,
    user: User | None = None,
    practitioner: Resource | None = None,
) -> Actor:
    """One at the desk; with `user`, that user; with `practitioner`, whose diary is their own."""
    return Actor(
        clinic_id=clinic.pk,
        kind=ActorKind.USER,
        label=user.name if user else role.value.capitalize(),
        way=Way.PAGE,
        reference=str(user.uuid) if user else "",
        role=role,
        practitioner_id=practitioner.pk if practitioner else None,
        user_id=user.pk if user else None,
    )


def _a_resource(
    clinic: Clinic, kind: ResourceKind, name: str, skills: Sequence[str], site: Site | None
) -> Resource:
    for key in skills:
        a_skill(clinic=clinic, key=key)
    new = NewResource(kind=kind, name=name, site=site, skills=skills)
    return add_resource(new=new, by=an_owner(clinic=clinic), now=NOW)
