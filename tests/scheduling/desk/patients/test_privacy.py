"""The patient's rights at the desk: downloading everything, erasing, and what pages show afterwards."""

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse
from icalendar import Calendar

from clinic.identity.actors import Role
from clinic.models import AuditEntry, Patient
from scheduling.booking.holds import release_hold
from scheduling.models import Session
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.courses import a_booked_course
from tests.support.acts.feeds import NEXT_WEEK, a_consultation
from tests.support.acts.holds import a_hold
from tests.support.builders import a_user
from tests.support.cast import NOW, PASSWORD
from tests.support.desk import Desk, reception
from tests.support.rest import a_client_of
from tests.support.worlds import a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=400)


def owners_desk(world, **fields):
    return Desk(a_user(clinic=world.clinic, role=Role.OWNER), **fields)


def address(name, patient):
    return reverse(name, args=[patient.uuid])


def erased(world):
    return erase_patient(patient=world.patient, by=world.owner, now=LATER)


def downloaded(desk, patient, **typed):
    with desk.clock():
        return desk.client.post(address("patient-export", patient), {"password": PASSWORD} | typed)


def test_the_password_downloads_the_data_and_the_sessions_in_one_file(world):
    sessions = a_booked_course(world=world)

    answer = downloaded(reception(world), world.patient)

    folder = ZipFile(BytesIO(answer.content))
    assert folder.namelist() == ["patient.json", "visits.ics"]
    assert json.loads(folder.read("patient.json"))["person"]["given_name"] == "Marit"
    assert len(Calendar.from_ical(folder.read("visits.ics")).walk("VEVENT")) == len(sessions)


def test_the_file_is_named_without_the_patient_and_kept_nowhere(world):
    answer = downloaded(reception(world), world.patient)

    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="patient-{world.patient.uuid.hex[:8]}.zip"'
    assert answer["Cache-Control"] == "no-store"


def test_a_file_leaves_an_entry_that_says_who_took_it_and_whose_it_is(world):
    desk = reception(world)

    downloaded(desk, world.patient)

    entry = AuditEntry.objects.get(act="exported_patient")
    assert desk.user is not None
    assert (entry.actor, entry.about, entry.role) == (str(desk.user.uuid), world.patient.uuid, "receptionist")
    assert entry.patients == world.patient.uuid.hex


def test_without_the_password_nothing_is_handed_out(world):
    desk = reception(world)

    page = desk.get(address("patient-export", world.patient))
    empty = downloaded(desk, world.patient, password="")
    wrong = downloaded(desk, world.patient, password="not the password")

    assert [page.status, empty.status_code, wrong.status_code] == [200, 422, 422]
    assert "answered to a practitioner’s questions is left out" in page.text
    assert "That is not the password of" in wrong.content.decode()
    assert not AuditEntry.objects.filter(act="exported_patient").exists()
    assert AuditEntry.objects.filter(act="sign_in_refused").count() == 1


def test_it_is_asked_for_each_time_and_guessing_ends_the_session(world):
    desk = reception(world)
    assert downloaded(desk, world.patient)["Content-Type"] == "application/zip"

    tries = [downloaded(desk, world.patient, password="guess").status_code for _ in range(5)]

    assert tries == [422, 422, 422, 422, 403]
    assert downloaded(desk, world.patient).status_code == 302


def test_a_password_that_meets_the_lock_is_not_carried_on(world):
    desk = reception(world)
    desk.get("/")
    desk.now += timedelta(hours=9)

    locked = downloaded(desk, world.patient, note="kept")

    assert "kept" in locked.content.decode()
    assert PASSWORD not in locked.content.decode()


def test_each_is_offered_only_what_they_may(world):
    url, links = address("patient", world.patient), {}

    for role in (Role.OWNER, Role.ADMINISTRATOR, Role.RECEPTIONIST):
        links[role] = Desk(a_user(clinic=world.clinic, role=role)).get(url).seen.links

    export, erase = address("patient-export", world.patient), address("patient-erase", world.patient)
    assert [export in seen for seen in links.values()] == [True, True, True]
    assert [erase in seen for seen in links.values()] == [True, True, False]


def test_a_practitioner_is_offered_neither(world):
    a_plan(world=world)
    user = a_user(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=world.doctors[0])

    page = Desk(user).get(address("patient", world.patient))

    assert page.status == 200
    assert "Patient’s rights" not in page.text


def test_erasing_is_asked_for_on_a_page_that_says_what_goes_and_what_stays(world):
    page = owners_desk(world).get(address("patient-erase", world.patient))

    assert page.status == 200
    for words in ("What goes", "What stays", "cannot be undone", "Marit de Vries"):
        assert words in page.text
    assert not Patient.objects.get(pk=world.patient.pk).is_erased


def test_who_confirms_has_erased_the_patient_and_sees_what_is_left(world):
    desk = owners_desk(world)

    page = desk.follow(desk.send(desk.get(address("patient-erase", world.patient)), "Erase for good"))

    assert "The patient is erased" in page.text
    assert "Marit" not in page.html
    assert AuditEntry.objects.get(act="erased_patient").about == world.patient.uuid


