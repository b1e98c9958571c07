"""Practitioners, rooms and devices are added, one or several alike, and changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count as numbers
from itertools import islice
from typing import Any

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import Written, one_act, record_changes, record_rows
from clinic.errors import Conflict, Malformed, Problem, ProblemKind, Unknown, refuse_if_any
from clinic.hours.rota import lock_hours
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import refuse_foreign
from clinic.models import ChangeKind, Diary, Resource, ResourceKind, ResourceSkill, Site, Skill
from clinic.places.names import lock_names, name_problems, refuse_taken
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _

LONGEST_NAME = 100
MOST_ALIKE = 50


@dataclass(frozen=True, slots=True)
class NewResource:
    """A practitioner (without a site), a room or a device (at one), and the keys of the skills it has.

    `group` is what several alike are called together.
    """

    kind: str
    name: str
    site: Site | None = None
    skills: Sequence[str] = ()
    group: str = ""


def add_resource(*, new: NewResource, by: Actor, now: datetime) -> Resource:
    """Add a practitioner, room or device with an empty diary.

    A room and a device follow their site's hours; a practitioner is nowhere until given hours at a
    site. Raises NotAllowed, Malformed (`unknown_kind`), Refused (`name_missing`, `place_name_too_long`,
    `group_name_too_long`, `site_missing`, `site_not_wanted`), Unknown (`unknown_site`, `unknown_skill`) and
    Conflict (`resource_exists`). Locks: the clinic's row, hours.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    skills = _checked(new, by)
    with one_act():
        lock_names(clinic_id=by.clinic_id)
        lock_hours(clinic_id=by.clinic_id, site=new.site)
        return _added(new, skills, by, now)


def add_alike(*, new: NewResource, count: int, by: Actor, now: datetime) -> list[Resource]:
    """Add so many at once, “Chair 1” to “Chair 4”: numbered on from those there are, under one group label.

    All or none. Raises what `add_resource` raises, and Refused (`count_out_of_range`).
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    skills = _checked(new, by)
    refuse_if_any(_count_problems(count))
    label = one_line(new.name)
    with one_act():
        lock_names(clinic_id=by.clinic_id)
        lock_hours(clinic_id=by.clinic_id, site=new.site)
        rows = Resource.objects.of_clinic(by.clinic_id).filter(name__startswith=label)
        taken = set(rows.values_list("name", flat=True))
        free = (name for number in numbers(1) if (name := f"{label} {number}") not in taken)
        group = new.group or label
        each = [replace(new, name=name, group=group) for name in islice(free, count)]
        refuse_if_any(problem for one in each for problem in _resource_problems(one))
        return [_added(one, skills, by, now) for one in each]


def change_resource(*, resource: Resource, to: NewResource, by: Actor, now: datetime) -> Resource:
    """The resource with these facts from now on; its kind stays. The same once more changes nothing.

    What is booked with it is not asked (`scheduling.disruption.places`). Raises what `add_resource` raises,
    and Unknown for a resource of another clinic. Locks: the clinic's row, hours.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign(by=by, unknown_resource=resource)
    to = replace(to, kind=resource.kind)
    skills = _checked(to, by)
    with one_act():
        lock_names(clinic_id=by.clinic_id)
        stays = to.site is not None and to.site.pk == resource.site_id
        lock_hours(clinic_id=by.clinic_id, site=to.site if stays else None)
        row: Resource = Resource.objects.of_clinic(by.clinic_id).select_related("site").get(pk=resource.pk)
        _refuse_taken(one_line(to.name), by, but=row)
        _write(row, to, skills, by, now)
    return row


def _write(row: Resource, to: NewResource, skills: Sequence[Skill], by: Actor, now: datetime) -> None:
    before, audience = _values(row), row.audience
    row.name, row.site, row.group = one_line(to.name), to.site, one_line(to.group)
    after = _values(row) | {"skills": sorted(skill.key for skill in skills)}
    if before == after:
        return
    row.save(update_fields=["name", "site", "group", *row.touch(now)])
    ResourceSkill.objects.filter(resource=row).exclude(skill__in=skills).delete()
    has = set(ResourceSkill.objects.filter(resource=row).values_list("skill_id", flat=True))
    _give(row, [skill for skill in skills if skill.pk not in has])
    record_audit(AuditRecord(AuditAction.CHANGED_RESOURCE, row, before=before, after=after), by=by, now=now)
    # Whoever reads of the site that it left hears of it too.
    written = Written(ChangeKind.RESOURCE, row.uuid, row.version, audience, row.audience)
    record_changes(clinic_id=by.clinic_id, written=[written], now=now)


def _values(row: Resource) -> dict[str, Any]:
    """What the trail keeps of it."""
    return {
        "name": row.name,
        "site": row.site and row.site.uuid,
        "group": row.group,
        "skills": sorted(row.skills.values_list("key", flat=True)),
    }


def _checked(new: NewResource, by: Actor) -> list[Skill]:
    """The skills. Raises what is wrong with the rest."""
    if new.kind not in ResourceKind.values:
        raise Malformed(
            "unknown_kind",
            _("“{kind}” is none of: {known}.", kind=new.kind, known=", ".join(ResourceKind.values)),
        )
    refuse_if_any(_resource_problems(new))
    refuse_foreign(by=by, unknown_site=new.site)
    return _skills(new.skills, clinic_id=by.clinic_id)


def _added(new: NewResource, skills: Sequence[Skill], by: Actor, now: datetime) -> Resource:
    name = one_line(new.name)
    _refuse_taken(name, by)
    resource = Resource.objects.create(
        clinic_id=by.clinic_id,
        kind=new.kind,
        name=name,
        group=one_line(new.group),
        site=new.site,
        diary=Diary.objects.create(clinic_id=by.clinic_id),
        changed_at=now,
    )
    _give(resource, skills)
    added = {"kind": new.kind, "name": name, "skills": [skill.key for skill in skills]}
    record_audit(AuditRecord(AuditAction.ADDED_RESOURCE, resource, after=added), by=by, now=now)
    record_rows(added=[resource], now=now)
    return resource


def _give(resource: Resource, skills: Sequence[Skill]) -> None:
    ResourceSkill.objects.bulk_create(
        ResourceSkill(clinic_id=resource.clinic_id, resource=resource, skill=skill) for skill in skills
    )


def _refuse_taken(name: str, by: Actor, *, but: Resource | None = None) -> None:
    rows = Resource.objects.of_clinic(by.clinic_id).filter(name=name)
    sentence = _("There is a “{name}” already. Choose another name.", name=name)
    refuse_taken(rows, Conflict("resource_exists", sentence), but=but)


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


def _count_problems(count: int) -> Iterator[Problem]:
    if not 1 <= count <= MOST_ALIKE:
        sentence = _("Add from 1 to {most} at once.", most=MOST_ALIKE)
        yield Problem("count_out_of_range", ProblemKind.BLOCKER, sentence)


def _resource_problems(new: NewResource) -> Iterator[Problem]:
    missing = _("Enter the name of the {kind}.", kind=new.kind)
    yield from name_problems(one_line(new.name), missing=missing, most=LONGEST_NAME)
    yield from text_problems(one_line(new.group), "group_name", most=LONGEST_NAME, what=_("the group"))
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
