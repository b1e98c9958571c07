"""The audit trail: whoever sees or changes a patient leaves an entry, and the entry tells no secret."""

import hmac
import json
from datetime import date

import pytest

from clinic.audit_trail.write import AuditAction, AuditRecord, digest_of, record_audit
from clinic.models import AuditDetail, AuditEntry
from clinic.people.patients import NewPatient, register_patient
from scheduling.booking.book_course import book_course
from scheduling.models import FeedDetail
from tests.support.acts.courses import everything_written, offers
from tests.support.acts.feeds import a_feed, fetch
from tests.support.builders import a_clinic, a_key, a_patient, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.rest import RestClient
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db


def test_a_look_is_one_insert(django_assert_num_queries):
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)

    with django_assert_num_queries(1):
        record_audit(
            AuditRecord(AuditAction.SAW_PATIENT, patient, [patient.uuid]), by=an_actor(clinic=clinic), now=NOW
        )


def test_a_feed_that_changed_tells_whom_it_named_and_one_that_did_not_tells_nothing(client):
    world = a_course_world()
    plan = a_plan(world=world)
    book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)
    _, token = a_feed(clinic=world.clinic, detail=FeedDetail.NAMES)

    first = fetch(client, token)
    fetch(client, token, if_none_match=first["ETag"])

    entry = AuditEntry.objects.get(act="saw_feed")
    assert world.patient.uuid.hex in entry.patients
    assert entry.way == "feed"


def test_a_feed_of_busy_times_names_nobody_and_tells_nothing(client):
    world = a_course_world()
    plan = a_plan(world=world)
    book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)
    _, token = a_feed(clinic=world.clinic, detail=FeedDetail.BUSY)

    fetch(client, token)

    assert not AuditEntry.objects.filter(act="saw_feed").exists()


def test_an_entry_holds_opaque_ids_and_the_values_lie_apart():
    clinic = a_clinic()
    new = NewPatient("Marit", "Kwikstaart", born_on=date(1988, 4, 2), email="marit@patients.example")

    patient = register_patient(new=new, by=an_owner(clinic=clinic), now=NOW)

    entry = AuditEntry.objects.get(about=patient.uuid)
    assert "Kwikstaart" not in str(AuditEntry.objects.values().get(pk=entry.pk))
    values = json.loads(AuditDetail.objects.get(entry_uuid=entry.uuid).values)
    assert values["after"]["family_name"] == "Kwikstaart"
    assert "family_name" in entry.fields


def test_the_digest_is_that_of_the_detail_under_its_own_salt():
    clinic = a_clinic()
    twins = [a_patient(clinic=clinic) for _ in range(2)]

    entries = [AuditEntry.objects.get(about=patient.uuid) for patient in twins]
    details = [AuditDetail.objects.get(entry_uuid=entry.uuid) for entry in entries]

    for entry, detail in zip(entries, details, strict=True):
        key = bytes.fromhex(detail.salt)
        assert entry.digest == hmac.digest(key, detail.values.encode(), "sha256").hex()
        assert entry.digest == digest_of(salt=detail.salt, values=detail.values)
    assert details[0].values == details[1].values
    assert entries[0].digest != entries[1].digest


def test_what_is_refused_leaves_no_entry():
    world = a_course_world()
    plan = a_plan(world=world)
    proposal = offers(plan=plan)[0]
    book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)
    before = AuditEntry.objects.count(), everything_written()

    answer = RestClient(a_key(clinic=world.clinic)[1]).post(
        f"plans/{plan.uuid}/book/", {"proposal": "forged"}
    )

    assert answer.status == 422
    # Issuing the key is an act of its own.
    assert (AuditEntry.objects.count() - 1, everything_written()) == before


def test_booking_says_who_booked_what_for_whom():
    world = a_course_world()
    plan = a_plan(world=world)

    booked = book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)

    entry = AuditEntry.objects.get(act="booked_course")
    assert (entry.about_kind, entry.about, entry.role) == ("plan", plan.uuid, "receptionist")
    assert entry.patients == world.patient.uuid.hex
    values = json.loads(AuditDetail.objects.get(entry_uuid=entry.uuid).values)
    assert {said["session"] for said in values["after"]["sessions"]} == {str(row.uuid) for row in booked}
