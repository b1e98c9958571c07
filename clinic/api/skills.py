"""Skills over REST: what resources can serve for."""

from typing import TypedDict
from uuid import UUID

from clinic.identity.permissions import Act
from clinic.lookup import find
from clinic.models import Skill
from clinic.places.skills import add_skill, rename_skill, retire_skill
from clinic.web.database_clock import database_now
from clinic.web.rest.contract import Answer, Call, Does, speaks
from clinic.web.rest.input_fields import Shape, Text
from clinic.web.rest.json_types import Page, Uuid
from clinic.web.rest.lists import ChangingShape, piece_of

_NAMES = ("name_missing", "place_name_too_long", "skill_exists")


class SkillFilter(ChangingShape):
    """By name, or as they were entered."""

    orders = {"name": ("name",)}


class SkillShape(Shape):
    """Without `key` it gets one from its name."""

    name = Text()
    key = Text(required=False)


class SkillNameShape(Shape):
    """What it is called from now on; its key stays."""

    name = Text()


class SkillJson(TypedDict):
    """What a resource can serve for. By its `key` resources and session types name it."""

    id: Uuid
    key: str
    name: str


class RetiredSkillJson(TypedDict):
    """What is gone."""

    retired: str


@speaks("list_skills", Act.SEE_PLACES, query=SkillFilter, answers={200: Page[SkillJson]})
def list_skills(call: Call) -> Answer[Page[SkillJson]]:
    """List skills."""
    return piece_of(call, Skill.objects.seen_by(call.by)).answer(skill_json)


@speaks(
    "add_skill",
    Act.MANAGE_PLACES,
    does=Does.MAKES,
    body=SkillShape,
    answers={201: SkillJson},
    refuses=(*_NAMES, "malformed_slug"),
)
def add(call: Call) -> Answer[SkillJson]:
    """Add a skill that nobody has yet."""
    said = call.said
    skill = add_skill(name=said["name"], key=said.get("key", ""), by=call.by, now=database_now())
    return Answer(skill_json(skill), status=201, version=skill.version, location=f"{call.path}{skill.uuid}/")


@speaks("show_skill", Act.SEE_PLACES, answers={200: SkillJson})
def show(call: Call, skill_id: UUID) -> Answer[SkillJson]:
    """Show a skill."""
    skill = find(Skill.objects.seen_by(call.by), uuid=skill_id)
    return Answer(skill_json(skill), version=skill.version)


@speaks(
    "rename_skill",
    Act.MANAGE_PLACES,
    does=Does.CHANGES,
    body=SkillNameShape,
    answers={200: SkillJson},
    refuses=_NAMES,
)
def rename(call: Call, skill_id: UUID) -> Answer[SkillJson]:
    """Rename a skill."""
    skill = find(Skill.objects.seen_by(call.by), uuid=skill_id)
    call.refuse_if_stale(version=skill.version)
    skill = rename_skill(skill=skill, name=call.said["name"], by=call.by, now=database_now())
    return Answer(skill_json(skill), version=skill.version)


@speaks(
    "retire_skill",
    Act.MANAGE_PLACES,
    does=Does.CHANGES,
    answers={200: RetiredSkillJson},
    refuses=("skill_in_use",),
)
def retire(call: Call, skill_id: UUID) -> Answer[RetiredSkillJson]:
    """Take a skill out that nobody has and nothing needs."""
    skill = find(Skill.objects.seen_by(call.by), uuid=skill_id)
    call.refuse_if_stale(version=skill.version)
    retire_skill(skill=skill, by=call.by, now=database_now())
    return Answer({"retired": skill.key})


def skill_json(skill: Skill) -> SkillJson:
    return {"id": str(skill.uuid), "key": skill.key, "name": skill.name}
