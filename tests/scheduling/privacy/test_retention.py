"""Retention: what is past its time goes, and nothing else; without --apply nothing does."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from clinic.audit_trail.seals import seal
from clinic.audit_trail.verify import Walk, breaks_in
from clinic.models import (
    AuditCut,
    AuditDetail,
    AuditEntry,
    Clinic,
    IdempotentReply,
    Patient,
    PatientGram,
    Seal,
)
from clinic.people.finding.find import find_patients
from scheduling.models import CourseAct, Message
from scheduling.privacy.retention import retain
from scheduling.tasks import retain_all
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.database.old_trail import LONG_AGO
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def world():
    """A clinic that keeps details ten days, its trail four hundred and messages thirty."""
    return a_world_sealed(NOW)


@pytest.fixture
def old():
    """The same, its trail sealed long ago."""
    return a_world_sealed(LONG_AGO)


def a_world_sealed(at):
    world = a_course_world(keep_audit_details_days=10, keep_audit_days=400, keep_messages_days=30)
    AuditDetail.objects.of_clinic(world.clinic.pk).update(written_at=at)
    seal(clinic_id=world.clinic.pk, now=at)
    return world


def counts(world) -> dict[str, int]:
    kinds = (AuditDetail, AuditEntry, Seal, Message, IdempotentReply)
    return {kind.__name__: kind.objects.of_clinic(world.clinic.pk).count() for kind in kinds}


def test_a_dry_run_says_what_would_go_and_changes_nothing(world):
    before = counts(world)

    gone = retain(clinic=world.clinic, is_applied=False, now=NOW + 401 * DAY)

    assert counts(world) == before
    assert {one.rule: one.count for one in gone}["audit details older than 10 days"] == before["AuditDetail"]
    assert max(one.count for one in gone) == before["AuditEntry"]


def test_details_go_first_and_entries_stay(world):
    before = counts(world)

    retain(clinic=world.clinic, is_applied=True, now=NOW + 11 * DAY)

    # The entry that says so has a detail of its own.
    assert counts(world)["AuditDetail"] == 1
    assert counts(world)["AuditEntry"] == before["AuditEntry"] + 1


def test_entries_are_cut_at_a_seal_and_the_rest_of_the_chain_verifies(old):
    a_patient(clinic=old.clinic, now=LONG_AGO + 390 * DAY)
    seal(clinic_id=old.clinic.pk, now=LONG_AGO + 390 * DAY)
    kept = Seal.objects.of_clinic(old.clinic.pk).get(number=2).entries

    retain(clinic=old.clinic, is_applied=True, now=LONG_AGO + 401 * DAY)

    left = list(AuditEntry.objects.of_clinic(old.clinic.pk).order_by("pk").values_list("pk", flat=True))
    cut = AuditCut.objects.get(clinic=old.clinic)
    # The deed of the cut, and the entry that says what went.
    assert left[: len(kept) + 1] == [*kept, cut.deed]
    assert len(left) == len(kept) + 2
    assert (cut.seal_number, cut.deed_seal) == (1, 3)
    walk = Walk()
    assert list(breaks_in(clinic=old.clinic, walk=walk, now=NOW)) == []
    assert (walk.seals, walk.unsealed, len(walk.cuts)) == (2, 1, 1)


def test_a_chain_that_was_cut_goes_on_from_its_cut(old):
    retain(clinic=old.clinic, is_applied=True, now=LONG_AGO + 401 * DAY)

    later = seal(clinic_id=old.clinic.pk, now=LONG_AGO + 402 * DAY)

    assert later is not None
    assert later.number == 3
    assert list(breaks_in(clinic=old.clinic, walk=Walk(), now=NOW)) == []


def test_a_younger_seal_in_between_keeps_what_comes_after_it(old):
    for days in (390, 1):
        a_patient(clinic=old.clinic, now=LONG_AGO + days * DAY)
        seal(clinic_id=old.clinic.pk, now=LONG_AGO + days * DAY)

    retain(clinic=old.clinic, is_applied=True, now=LONG_AGO + 402 * DAY)

    assert AuditCut.objects.get(clinic=old.clinic).seal_number == 1


def test_a_clinic_keeps_its_trail_a_year_at_the_least(old):
    Clinic.objects.filter(pk=old.clinic.pk).update(keep_audit_days=1)
    old.clinic.refresh_from_db()
    before = counts(old)

    retain(clinic=old.clinic, is_applied=True, now=LONG_AGO + 364 * DAY)

    assert counts(old)["Seal"] == before["Seal"]
    assert not AuditCut.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_interrupted_goes_on_the_next_time(old):
    entries = AuditEntry.objects.of_clinic(old.clinic.pk).count()
    died: list[str] = []

    def die_after_the_cut(execute, statement, *rest):
        if statement.startswith("DELETE") and "clinic_auditentry" in statement and not died:
            died.append(statement)
            raise InterruptedError
        return execute(statement, *rest)

    with connection.execute_wrapper(die_after_the_cut), pytest.raises(InterruptedError):
        retain(clinic=old.clinic, is_applied=True, now=LONG_AGO + 401 * DAY)
    whole = list(breaks_in(clinic=old.clinic, walk=Walk(), now=NOW))
    retain(clinic=old.clinic, is_applied=True, now=LONG_AGO + 401 * DAY)

    assert died
    assert whole == []
    assert not Seal.objects.of_clinic(old.clinic.pk).filter(number=1).exists()
    assert AuditEntry.objects.of_clinic(old.clinic.pk).count() < entries
    assert list(breaks_in(clinic=old.clinic, walk=Walk(), now=NOW)) == []


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


def test_patients_are_kept_unless_the_clinic_says_for_how_long(old):
    retain(clinic=old.clinic, is_applied=True, now=NOW + 9_000 * DAY)

    assert Patient.objects.get(pk=old.patient.pk).erased_at is None


def test_patients_who_were_not_here_for_so_long_are_erased(old):
    Clinic.objects.filter(pk=old.clinic.pk).update(keep_patients_days=500)
    old.clinic.refresh_from_db()
    never_came = old.patient
    came = a_patient(clinic=old.clinic)
    a_booked_course(world=old, patient=came)

    retain(clinic=old.clinic, is_applied=True, now=NOW + 501 * DAY)

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


@pytest.mark.reads_clock
def test_whom_an_earlier_release_registered_is_found_after_the_nightly_task(world):
    patient = a_patient(clinic=world.clinic, family_name="Oosterhuis")
    PatientGram.objects.filter(patient=patient).delete()

    retain_all()

    assert find_patients(by=world.owner, words="oosterhuis").patients == (patient,)


def test_what_stood_before_an_act_goes_a_day_after_nobody_can_undo_it(world):
    a_booked_course(world=world)
    acts = CourseAct.objects.of_clinic(world.clinic.pk)
    ends_at = acts.get().undo_until

    retain(clinic=world.clinic, is_applied=True, now=ends_at + DAY)
    kept = acts.count()
    retain(clinic=world.clinic, is_applied=True, now=ends_at + DAY + timedelta(seconds=1))

    assert (kept, acts.count()) == (1, 0)
