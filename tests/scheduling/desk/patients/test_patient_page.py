"""The patient's page."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from clinic.models import Patient
from scheduling.models import SessionStatus
from tests.support.acts.attendance import gave_up
from tests.support.acts.courses import book
from tests.support.acts.holds import a_hold
from tests.support.builders import a_patient
from tests.support.cast import AMSTERDAM, NOW
from tests.support.desk import doctors_desk, reception
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db


def page_of(patient, desk):
    return desk.get(reverse("patient", args=[patient.uuid]))


def test_the_facts_of_a_patient_stand_on_the_page():
    world = a_course_world()
    patient = a_patient(
        clinic=world.clinic,
        given_name="Elif",
        family_name="Kaya",
        born_on=date(1988, 4, 2),
        phone="0612345678",
        language="nl",
        zone="Europe/Istanbul",
        desk_note="Comes by train",
    )

    page = page_of(patient, reception(world))

    for fact in (
        "Elif Kaya",
        "Born 2 Apr 1988, 38 years",
        "+31612345678",
        "marit@patients.example",
        "Dutch",
        "Europe/Istanbul",
        "Comes by train",
        "Reminders Yes 4 Jan 2027",
    ):
        assert fact in page.text


def test_what_was_asked_at_intake_is_shown_to_those_who_treat(world):
    facts = {"Smoking": "no", "intake:stress": "Moved house", "intake:smoking": "Ten a day"}
    Patient.objects.filter(pk=world.patient.pk).update(intake_facts=facts)

    seen, hidden = page_of(world.patient, doctors_desk(world)), page_of(world.patient, reception(world))

    assert "Smoking Ten a day Stress Moved house Smoking no" in seen.text
    for answer in ("Ten a day", "Moved house", "Smoking"):
        assert answer not in hidden.text


def test_what_is_not_known_is_said():
    world = a_course_world()
    patient = a_patient(clinic=world.clinic, email="", message_consent="not_asked")

    page = page_of(patient, reception(world))

    assert "Date of birth not known" in page.text
    assert "Reminders Not asked yet" in page.text
    assert "No course yet" in page.text


def test_a_patient_without_a_course_is_prescribed_one_next():
    world = a_course_world()

    page = page_of(world.patient, reception(world))

    assert reverse("prescribe", args=[world.patient.uuid]) in page.seen.links
    assert "Find calendars" not in page.text


def test_a_course_without_times_shows_its_windows_and_leads_to_calendars():
    world = a_course_world()
    plan = a_plan(world=world, sessions=4, indication="Hair loss")

    page = page_of(world.patient, reception(world))

    assert "4 sessions" in page.text
    assert "Prescribed by Dr Osei on 4 Jan 2027" in page.text
    assert "For: Hair loss" in page.text
    assert "Session 2 of 4: Between 15 and 22 Jan, best 18 Jan" in page.text
    assert reverse("calendars", args=[plan.uuid]) in page.seen.links


def test_a_booked_course_shows_its_times_and_its_sessions_lie_ahead():
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    first = book(plan, world)[0].starts_at.astimezone(AMSTERDAM)

    page = page_of(world.patient, reception(world))

    assert f"Session 1 of 4: {first:%a} {first.day} {first:%b}, {first:%H:%M} to" in page.text
    assert "None booked." not in page.text
    assert "Find calendars" not in page.text
    assert reverse("plan", args=[plan.uuid]) in page.seen.links


def test_reviews_stand_after_the_treatments_as_due():
    world = a_course_world()
    book(a_plan(world=world, protocol="svf-combination", sessions=1), world)

    page = page_of(world.patient, reception(world))

    assert "Review 1: Review between" in page.text
    assert "Find calendars" not in page.text


def test_past_sessions_stand_apart_whatever_became_of_them():
    world = a_course_world()
    sessions = book(a_plan(world=world, sessions=4), world)
    gave_up(sessions[0], SessionStatus.MISSED)
    later = NOW + timedelta(days=30)

    page = reception(world, now=later).get(reverse("patient", args=[world.patient.uuid]))

    past = page.text.partition("Past sessions")[2].partition("Next sessions")[0]
    assert "Missed" in past
    assert "session 1 of 4" in past


def test_with_several_courses_the_newest_without_times_comes_first():
    world = a_course_world()
    older = a_plan(world=world, now=NOW - timedelta(days=2))
    newer = a_plan(world=world, protocol="prp", now=NOW - timedelta(days=1))

    page = page_of(world.patient, reception(world))

    links = [reverse("calendars", args=[plan.uuid]) for plan in (newer, older)]
    assert [link for link in page.seen.links if link in links] == links


def test_a_stopped_course_offers_no_calendars():
    world = a_course_world()
    a_plan(world=world)
    Plan.objects.update(state=PlanState.STOPPED)

    page = page_of(world.patient, reception(world))

    assert "Stopped" in page.text
    assert "Find calendars" not in page.text


def test_mail_that_does_not_arrive_is_said_with_what_to_do():
    world = a_course_world()
    Patient.objects.update(mail_problem="comes_back")

    page = page_of(world.patient, reception(world))

    assert "Mail does not arrive: Mail to the address comes back. Call instead" in page.text


def test_the_page_takes_the_same_number_of_queries_for_one_course_and_for_many(django_assert_num_queries):
    world = a_course_world()
    book(a_plan(world=world, sessions=4), world)
    desk = reception(world)
    # The first page of a session notes where it is.
    desk.get("/clinics/")

    with django_assert_num_queries(9):
        page_of(world.patient, desk)
    for protocol in ("prp", "mesotherapy", "svf-combination"):
        count = 1 if "svf" in protocol else 6
        book(a_plan(world=world, protocol=protocol, sessions=count, region=protocol), world)
    with django_assert_num_queries(9):
        page_of(world.patient, desk)


def test_what_is_held_says_until_when_and_by_whom_and_is_booked_from_here():
    world = a_course_world()
    plan = a_plan(world=world)
    other = a_plan(world=world, protocol="mesotherapy")
    a_hold(world=world, plan=plan, reason="will call back")
    desk = reception(world)

    page = page_of(world.patient, desk)

    held_card, _, other_card = page.text.partition(other.protocol.name)[2].partition(plan.protocol.name)
    assert "Held until" not in held_card
    assert "Held until 09:10" in other_card
    assert "will call back" in other_card
    desk.send(page, "Book what is held")
    assert set(plan.sessions.filter(kind="treatment").values_list("status", flat=True)) == {"booked"}


def test_a_session_of_today_is_still_ahead_until_the_day_is_over():
    world = a_course_world()
    first = book(a_plan(world=world, sessions=4), world)[0]
    evening = datetime.combine(first.local_date, datetime.min.time(), AMSTERDAM).replace(hour=20)

    page = page_of(world.patient, reception(world, now=evening))

    ahead = page.text.partition("Next sessions")[2]
    assert f"{first.local_date:%a} {first.local_date.day} {first.local_date:%b}" in ahead
