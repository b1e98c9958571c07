"""Skills are added, renamed and taken out, and stay while somebody has one or a session type needs it."""

from datetime import timedelta

import pytest
from django.db import transaction

from clinic.errors import ClinicError
from clinic.models import AuditEntry, Change, Clinic, ResourceSkill, Skill
from clinic.places.skills import add_skill, rename_skill, retire_skill
from tests.support.builders import a_clinic, a_practitioner, a_skill, an_owner
from tests.support.cast import NOW
from tests.support.database.log import logged

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


@pytest.fixture
def owner(clinic):
    return an_owner(clinic=clinic)


def test_a_skill_is_added_renamed_and_taken_out_and_each_is_told(clinic, owner):
    with logged(clinic) as written:
        skill = add_skill(name="Blood  preparation", by=owner, now=NOW)
        rename_skill(skill=skill, name="Prepares blood", by=owner, now=LATER)
        retire_skill(skill=skill, by=owner, now=LATER)

    assert skill.key == "blood-preparation"
    assert [change.version for change in written] == [1, 2, 3]
    assert {change.kind for change in written} == {"skill"}
    assert not Skill.objects.filter(clinic=clinic).exists()
    acts = AuditEntry.objects.order_by("pk").values_list("act", flat=True)
    assert [act for act in acts if "skill" in act] == ["added_skill", "renamed_skill", "retired_skill"]


def test_a_skill_that_somebody_has_stays(clinic, owner):
    a_practitioner(clinic=clinic, skills=["doctor"])
    changes = Change.objects.count()

    with pytest.raises(ClinicError) as refused:
        retire_skill(skill=Skill.objects.get(key="doctor"), by=owner, now=NOW)

    assert refused.value.code == "skill_in_use"
    assert "Dr Osei" in refused.value.sentence
    assert Change.objects.count() == changes
    assert Skill.objects.filter(key="doctor").exists()


def test_a_skill_that_a_session_type_needs_stays(world):
    ResourceSkill.objects.filter(skill__key="centrifuge", clinic=world.clinic).delete()
    skill = Skill.objects.get(clinic=world.clinic, key="centrifuge")

    with pytest.raises(ClinicError) as refused, transaction.atomic():
        retire_skill(skill=skill, by=world.owner, now=NOW)

    assert refused.value.code == "skill_in_use"
    assert Skill.objects.filter(pk=skill.pk).exists()


@pytest.mark.parametrize(
    ("name", "key", "code"),
    [
        ("", "", "name_missing"),
        ("x" * 101, "", "place_name_too_long"),
        ("Laser", "", "skill_exists"),
        ("Light", "laser", "skill_exists"),
        ("Light", "Not a slug", "malformed_slug"),
        ("診所", "", "malformed_slug"),
    ],
)
def test_a_skill_that_makes_no_sense_is_refused(clinic, owner, name, key, code):
    a_skill(clinic=clinic, key="laser")

    with pytest.raises(ClinicError) as refused:
        add_skill(name=name, key=key, by=owner, now=NOW)

    assert refused.value.code == code
    assert Skill.objects.filter(clinic=clinic).count() == 1
