"""What resources can serve for: added, renamed, and taken out once nobody has it and nothing needs it."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import ProtectedError
from django.utils.text import slugify

from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.changelog.log import one_act, record_rows
from clinic.errors import Conflict, Malformed, Problem, ProblemKind, Refused, refuse_if_any
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import find, refuse_foreign
from clinic.models import ResourceSkill, Skill
from clinic.places.names import lock_names, name_problems, refuse_taken
from clinic.plain_text import one_line
from clinic.sentences import sentence as _

LONGEST_SKILL, LONGEST_KEY = 100, 50


def add_skill(*, name: str, key: str = "", by: Actor, now: datetime) -> Skill:
    """A skill that nobody has yet; without a key it gets one from its name.

    Raises NotAllowed, Refused (`name_missing`, `place_name_too_long`), Malformed (`malformed_slug`) and
    Conflict (`skill_exists`). Locks: the clinic's row.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    name = one_line(name)
    refuse_if_any(_problems(name))
    key = key or slugify(name)[:LONGEST_KEY]
    if not key or key != slugify(key) or len(key) > LONGEST_KEY:
        sentence = _("“{slug}” is no slug: write small letters, digits and hyphens.", slug=key or name)
        raise Malformed("malformed_slug", sentence)
    with one_act():
        _name(name, key, by)
        skill = Skill.objects.create(clinic_id=by.clinic_id, key=key, name=name, changed_at=now)
        added = {"key": key, "name": name}
        record_audit(AuditRecord(AuditAction.ADDED_SKILL, skill, after=added), by=by, now=now)
        record_rows(added=[skill], now=now)
    return skill


def rename_skill(*, skill: Skill, name: str, by: Actor, now: datetime) -> Skill:
    """Call it otherwise; its key stays.

    Raises NotAllowed, Unknown, Refused (`name_missing`, `place_name_too_long`) and Conflict (`skill_exists`).
    Locks: the clinic's row.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign(by=by, unknown_skill=skill)
    name = one_line(name)
    refuse_if_any(_problems(name))
    with one_act():
        _name(name, "", by, but=skill)
        skill = find(Skill.objects.of_clinic(by.clinic_id), uuid=skill.uuid)
        before = skill.name
        if before != name:
            skill.name = name
            skill.save(update_fields=["name", *skill.touch(now)])
            record_audit(
                AuditRecord(AuditAction.RENAMED_SKILL, skill, before={"name": before}, after={"name": name}),
                by=by,
                now=now,
            )
            record_rows(changed=[skill], now=now)
    return skill


def retire_skill(*, skill: Skill, by: Actor, now: datetime) -> None:
    """Take out what nobody has and no session type needs.

    Raises NotAllowed, Unknown and Refused (`skill_in_use`). Locks: the clinic's row.
    """
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    refuse_foreign(by=by, unknown_skill=skill)
    with one_act():
        lock_names(clinic_id=by.clinic_id)
        skill = find(Skill.objects.of_clinic(by.clinic_id), uuid=skill.uuid)
        retired = AuditRecord(AuditAction.RETIRED_SKILL, skill, before={"key": skill.key, "name": skill.name})
        record_audit(retired, by=by, now=now)
        record_rows(gone=[skill], now=now)
        refuse_if_any(_had_problems(skill))
        try:
            # Session types hold on to the skills that they need, in old versions too.
            Skill.objects.filter(pk=skill.pk).delete()
        except ProtectedError as held:
            sentence = _("A session type needs “{skill}”. Change the session type first.", skill=skill)
            raise Refused([Problem("skill_in_use", ProblemKind.BLOCKER, sentence)]) from held


def _had_problems(skill: Skill) -> Iterator[Problem]:
    rows = ResourceSkill.objects.of_clinic(skill.clinic_id).filter(skill=skill)
    names = list(rows.order_by("resource__name").values_list("resource__name", flat=True))
    if names:
        sentence = _(
            "These have “{skill}”: {names}. Take it from them first.", skill=skill, names=", ".join(names)
        )
        yield Problem("skill_in_use", ProblemKind.BLOCKER, sentence)


def _problems(name: str) -> Iterator[Problem]:
    return name_problems(name, missing=_("Enter what the skill is called."), most=LONGEST_SKILL)


def _name(name: str, key: str, by: Actor, *, but: Skill | None = None) -> None:
    lock_names(clinic_id=by.clinic_id)
    sentence = _("There is a skill “{name}” already. Choose another name.", name=name)
    rows = Skill.objects.of_clinic(by.clinic_id)
    same = rows.filter(name=name) | rows.filter(key=key) if key else rows.filter(name=name)
    refuse_taken(same, Conflict("skill_exists", sentence), but=but)