def test_whoever_has_sessions_ahead_is_not_erased_and_the_page_says_what_to_do(world):
    sessions = a_booked_course(world=world)
    desk = owners_desk(world)

    page = desk.send(desk.get(address("patient-erase", world.patient)), "Erase for good")

    assert page.status == 422
    ahead = [session for session in sessions if session.starts_at and session.starts_at >= NOW]
    said = f"still has booked or held sessions ({len(ahead)}). Cancel or release them first, then erase."
    assert said in page.text
    assert not Patient.objects.get(pk=world.patient.pk).is_erased


def test_the_page_of_who_was_erased_opens_and_offers_nothing_for_a_person(world):
    plan = a_plan(world=world)
    erased(world)

    page = owners_desk(world, now=LATER).get(address("patient", world.patient))

    assert page.status == 200
    assert "Erased on 8 Feb 2028" in page.text
    assert reverse("plan", args=[plan.uuid]) in page.seen.links
    offered = [link for link in page.seen.links if "prescribe" in link or "calendars" in link]
    rights = [address(name, world.patient) for name in ("patient-export", "patient-erase")]
    assert offered + [link for link in page.seen.links if link in rights] == []
    assert "mailto:" not in page.html


def test_the_course_of_who_was_erased_opens_and_neither_mails_nor_looks_for_times(world):
    plan = a_plan(world=world)
    erased(world)

    page = owners_desk(world, now=LATER).get(reverse("plan", args=[plan.uuid]))

    assert page.status == 200
    assert "Erased patient" in page.text
    assert "This patient was erased, so no mails go out." in page.text
    assert reverse("calendars", args=[plan.uuid]) not in page.seen.links


def test_what_was_due_for_them_is_on_no_page_and_in_no_list_any_more(world):
    plan = a_plan(world=world)
    client = a_client_of(world)
    due_before = client.get("sessions/", status="due").json["results"]
    erased(world)
    desk = owners_desk(world, now=LATER)

    pages = [desk.get(address("patient", world.patient)), desk.get(reverse("plan", args=[plan.uuid]))]

    assert len(due_before) == plan.sessions.count()
    assert client.get("sessions/", status="due").json["results"] == []
    assert ["chip-due" in page.html for page in pages] == [False, False]


@pytest.mark.parametrize("name", ["prescribe", "patient-erase"])
def test_a_form_about_a_person_leads_back_once_they_are_erased(world, name):
    patient = erased(world)

    page = owners_desk(world, now=LATER).get(address(name, patient))

    assert (page.status, page.location) == (302, address("patient", patient))


def test_calendars_are_not_searched_for_who_was_erased(world):
    plan = a_plan(world=world)
    erased(world)

    page = owners_desk(world, now=LATER).get(reverse("calendars", args=[plan.uuid]))

    assert (page.status, page.location) == (302, reverse("plan", args=[plan.uuid]))


def test_a_prescription_half_entered_is_refused_once_they_are_erased(world):
    desk = owners_desk(world, now=LATER)
    page = desk.get(address("prescribe", world.patient))
    erased(world)

    typed = {
        "protocol": str(world.protocols["prp"].uuid),
        "session_count": "4",
        "prescribed_by": str(world.doctors[0].uuid),
    }
    answer = desk.send(page, "Prescribe and find calendars", **typed)

    assert answer.status == 422
    assert "data was erased. Register the person anew" in answer.text
    assert not Plan.objects.exists()


def test_past_sessions_stand_on_the_day_sheet_of_an_erased_patient(world):
    a_consultation(world)
    patient = erased(world)
    desk = owners_desk(world, now=LATER)

    page = desk.get("/", on=f"{NEXT_WEEK:%Y-%m-%d}")

    assert str(patient) in page.text
    assert "Marit" not in page.html
    assert "Erased" not in desk.get("/patients/").text


def test_what_plans_say_of_a_person_goes_with_them(world):
    plan = a_plan(
        world=world,
        protocol="svf-combination",
        sessions=1,
        wishes=Wishes(weekdays=frozenset({2}), practitioner=world.doctors[0].uuid),
        harvest_site="abdomen",
    )
    hold = a_hold(world=world, plan=plan, reason="Asks her sister")
    release_hold(hold=hold, by=world.reception, now=NOW)

    erased(world)

    plan.refresh_from_db()
    hold.refresh_from_db()
    assert (plan.wishes, plan.harvest_site, plan.indication, hold.reason) == ({}, "", "", "")


def test_who_treated_an_erased_patient_still_sees_their_own_past_sessions(world):
    a_consultation(world)
    name = next(part["name"] for part in Session.objects.get().cast if part["kind"] == "practitioner")
    own = next(doctor for doctor in world.doctors if doctor.name == name)
    patient = erased(world)
    user = a_user(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=own)

    page = Desk(user, now=LATER).get("/", on=f"{NEXT_WEEK:%Y-%m-%d}")

    assert str(patient) in page.text
