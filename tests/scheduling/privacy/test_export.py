"""Handing a patient everything the clinic keeps about them, and noting that it was."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from clinic.errors import NotAllowed, Refused, Unknown
from clinic.identity.actors import Role, Scope
from clinic.identity.permissions import Act, may
from clinic.models import AuditEntry, Patient
from scheduling.course_changes.concerns import clear_concern, raise_concern
from scheduling.messages.sending import send_due
from scheduling.models import Session, SessionStatus
from scheduling.privacy.erasure import erase_patient
from scheduling.privacy.export import export_patient
from tests.support.acts.attendance import gave_up
from tests.support.acts.courses import a_booked_course
from tests.support.acts.feeds import a_consultation, a_feed
from tests.support.acts.holds import a_hold
from tests.support.acts.telling import move_and_tell
from tests.support.builders import a_clinic, a_key, a_patient, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.rest import RestClient
from tests.support.worlds import a_course_world
from treatments.models import ConcernTopic, Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=400)


@pytest.fixture
def world():
    """Its patient is known by facts and a note, and has a course with a wish."""
    world = a_course_world()
    Patient.objects.filter(pk=world.patient.pk).update(
        born_on=date(1988, 4, 2), desk_note="Comes by train", intake_facts={"Smoking": "no"}
    )
    a_booked_course(world=world, indication="Hair loss", wishes=Wishes(weekdays=frozenset({2, 4})))
    return world


def exported(world, **differently):
    asked = {"patient": world.patient, "by": world.reception, "now": LATER} | differently
    return export_patient(**asked)


def sessions_in_calendar(world):
    return Calendar.from_ical(exported(world).calendar).walk("VEVENT")


def test_the_document_is_plain_json_about_the_person_and_the_prescription(world):
    document = json.loads(json.dumps(exported(world, by=world.owner).document))

    person, (course,) = document["person"], document["courses"]
    assert (person["given_name"], person["family_name"]) == ("Marit", "de Vries")
    assert (person["born_on"], person["message_consent"]) == ("1988-04-02", "yes")
    assert (person["desk_note"], person["intake_facts"]) == ("Comes by train", {"Smoking": "no"})
    assert (course["indication"], course["wishes"]) == ("Hair loss", {"weekdays": [2, 4]})
    assert course["prescribed_by"] == "Dr Osei"


def test_a_calendar_that_was_held_is_told_with_its_reason(world):
    hold = a_hold(world=world, reason="Waits for her sister", now=LATER)

    (told,) = exported(world).document["holds"]

    assert hold.plan
    assert (told["course"], told["reason"]) == (str(hold.plan.uuid), "Waits for her sister")
    assert (told["until"], told["ended_at"]) == (hold.expires_at.isoformat(), None)


def test_every_session_is_told_with_its_time_on_the_sites_clock_and_who_serves(world):
    told = {row["id"]: row for row in exported(world).document["visits"]}

    assert set(told) == {str(session.uuid) for session in Session.objects.all()}
    first = Session.objects.get(kind="treatment", number=1)
    assert first.starts_at is not None
    row = told[str(first.uuid)]
    assert row["starts_at"] == first.starts_at.astimezone(world.site.tz).isoformat()
    assert row["site"] == "Keizersgracht"
    assert {part["name"] for part in row["people_and_places"]} == {part["name"] for part in first.cast}


@pytest.mark.damages_diaries
def test_a_mail_tells_of_which_sessions_and_old_times_it_was(world):
    session = Session.objects.get(kind="treatment", number=1)
    move_and_tell(session, by=timedelta(days=1))
    send_due(now=NOW)

    [told] = [one for one in exported(world).document["messages"] if one["kind"] == "notice"]

    [row] = told["tells"]["visits"]
    assert row["session"] == str(session.uuid)
    assert session.starts_at
    assert row["was_at"] == (session.starts_at - timedelta(days=1)).isoformat()


@pytest.mark.damages_diaries
def test_what_the_patient_is_taken_to_believe_is_told_where_it_is_not_so_too(world):
    session = Session.objects.get(kind="treatment", number=2)
    move_and_tell(session, by=timedelta(days=1))

    told = {one["visit"]: one for one in exported(world).document["heard"]}

    row = told[str(session.uuid)]
    assert session.starts_at
    assert datetime.fromisoformat(row["starts_at"]) == session.starts_at - timedelta(days=1)
    assert (row["site"], row["with"], row["is_off"]) == ("Keizersgracht", "Dr Osei", False)
    assert "site" not in row["written"]


def test_mail_carers_calendars_and_the_trail_are_told_too(world):
    a_feed(clinic=world.clinic, label="Phone", diary=world.patient.diary)

    document = exported(world).document

    assert len(document["messages"]) == world.patient.messages.count() > 0
    assert {care["practitioner"] for care in document["in_the_care_of"]} >= {"Dr Osei"}
    assert [calendar["label"] for calendar in document["calendars"]] == ["Phone"]
    assert {"prescribed_course", "booked_course"} <= {entry["what"] for entry in document["trail"]}


def test_what_was_written_about_them_before_is_told_as_long_as_the_trail_keeps_it(world):
    patient = a_patient(clinic=world.clinic, given_name="Jo")
    Patient.objects.filter(pk=patient.pk).update(given_name="Johanna")

    (change,) = exported(world, patient=patient).document["changes"]

    assert change["after"]["given_name"] == "Jo"


def test_no_secret_and_nothing_of_another_patient_is_in_it(world):
    feed, token = a_feed(clinic=world.clinic, diary=world.patient.diary)
    other = a_patient(clinic=world.clinic, given_name="Jo", family_name="Kwikstaart")
    a_consultation(world, patient=other)

    kept = exported(world)

    text = json.dumps(kept.document) + kept.calendar
    secrets = (token, feed.token_digest, "Kwikstaart", str(other.uuid), other.uuid.hex)
    assert [word for word in secrets if word in text] == []


def test_the_calendar_holds_every_session_that_was_given_a_time(world):
    timed = Session.objects.filter(starts_at__isnull=False)

    found = sessions_in_calendar(world)

    assert len(found) == timed.count() > 0
    assert {event.start for event in found} == set(timed.values_list("starts_at", flat=True))
    assert "Marit de Vries" in found[0]["SUMMARY"]


def test_a_cancelled_session_is_in_the_calendar_as_cancelled(world):
    last = Session.objects.filter(starts_at__isnull=False).latest("starts_at")
    gave_up(last, SessionStatus.CANCELLED)

    found = {str(event["UID"]).partition("@")[0]: event for event in sessions_in_calendar(world)}

    assert found[str(last.uuid)]["STATUS"] == "CANCELLED"


def test_it_takes_as_many_queries_for_ten_courses_as_for_one(world):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            exported(world)
        return len(asked)

    before = queries()
    a_consultation(world)
    a_feed(clinic=world.clinic, diary=world.patient.diary)
    for region in ("chin", "beard"):
        a_booked_course(world=world, region=region)

    assert queries() == before


def test_it_stands_in_the_trail_about_whom_everything_was_handed_out(world):
    exported(world)

    entry = AuditEntry.objects.get(act="exported_patient")
    assert (entry.about, entry.patients) == (world.patient.uuid, world.patient.uuid.hex)
    assert (entry.role, entry.at) == ("receptionist", LATER)


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.AUDITOR])
def test_who_may_not_export_is_refused_and_nothing_is_noted(world, role):
    with pytest.raises(NotAllowed):
        exported(world, by=an_actor(clinic=world.clinic, role=role))

    assert not AuditEntry.objects.filter(act="exported_patient").exists()


def test_a_patient_of_another_clinic_is_unknown(world):
    with pytest.raises(Unknown):
        exported(world, by=an_owner(clinic=a_clinic()))


def test_of_who_was_erased_there_is_nothing_to_hand_out(world):
    erase_patient(patient=world.patient, by=world.owner, now=LATER)

    with pytest.raises(Refused) as refused:
        exported(world)

    assert refused.value.code == "patient_erased"


def test_a_key_with_the_scope_reads_the_same_document(world):
    key = RestClient(a_key(clinic=world.clinic, scopes=[Scope.PATIENTS_EXPORT])[1])

    answer = key.get(f"patients/{world.patient.uuid}/export/")

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["person"]["family_name"] == "de Vries"
    assert AuditEntry.objects.get(act="exported_patient").way == "rest"


def test_a_key_that_only_reads_patients_exports_none(world):
    key = RestClient(a_key(clinic=world.clinic, scopes=[Scope.PATIENTS_READ, Scope.CALENDAR_READ])[1])

    answer = key.get(f"patients/{world.patient.uuid}/export/")

    assert (answer.status, answer.code) == (403, "scope_missing")
    assert "patients:export" in answer.text


@pytest.mark.parametrize("role", list(Role))
def test_what_was_answered_leaves_only_with_who_may_see_it(world, role):
    plan = Plan.objects.get()
    concern = raise_concern(
        plan=plan, topic=ConcernTopic.MEDICINES, answer="Takes warfarin", by=world.reception, now=NOW
    )
    clear_concern(concern=concern, finding="Wait for the INR", by=world.doctor, now=NOW)
    by = an_actor(clinic=world.clinic, role=role)

    if not may(by=by, act=Act.EXPORT_PATIENT):
        with pytest.raises(NotAllowed):
            exported(world, by=by)
        return
    document = exported(world, by=by).document

    is_told = "warfarin" in json.dumps(document) or "INR" in json.dumps(document)
    assert is_told == may(by=by, act=Act.SEE_CONCERNS) == (role is Role.OWNER)
    assert document["left_out"] == ([] if is_told else ["questions", "intake_facts"])


def test_no_key_takes_along_what_was_answered(world):
    raise_concern(
        plan=Plan.objects.get(),
        topic=ConcernTopic.MEDICINES,
        answer="Takes warfarin",
        by=world.reception,
        now=NOW,
    )
    key = RestClient(a_key(clinic=world.clinic, scopes=[Scope.PATIENTS_EXPORT])[1])

    answer = key.get(f"patients/{world.patient.uuid}/export/")

    assert (answer.status, answer.json["left_out"]) == (200, ["questions"])
    assert "warfarin" not in json.dumps(answer.json)
