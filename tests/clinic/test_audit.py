"""The audit trail: whoever sees or changes a patient leaves an entry, and the entry tells no secret."""

import hmac
import json
from datetime import date

import pytest

from clinic.actors import Role, Way
from clinic.audit import Deed, Noted, digest_of, note
from clinic.models import AuditDetail, AuditEntry
from clinic.patients import NewPatient, register_patient
from clinic.permissions import Act
from scheduling.booking import book_course
from scheduling.models import FeedDetail
from tests.builders import a_clinic, a_key, a_patient, a_user, an_actor, an_owner
from tests.cast import NOW
from tests.courses import everything_written, offers
from tests.desk import Desk
from tests.doors import Door, Rows, address, doors, rows_of_a_clinic
from tests.feeds import a_feed, fetch
from tests.rest import RestClient
from tests.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db


def unseen(rows: Rows) -> list[str]:
    """Doors that show the patient to someone without an entry that says so."""
    user = a_user(clinic=rows.world.clinic, role=Role.OWNER)
    key, secret = a_key(clinic=rows.world.clinic)
    desk, rest = Desk(user), RestClient(secret)
    found = []
    for door in doors():
        before = AuditEntry.objects.count()
        text = _opened(door, rows, desk, rest)
        # The trail itself holds opaque ids; that somebody read it is an entry of its own.
        shows_id = str(rows.patient.uuid) in text and door.act is not Act.SEE_TRAIL
        shows = rows.patient.family_name in text or shows_id
        entries = AuditEntry.objects.order_by("pk")[before:]
        who, way = (user.uuid, Way.PAGE) if door.is_page else (key.uuid, Way.REST)
        told = any(
            rows.patient.uuid.hex in entry.patients and (entry.actor, entry.way) == (str(who), way)
            for entry in entries
        )
        if shows and not told:
            found.append(str(door))
    return found


def _opened(door: Door, rows: Rows, desk: Desk, rest: RestClient) -> str:
    url = address(door, rows)
    if door.is_page:
        return desk.get(url).html if door.method == "GET" else ""
    return (rest.get(url) if door.method == "GET" else rest.post(url, {})).text


@pytest.mark.slow
def test_every_door_that_shows_a_patient_leaves_an_entry_that_names_them():
    assert unseen(rows_of_a_clinic()) == []


@pytest.mark.slow
def test_without_the_telling_the_same_look_finds_the_doors(monkeypatch):
    rows = rows_of_a_clinic()
    monkeypatch.setattr("clinic.web.trail.note", lambda *told, **named: None)

    assert len(unseen(rows)) > 8


def test_a_look_is_one_insert(django_assert_num_queries):
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)

    with django_assert_num_queries(1):
        note(Noted(Deed.SAW_PATIENT, patient, [patient.uuid]), by=an_actor(clinic=clinic), now=NOW)


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
