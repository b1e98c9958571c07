"""The page of a course, and the whole way there through the forms."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import Patient
from scheduling.attendance.attend import miss
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.models import Message, MessageState, Outcome, Session
from tests.support.acts.attendance import done, during
from tests.support.acts.courses import a_booked_course, book
from tests.support.acts.moves import plan_of
from tests.support.builders import a_user
from tests.support.cast import AMSTERDAM, NOW, PASSWORD
from tests.support.desk import Desk, doctors_desk, reception
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db


def page_of(plan, desk):
    return desk.get(reverse("plan", args=[plan.uuid]))


def test_a_booked_course_shows_every_session_and_its_months():
    world = a_course_world()
    plan = a_plan(world=world, sessions=5, indication="Hair loss")
    sessions = book(plan, world)

    page = page_of(plan, reception(world))

    for session in sessions:
        starts = session.starts_at.astimezone(AMSTERDAM)
        assert f"{starts:%a} {starts.day} {starts:%b}, {starts:%H:%M} to" in page.text
        assert f"{starts:%B} {starts.year}" in page.text
        assert f"{starts.day} session {session.number}" in page.text
    assert "Hair loss" in page.text
    assert "Keizersgracht" in page.text


def test_reminders_are_told_in_the_sites_time():
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    second = book(plan, world)[1].starts_at.astimezone(AMSTERDAM)

    page = page_of(plan, reception(world))

    two_days_before = second - timedelta(days=2)
    assert (
        f"{two_days_before:%a} {two_days_before.day} {two_days_before:%b}, 10:00 reminder of session 2"
        in page.text
    )


def test_a_reminder_that_has_gone_out_says_so():
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    book(plan, world)
    Message.objects.update(state=MessageState.SENT, sent_at=NOW)

    assert "– sent" in page_of(plan, reception(world)).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": ""}, "There is no e-mail address, so none go out."),
        ({"message_consent": "no"}, "The patient wants no messages, so none go out."),
        (
            {"mail_problem": "comes_back"},
            "Mail does not reach the patient: Mail to the address comes back.",
        ),
    ],
)
def test_reminders_that_will_not_arrive_are_not_promised(fields, sentence):
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    book(plan, world)
    Patient.objects.update(**fields)

    page = page_of(plan, reception(world))

    assert sentence in page.text
    assert "10:00 reminder" not in page.text


def test_a_course_without_times_leads_to_calendars_and_promises_no_reminder():
    world = a_course_world()
    plan = a_plan(world=world)

    page = page_of(plan, reception(world))

    assert reverse("calendars", args=[plan.uuid]) in page.seen.links
    assert "None are planned: they come with the booking" in page.text


def test_wishes_and_waived_rules_stand_beside_the_prescription():
    world = a_course_world()
    wishes = Wishes(weekdays=frozenset({1}), practitioner=world.doctors[1].uuid)
    plan = a_plan(world=world, sessions=8, wishes=wishes, by=world.doctor, waiver="Begun elsewhere")

    page = page_of(plan, doctors_desk(world))

    assert "Mondays, with Dr Lindqvist" in page.text
    assert "Begun elsewhere" in page.text


def test_reviews_are_due_with_a_window_counted_from_the_treatment():
    world = a_course_world()
    plan = a_plan(world=world, protocol="svf-combination", sessions=1, harvest_site="waist")
    book(plan, world)
    best = Session.objects.filter(plan=plan, kind="review", number=1).values_list("target_on", flat=True)[0]

    page = page_of(plan, reception(world))

    assert f"best {best:%-d} {best:%b}" in page.text
    assert "Waist" in page.text


def test_the_page_takes_the_same_number_of_queries_for_four_sessions_and_for_six(django_assert_num_queries):
    world = a_course_world()
    short, long = a_plan(world=world, sessions=4), a_plan(world=world, protocol="prp", sessions=6)
    book(short, world)
    book(long, world)
    desk = reception(world)
    # The first page of a session notes where it is.
    desk.get("/clinics/")

    with django_assert_num_queries(12):
        page_of(short, desk)
    with django_assert_num_queries(12):
        page_of(long, desk)


def test_a_course_is_booked_through_the_forms_from_sign_in_to_the_day_sheet():
    world = a_course_world()
    user = a_user(clinic=world.clinic)
    desk = Desk()
    sheet = desk.follow(desk.send(desk.get("/sign-in/"), "Sign in", login=user.email, password=PASSWORD))
    found = desk.send(sheet, "Search", search="nobody of that name")
    assert "register them" in found.text

    registered = desk.send(
        desk.get("/patients/new/"),
        "Register",
        given_name="Elif",
        family_name="Kaya",
        email="elif@patients.example",
    )
    patient_page = desk.follow(registered)
    prescribing = desk.get(next(link for link in patient_page.seen.links if link.endswith("/prescribe/")))
    prescribed = desk.send(
        prescribing,
        "Prescribe",
        protocol=str(world.protocols["prp-mesotherapy"].uuid),
        session_count="5",
        prescribed_by=str(world.doctors[0].uuid),
        weekdays=["2"],
    )
    course = desk.follow(desk.send(desk.follow(prescribed), "Book this calendar"))

    sessions = Session.objects.filter(plan=Plan.objects.get()).order_by("number")
    assert "All 5 sessions are booked." in course.text
    assert [session.status for session in sessions] == ["booked"] * 5
    for session in sessions:
        on_the_day = desk.get("/", on=str(session.local_date))
        assert "Elif Kaya" in on_the_day.text
        assert f"Session {session.number} of 5" in on_the_day.text


def test_sessions_that_do_not_count_are_told_with_what_became_of_them(world):
    first, second, third, _ = a_booked_course(world=world)
    done(first, world, outcome=Outcome.NOT_GIVEN)
    miss(session=second, by=world.reception, now=during(second))
    asked = Ending(reason="Ill", cancelled_by="patient")
    cancel_session(session=third, ending=asked, by=world.reception, now=during(second))

    page = page_of(plan_of([first]), reception(world))

    _, _, told = page.text.partition("Sessions that do not count ")
    assert "Session 1 of 4 Failed draw Not given" in told
    assert "Session 2 of 4 Missed" in told
    assert "Session 3 of 4 By the patient: Ill Cancelled" in told
    assert f"/visits/{second.uuid}/" in page.seen.links


def test_a_course_that_runs_smoothly_tells_of_nothing_else(world):
    [first, *_] = a_booked_course(world=world)
    done(first, world)

    assert "Sessions that do not count" not in page_of(plan_of([first]), reception(world)).text
