"""Retention: what is past its time goes, and nothing else; without --apply nothing does."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from clinic.audit_trail.seals import seal
from clinic.audit_trail.verify import Walk, breaks_in
from clinic.models import AuditCut, AuditDetail, AuditEntry, Clinic, IdempotentReply, Patient, Seal
from scheduling.models import CourseAct, Message
from scheduling.privacy.retention import retain
from scheduling.tasks import retain_all
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def world():
    """A clinic that keeps details ten days, its trail a hundred and messages thirty."""
    world = a_course_world(keep_audit_details_days=10, keep_audit_days=100, keep_messages_days=30)
    seal(clinic_id=world.clinic.pk, now=NOW)
    return world


def counts(world) -> dict[str, int]:
    kinds = (AuditDetail, AuditEntry, Seal, Message, IdempotentReply)
    return {kind.__name__: kind.objects.of_clinic(world.clinic.pk).count() for kind in kinds}


def test_a_dry_run_says_what_would_go_and_changes_nothing(world):
    before = counts(world)

    gone = retain(clinic=world.clinic, is_applied=False, now=NOW + 101 * DAY)

    assert counts(world) == before
    assert {one.rule: one.count for one in gone}["audit details older than 10 days"] == before["AuditDetail"]
    assert max(one.count for one in gone) == before["AuditEntry"]


def test_details_go_first_and_entries_stay(world):
    before = counts(world)

    retain(clinic=world.clinic, is_applied=True, now=NOW + 11 * DAY)

    # The entry that says so has a detail of its own.
    assert counts(world)["AuditDetail"] == 1
    assert counts(world)["AuditEntry"] == before["AuditEntry"] + 1


def test_entries_are_cut_at_a_seal_and_the_rest_of_the_chain_verifies(world):
    a_patient(clinic=world.clinic, now=NOW + 90 * DAY)
    seal(clinic_id=world.clinic.pk, now=NOW + 90 * DAY)
    kept = Seal.objects.of_clinic(world.clinic.pk).get(number=2).entries

    retain(clinic=world.clinic, is_applied=True, now=NOW + 101 * DAY)

    left = list(AuditEntry.objects.of_clinic(world.clinic.pk).order_by("pk").values_list("pk", flat=True))
    assert left[: len(kept)] == kept
    assert len(left) == len(kept) + 1
    assert AuditCut.objects.get(clinic=world.clinic).seal_number == 1
    walk = Walk()
    assert list(breaks_in(clinic=world.clinic, walk=walk)) == []
    assert (walk.seals, walk.unsealed) == (1, 1)


def test_a_chain_that_was_cut_whole_goes_on_from_its_cut(world):
    retain(clinic=world.clinic, is_applied=True, now=NOW + 101 * DAY)

    later = seal(clinic_id=world.clinic.pk, now=NOW + 102 * DAY)

    assert later is not None
    assert later.number == 2
    assert list(breaks_in(clinic=world.clinic, walk=Walk())) == []


def test_messages_go_in_their_time(world):
    a_booked_course(world=world)
    Message.objects.update(state="void")

    retain(clinic=world.clinic, is_applied=True, now=NOW)
    kept = counts(world)["Message"]
    retain(clinic=world.clinic, is_applied=True, now=NOW + 400 * DAY)

    assert kept > 0
    assert counts(world)["Message"] == 0


def test_a_recorded_reply_is_kept_two_days(world):
    for days in (1, 3):
        IdempotentReply.objects.create(
            clinic=world.clinic, asked_by="key", key=f"{days}", fingerprint="", created_at=NOW - days * DAY
        )

    gone = retain(clinic=world.clinic, is_applied=True, now=NOW)

    assert list(IdempotentReply.objects.values_list("key", flat=True)) == ["1"]
    assert {one.rule: one.count for one in gone}["recorded replies older than 48 hours"] == 1


def test_patients_are_kept_unless_the_clinic_says_for_how_long(world):
    retain(clinic=world.clinic, is_applied=True, now=NOW + 9_000 * DAY)

    assert Patient.objects.get(pk=world.patient.pk).erased_at is None


def test_patients_who_were_not_here_for_so_long_are_erased(world):
    Clinic.objects.filter(pk=world.clinic.pk).update(keep_patients_days=500)
    world.clinic.refresh_from_db()
    never_came = world.patient
    came = a_patient(clinic=world.clinic)
    a_booked_course(world=world, patient=came)

    retain(clinic=world.clinic, is_applied=True, now=NOW + 501 * DAY)

    assert Patient.objects.get(pk=never_came.pk).erased_at
    assert Patient.objects.get(pk=came.pk).erased_at is None


@pytest.mark.reads_clock
def test_the_command_changes_nothing_unless_told_to(world, capsys):
    Clinic.objects.filter(pk=world.clinic.pk).update(keep_audit_details_days=0)
    AuditDetail.objects.update(written_at=NOW - 20 * 365 * DAY)
    before = counts(world)

    call_command("retain")

    assert counts(world) == before
    assert f"{before['AuditDetail']} would go: audit details" in capsys.readouterr().out
    call_command("retain", apply=True)
    assert counts(world)["AuditDetail"] == 1


@pytest.mark.reads_clock
def test_the_nightly_task_applies_it(world):
    AuditDetail.objects.update(written_at=NOW - 20 * 365 * DAY)

    retain_all()

    assert counts(world)["AuditDetail"] == 1


def test_what_stood_before_an_act_goes_a_day_after_nobody_can_undo_it(world):
    a_booked_course(world=world)
    acts = CourseAct.objects.of_clinic(world.clinic.pk)
    ends_at = acts.get().undo_until

    retain(clinic=world.clinic, is_applied=True, now=ends_at + DAY)
    kept = acts.count()
    retain(clinic=world.clinic, is_applied=True, now=ends_at + DAY + timedelta(seconds=1))

    assert (kept, acts.count()) == (1, 0)
