"""How long what was said is kept, what erasure leaves of it, and that patients get it with their export."""

from datetime import timedelta

import pytest

from clinic.models import Change, Clinic
from scheduling.course_changes.cancel import Ending, stop_plan
from scheduling.models import SpokenWaiver
from scheduling.privacy.erasure import erase_patient
from scheduling.privacy.export import export_patient
from scheduling.privacy.retention import retain
from tests.support.cast import NOW
from tests.support.words.spoken import a_word
from treatments.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def word(world, doctor, desk) -> SpokenWaiver:
    return a_word(world=world, said_by=doctor, by=desk)


def test_erasing_the_patient_leaves_that_it_was_said_and_not_why(world, word, doctor):
    stop_plan(plan=word.plan, ending=Ending("Moved away"), by=world.owner, now=NOW)

    erase_patient(patient=world.patient, by=world.owner, now=NOW)

    row = SpokenWaiver.objects.get()
    assert (row.reason, row.codes, row.said_by, row.version) == ("", word.codes, doctor, 2)
    assert Change.objects.filter(kind="word", object_uuid=word.uuid, version=2).exists()
    assert [one["reason"] for one in Plan.objects.get().waived] == [""]


def test_the_patient_gets_it_without_the_names_of_staff(world, word):
    [said] = export_patient(patient=world.patient, by=world.owner, now=NOW).document["words"]

    assert (said["rules"], said["reason"], said["answer"]) == (
        ["sessions_out_of_range"],
        "Begun elsewhere",
        "none",
    )
    assert "Dr Osei" not in str(said)
    assert "Noor" not in str(said)


def test_it_goes_with_the_details_of_the_trail(world, word):
    clinic = Clinic.objects.get(pk=world.clinic.pk)
    until = NOW + timedelta(clinic.keep_audit_details_days)

    retain(clinic=clinic, is_applied=True, now=until)
    assert SpokenWaiver.objects.exists()
    retain(clinic=clinic, is_applied=False, now=until + timedelta(seconds=1))
    assert SpokenWaiver.objects.exists()
    gone = retain(clinic=clinic, is_applied=True, now=until + timedelta(seconds=1))

    assert not SpokenWaiver.objects.exists()
    assert [one.count for one in gone if one.rule.startswith("what was said in somebody's name")] == [1]
    assert Change.objects.filter(kind="word", object_uuid=word.uuid, diaries_after=[]).count() == 1
