"""Founding a clinic: its sites, and who and what it works with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Conflict, Malformed, Problem, ProblemKind, Unknown, refuse_if_any
from clinic.hours.public_holidays import public_holidays
from clinic.hours.rota import lock_hours
from clinic.identity.actors import Actor, task_actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import (
    Clinic,
    Diary,
    Resource,
    ResourceKind,
    ResourceSkill,
    Site,
    SiteHours,
    Skill,
)
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _
from clinic.time.wall_clock import zone_named


@dataclass(frozen=True, slots=True)
class NewClinic:
    """A clinic; without a slug it gets one from its name."""

    name: str
    slug: str = ""
    language: str = "en"
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class NewSite:
    """A place. `zone` is an IANA name; with a country, its public holidays close the site."""

    name: str
    zone: str
    country: str = ""
    subdivision: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class NewResource:
    """A practitioner (without a site), a room or a device (at one), and the keys of the skills it has."""

    kind: str
    name: str
    site: Site | None = None
    skills: Sequence[str] = ()


def found_clinic(*, new: NewClinic, now: datetime) -> Clinic:
    """Found a clinic: the one act that nobody of the clinic can do.

    Raises Refused (`name_missing`), Malformed (`malformed_slug`) and Conflict (`clinic_exists`).
    """
    refuse_if_any(text_problems(one_line(new.name), "name", missing=_("Enter the clinic's name.")))
    slug = new.slug or slugify(new.name)
    if not slug or slug != slugify(slug):
        raise Malformed(
            "malformed_slug", _("“{slug}” is no slug: write small letters, digits and hyphens.", slug=slug)
        )
    with transaction.atomic():
        if Clinic.objects.filter(slug=slug).exists():
            raise Conflict(
                "clinic_exists", _("There is a clinic “{slug}” already. Choose another slug.", slug=slug)
            )
        clinic = Clinic.objects.create(
            name=one_line(new.name),
            slug=slug,
            language=new.language,
            phone=new.phone,
            email=new.email,
            created_at=now,
        )
        founder = task_actor(clinic_id=clinic.pk, label="founding")
        record_audit(
            AuditRecord(AuditAction.FOUNDED_CLINIC, after={"name": clinic.name, "slug": slug}),
            by=founder,
            now=now,
        )
    return clinic


def open_site(*, new: NewSite, by: Actor, now: datetime) -> Site:
    """Open a site, with the row that its hours are locked by; until it has hours it is closed.

    Raises NotAllowed, Refused (`name_missing`), Malformed (`unknown_zone`, `unknown_country`) and Conflict
    (`site_exists`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_if_any(text_problems(one_line(new.name), "name", missing=_("Enter the site's name.")))
    zone = zone_named(new.zone)
    country, today = new.country.upper(), now.astimezone(zone).date()
    # Asked only so that a country nobody knows is refused now and not at the first search.
    public_holidays(country=country, subdivision=new.subdivision, first=today, last=today)
    name = one_line(new.name)
    with one_act():
        if Site.objects.of_clinic(by.clinic_id).filter(name=name).exists():
            raise Conflict(
                "site_exists", _("There is a site “{name}” already. Choose another name.", name=name)
            )
        site = Site.objects.create(
            clinic_id=by.clinic_id,
            name=name,
            zone=zone.key,
            country=country,
            subdivision=new.subdivision,
            address=new.address,
            changed_at=now,
        )
        SiteHours.objects.create(clinic_id=by.clinic_id, site=site)
        opened = {"name": name, "zone": zone.key, "country": country, "subdivision": new.subdivision}
        record_audit(AuditRecord(AuditAction.OPENED_SITE, site, after=opened), by=by, now=now)
        record_rows(added=[site], now=now)
    return site


def add_resource(*, new: NewResource, by: Actor, now: datetime) -> Resource:
    """Add a practitioner, room or device with an empty diary.

    A room and a device follow their site's hours; a practitioner is nowhere until given hours at a
    site. Raises NotAllowed, Malformed (`unknown_kind`), Refused (`name_missing`, `site_missing`,
    `site_not_wanted`), Unknown (`unknown_site`, `unknown_skill`) and Conflict (`resource_exists`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    if new.kind not in ResourceKind.values:
        raise Malformed(
            "unknown_kind",
            _("“{kind}” is none of: {known}.", kind=new.kind, known=", ".join(ResourceKind.values)),
        )
    refuse_if_any(_resource_problems(new))
    refuse_foreign(by=by, unknown_site=new.site)
    skills = _skills(new.skills, clinic_id=by.clinic_id)
    name = one_line(new.name)
    with one_act():
        lock_hours(clinic_id=by.clinic_id, site=new.site)
        if Resource.objects.of_clinic(by.clinic_id).filter(name=name).exists():
            raise Conflict(
                "resource_exists", _("There is a “{name}” already. Choose another name.", name=name)
            )
        resource = Resource.objects.create(
            clinic_id=by.clinic_id,
            kind=new.kind,
            name=name,
            site=new.site,
            diary=Diary.objects.create(clinic_id=by.clinic_id),
            changed_at=now,
        )
        ResourceSkill.objects.bulk_create(
            ResourceSkill(clinic_id=by.clinic_id, resource=resource, skill=skill) for skill in skills
        )
        added = {"kind": new.kind, "name": name, "skills": [skill.key for skill in skills]}
        record_audit(AuditRecord(AuditAction.ADDED_RESOURCE, resource, after=added), by=by, now=now)
        record_rows(added=[resource], now=now)
    return resource


def _skills(keys: Sequence[str], *, clinic_id: int) -> list[Skill]:
    known = {skill.key: skill for skill in Skill.objects.of_clinic(clinic_id)}
    if missing := [key for key in keys if key not in known]:
        listed = ", ".join(sorted(known)) or _("none; load the catalogue first")
        raise Unknown(
            "unknown_skill",
            _(
                "“{unknown}” is no skill in this clinic. There are: {listed}.",
                unknown=missing[0],
                listed=listed,
            ),
        )
    return [known[key] for key in dict.fromkeys(keys)]


def _resource_problems(new: NewResource) -> Iterator[Problem]:
    yield from text_problems(
        one_line(new.name), "name", missing=_("Enter the name of the {kind}.", kind=new.kind)
    )
    is_practitioner = new.kind == ResourceKind.PRACTITIONER
    if new.site is None and not is_practitioner:
        yield Problem(
            "site_missing",
            ProblemKind.BLOCKER,
            _("Say at which site the {kind} “{name}” is.", kind=new.kind, name=new.name),
        )
    if new.site is not None and is_practitioner:
        yield Problem(
            "site_not_wanted",
            ProblemKind.BLOCKER,
            _(
                "A practitioner has no site of their own: give {name} hours at {site} instead.",
                name=new.name,
                site=new.site,
            ),
        )
