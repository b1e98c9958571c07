"""What is in a feed: whose sessions, from when to when, and how changed ones are told."""

from datetime import timedelta

import pytest

from clinic.models import Patient, Site
from scheduling.models import FeedDetail, Session
from tests.support.acts.feeds import NEXT_WEEK, a_consultation, a_feed, fetch
from tests.support.acts.holds import a_hold
from tests.support.acts.mailing import a_session, vevents_in
from tests.support.builders import a_clinic, a_patient
from tests.support.cast import NOW
from tests.support.worlds import a_course_world

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]


def test_a_booked_session_is_in_the_feed_of_the_clinic(client):
    world = a_course_world()
    session = a_consultation(world)
    _, token = a_feed(clinic=world.clinic)

    answer = fetch(client, token)

    [vevent] = vevents_in(answer.content)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert vevent["UID"] == f"{session.uuid}@coursebook.example"
    assert (vevent["DTSTART"].dt, vevent["DTEND"].dt) == (session.starts_at, session.ends_at)
    assert vevent["STATUS"] == "CONFIRMED"
    assert vevent["SEQUENCE"] == session.sequence


def test_the_feed_of_a_doctor_shows_the_doctor_s_sessions_and_no_others(client):
    world = a_course_world()
    first = a_consultation(world)
    second = a_consultation(world, patient=a_patient(clinic=world.clinic))
    doctor_of = {session.pk: doctor_in(session) for session in (first, second)}
    doctors = {str(doctor.uuid): doctor for doctor in world.doctors}
    doctor = doctors[doctor_of[first.pk]]
    _, token = a_feed(clinic=world.clinic, diary=doctor.diary)

    uids = [vevent["UID"] for vevent in vevents_in(fetch(client, token).content)]

    assert doctor_of[first.pk] != doctor_of[second.pk]
    assert uids == [f"{first.uuid}@coursebook.example"]


def doctor_in(session):
    [doctor] = [part["resource"] for part in session.cast if part["kind"] == "practitioner"]
    return doctor


def test_the_feed_of_a_patient_shows_that_patient_s_sessions(client):
    world = a_course_world()
    session = a_consultation(world)
    a_consultation(world, patient=a_patient(clinic=world.clinic))
    _, token = a_feed(clinic=world.clinic, diary=world.patient.diary)

    uids = [vevent["UID"] for vevent in vevents_in(fetch(client, token).content)]

    assert uids == [f"{session.uuid}@coursebook.example"]


def test_another_clinic_s_feed_shows_nothing_of_ours(client):
    a_session(clinic=a_clinic(), starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=a_clinic())

    answer = fetch(client, token)

    assert answer.status_code == 200
    assert vevents_in(answer.content) == []


@pytest.mark.parametrize("status", ["due", "held", "missed"])
def test_only_sessions_with_a_promised_time_are_in_a_feed(status, client):
    if status in ("due", "held"):
        world = a_course_world()
        clinic = world.clinic
        if status == "held":
            a_hold(world=world)
    else:
        clinic = a_clinic()
        a_session(clinic=clinic, starts_at=NEXT_WEEK, status=status)
    _, token = a_feed(clinic=clinic)

    assert vevents_in(fetch(client, token).content) == []


def test_a_feed_reaches_thirty_days_back_and_forward_without_end(client):
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)
    days = {
        day: a_session(patient=patient, starts_at=NOW + timedelta(days=day)) for day in (-31, -30, 0, 700)
    }
    _, token = a_feed(clinic=clinic)

    uids = {session["UID"].partition("@")[0] for session in vevents_in(fetch(client, token).content)}

    assert uids == {str(days[day].uuid) for day in (-30, 0, 700)}


def test_a_cancelled_session_is_shown_as_cancelled_for_thirty_days(client):
    world = a_course_world()
    session = a_consultation(world, starts_at=NEXT_WEEK + timedelta(days=60))
    session.claims.all().delete()
    Session.objects.filter(pk=session.pk).update(status="cancelled", sequence=2, changed_at=NOW)
    [doctor] = [doctor for doctor in world.doctors if str(doctor.uuid) == doctor_in(session)]
    [other] = set(world.doctors) - {doctor}
    tokens = [
        a_feed(clinic=world.clinic, diary=diary).token for diary in (None, doctor.diary, world.patient.diary)
    ]

    for token in tokens:
        [vevent] = vevents_in(fetch(client, token, now=NOW + timedelta(days=30)).content)
        assert (vevent["STATUS"], vevent["TRANSP"], vevent["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 2)
        assert vevent["SUMMARY"].startswith("Cancelled: ")
        assert vevent["UID"] == f"{session.uuid}@coursebook.example"
        assert vevents_in(fetch(client, token, now=NOW + timedelta(days=31)).content) == []
    _, token_of_other = a_feed(clinic=world.clinic, diary=other.diary)
    assert vevents_in(fetch(client, token_of_other).content) == []


def test_a_moved_session_keeps_its_uid_and_raises_its_sequence(client):
    clinic = a_clinic()
    session = a_session(clinic=clinic, starts_at=NEXT_WEEK)
    _, token = a_feed(clinic=clinic)
    [before] = vevents_in(fetch(client, token).content)
    moved_at = NOW + timedelta(hours=1)
    Session.objects.update(
        starts_at=NEXT_WEEK + timedelta(days=1),
        ends_at=NEXT_WEEK + timedelta(days=1, minutes=25),
        sequence=session.sequence + 1,
        changed_at=moved_at,
    )

    [after] = vevents_in(fetch(client, token).content)

    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["DTSTAMP"].dt == after["LAST-MODIFIED"].dt == moved_at


def test_a_feed_costs_the_same_queries_for_one_session_and_for_fifty(client, django_assert_num_queries):
    clinic = a_clinic()
    patient = a_patient(clinic=clinic)
    _, token = a_feed(clinic=clinic, detail=FeedDetail.NAMES)
    for day in range(50):
        a_session(patient=patient, starts_at=NEXT_WEEK + timedelta(days=day))
    # That it was read is written now and then, and not each time.
    fetch(client, token)

    with django_assert_num_queries(4):
        answer = fetch(client, token)

    assert len(vevents_in(answer.content)) == 50


def test_a_poisoned_name_adds_no_line_to_a_feed(client):
    clinic = a_clinic()
    a_session(clinic=clinic, starts_at=NEXT_WEEK)
    Patient.objects.update(given_name="Eve\r\nATTENDEE:mailto:thief@elsewhere.example", family_name="\u2028X")
    Site.objects.update(address="Street 1\r\nBEGIN:VALARM", name="Site;,\\")
    _, token = a_feed(clinic=clinic, detail=FeedDetail.NAMES)

    answer = fetch(client, token)

    [session] = vevents_in(answer.content)
    assert "ATTENDEE" not in session
    assert session["SUMMARY"] == "Visit · Eve ATTENDEE:mailto:thief@elsewhere.example X"
    assert session["LOCATION"] == "Site;,\\, Street 1, BEGIN:VALARM"
