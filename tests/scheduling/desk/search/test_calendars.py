"""Choosing a calendar and booking it at the desk."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.booking.book_course import book_course
from scheduling.models import Claim, Session
from scheduling.search.propose import Asked, propose
from tests.support.builders import a_patient
from tests.support.cast import AMSTERDAM, NOW, OVER
from tests.support.desk import reception
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

BOOK = "Book this calendar"


def calendars(plan):
    return reverse("calendars", args=[plan.uuid])


def take_the_first_calendar(plan, world):
    proposal = propose(plan=plan, asked=Asked(), now=NOW).proposals[0]
    return book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)


def test_calendars_stand_side_by_side_with_every_session_and_who_is_there():
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    found = propose(plan=plan, asked=Asked(), now=NOW).proposals

    page = reception(world).get(calendars(plan))

    assert page.status == 200
    assert sum(BOOK in form.buttons for form in page.seen.forms) == len(found) >= 2
    for proposal in found:
        assert proposal.label.partition(":")[0] in page.text
        for placed in proposal.sessions:
            on = placed.starts_at
            assert f"{on:%a} {on.day} {on:%b} {on:%H:%M} to {placed.ends_at:%H:%M}" in page.text
            assert placed.assignments[0].resource.name in page.text


def test_booking_a_calendar_books_every_session_and_shows_the_course():
    world = a_course_world()
    plan = a_plan(world=world, sessions=5)
    desk = reception(world)

    answer = desk.send(desk.get(calendars(plan)), BOOK)

    assert answer.location == reverse("plan", args=[plan.uuid])
    assert Session.objects.filter(plan=plan, status="booked").count() == 5
    assert "All 5 sessions are booked." in desk.follow(answer).text


def test_showing_calendars_books_nothing():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = reception(world)
    token = desk.get(calendars(plan)).form(BOOK).fields["proposal"][0]

    page = desk.get(calendars(plan), proposal=token)

    assert page.status == 200
    assert not Claim.objects.exists()


def test_a_calendar_taken_meanwhile_says_what_is_taken_and_shows_new_ones():
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    rivals = [
        a_plan(world=world, sessions=4, patient=a_patient(clinic=world.clinic, family_name=f"Rival{n}"))
        for n in range(2)
    ]
    desk = reception(world)
    on_screen = desk.get(calendars(plan))
    taken = [take_the_first_calendar(rival, world) for rival in rivals]
    first = taken[0][0].starts_at.astimezone(AMSTERDAM)

    page = desk.send(on_screen, BOOK)

    assert page.status == 409
    assert "Another booking took some of this calendar’s time a moment ago:" in page.text
    assert f"{first:%a} {first.day} {first:%b}, {first:%H:%M} to" in page.text
    assert page.text.count("Centrifuge") == 4
    assert "Nothing was booked. The calendars below were searched just now" in page.text
    assert not Session.objects.filter(plan=plan, status="booked").exists()
    again = desk.send(page, BOOK)
    assert again.location == reverse("plan", args=[plan.uuid])


def test_a_course_booked_at_another_desk_is_shown_and_not_booked_again():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = reception(world)
    on_screen = desk.get(calendars(plan))
    take_the_first_calendar(plan, world)
    claims = Claim.objects.count()

    answer = desk.send(on_screen, BOOK)

    assert answer.location == reverse("plan", args=[plan.uuid])
    assert "This course was booked already. Nothing was changed" in desk.follow(answer).text
    assert Claim.objects.count() == claims


def test_a_course_that_has_its_times_needs_no_calendars():
    world = a_course_world()
    plan = a_plan(world=world)
    take_the_first_calendar(plan, world)

    assert reception(world).get(calendars(plan)).location == reverse("plan", args=[plan.uuid])


def test_a_calendar_of_half_an_hour_ago_is_out_of_date():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = reception(world)
    on_screen = desk.get(calendars(plan))
    for minutes in (9, 18, 27, 31):
        desk.now = NOW + timedelta(minutes=minutes)
        desk.get("/")

    page = desk.send(on_screen, BOOK)

    assert page.status == 409
    assert "out of date" in page.text
    assert not Claim.objects.exists()


def test_a_calendar_for_an_older_version_of_the_plan_is_out_of_date():
    world = a_course_world()
    plan = a_plan(world=world)
    desk = reception(world)
    on_screen = desk.get(calendars(plan))
    Plan.objects.update(version=2)

    page = desk.send(on_screen, BOOK)

    assert page.status == 409
    assert desk.send(page, BOOK).status == 302


@pytest.mark.parametrize("token", ["", "x", "a:b", "\0", "x" * 20_000])
def test_a_forged_calendar_is_refused_and_nothing_is_booked(token):
    world = a_course_world()
    plan = a_plan(world=world)

    page = reception(world).post(calendars(plan), {"proposal": token})

    assert page.status == 422
    assert "This is not a proposal for this plan. Search again." in page.text
    assert not Claim.objects.exists()


def test_a_calendar_of_another_plan_is_refused():
    world = a_course_world()
    plan, other = a_plan(world=world), a_plan(world=world, protocol="prp")
    desk = reception(world)
    token = desk.get(calendars(other)).form(BOOK).fields["proposal"][0]

    page = desk.post(calendars(plan), {"proposal": token})

    assert page.status == 422
    assert not Claim.objects.exists()


def test_wishes_and_dates_can_be_changed_on_the_page():
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    desk = reception(world)

    page = desk.send(
        desk.get(calendars(plan)),
        "Search again",
        weekdays=["3"],
        after="13:00",
        hard="on",
        first_on="2027-01-11",
        last_on="2027-05-01",
    )

    assert page.status == 200
    assert "Wed 13 Jan 13:00" in page.text
    assert "Mon 11 Jan 09" not in page.text
    assert page.form("Search again").fields["weekdays"] == ["3"]
    words = "Wednesdays, not before 13:00, nothing else, from Mon 11 Jan, until Sat 1 May"
    assert f"Change dates and wishes Now: {words}" in page.text


def test_a_calendar_found_with_other_wishes_can_be_booked():
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    desk = reception(world)
    page = desk.get(calendars(plan), search="yes", weekdays="5", hard="on")

    answer = desk.send(page, BOOK)

    assert answer.status == 302
    dates = Session.objects.filter(plan=plan).values_list("local_date", flat=True)
    assert {f"{on:%A}" for on in dates} == {"Friday"}


def test_the_wishes_stored_on_the_plan_stand_in_the_form():
    world = a_course_world()
    plan = a_plan(world=world, wishes=Wishes(weekdays=frozenset({2, 4}), hard=True))

    page = reception(world).get(calendars(plan))

    fields = page.form("Search again").fields
    assert fields["weekdays"] == ["2", "4"]
    assert fields["hard"] == ["on"]
    assert "Tue 5 Jan" in page.text


def test_where_nothing_fits_the_page_says_why_and_what_to_change():
    world = a_course_world()
    plan = a_plan(world=world)

    page = reception(world).get(calendars(plan), search="yes", weekdays="7", hard="on")

    assert page.status == 200
    assert "No calendar fits the whole course." in page.text
    assert "Drop a wish." in page.text
    assert BOOK not in page.text


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"first_on": "2027-05-01", "last_on": "2027-04-01"}, "The search ends on"),
        ({"first_on": "2027-01-05", "last_on": "2028-12-01"}, "400 days at most"),
        ({"first_on": "soon"}, "That is not a date. Write it as 31-01-2027."),
        ({"after": "16:00", "before": "10:00"}, "The wish “after” must be earlier"),
        ({"practitioner": "x"}, "Select a valid choice."),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_beside_what_was_typed(asked, sentence):
    world = a_course_world()
    plan = a_plan(world=world)

    page = reception(world).get(calendars(plan), search="yes", **asked)

    assert page.status in (400, 422)
    assert sentence in page.text
    assert BOOK not in page.text


def test_a_wished_practitioner_who_left_is_said_and_not_a_broken_page():
    world = a_course_world()
    plan = a_plan(world=world, wishes=Wishes(practitioner=world.doctors[1].uuid))
    world.doctors[1].valid_until = OVER
    world.doctors[1].save()

    page = reception(world).get(calendars(plan))

    assert page.status == 422
    assert "Select a valid choice." in page.text


def test_the_page_takes_the_same_number_of_queries_however_full_the_book_is(django_assert_max_num_queries):
    world = a_course_world()
    plan = a_plan(world=world, sessions=4)
    desk = reception(world)
    # The first page of a session writes down who is there.
    desk.get(calendars(plan))
    with django_assert_max_num_queries(100) as empty:
        desk.get(calendars(plan))
    for number in range(6):
        patient = a_patient(clinic=world.clinic, family_name=f"Rival{number}")
        take_the_first_calendar(a_plan(world=world, sessions=6, patient=patient), world)

    with django_assert_max_num_queries(100) as full:
        desk.get(calendars(plan))

    assert len(full) == len(empty)


def test_a_single_session_is_chosen_like_a_course():
    world = a_course_world()
    plan = a_plan(world=world, protocol="svf-combination", sessions=1)
    desk = reception(world)

    answer = desk.send(desk.get(calendars(plan)), BOOK)

    assert "1 session is booked." in desk.follow(answer).text
    assert Session.objects.get(plan=plan, kind="treatment").status == "booked"
