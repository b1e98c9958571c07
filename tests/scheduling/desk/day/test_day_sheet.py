"""The day sheet."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.health.ticks import MAIL, note_begun, note_ended
from scheduling.booking.book_course import book_course
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import SessionStatus
from scheduling.search.propose import Asked, propose
from tests.support.acts.attendance import gave_up
from tests.support.builders import a_clinic, a_patient, a_user
from tests.support.cast import AMSTERDAM, NOW
from tests.support.desk import Desk, reception
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db


def book(plan, world, **asked):
    proposal = propose(plan=plan, asked=Asked(**asked), now=NOW).proposals[0]
    return book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)


def a_consultation(world, at, **fields):
    session = SingleSession(
        patient=fields.pop("patient", world.patient),
        session_type=world.session_types["consultation"],
        starts_at=at,
        site=world.site,
    )
    return book_session(wanted=session, by=world.reception, now=NOW)


def test_a_session_says_when_who_what_which_and_with_whom():
    world = a_course_world()
    session = book(a_plan(world=world, sessions=5), world)[1]

    page = reception(world).get("/", on=str(session.local_date))

    assert page.status == 200
    assert f"{session.local_date:%A} {session.local_date.day} {session.local_date:%B %Y}" in page.text
    assert "Marit de Vries" in page.text
    assert "PRP + mesotherapy" in page.text
    assert "Session 2 of 5" in page.text
    assert "Booked" in page.text
    starts = session.starts_at.astimezone(AMSTERDAM)
    preparation = f"{starts:%H:%M}–{starts + timedelta(minutes=15):%H:%M} Preparation:"
    assert preparation in page.text
    for part in session.cast:
        assert part["name"] in page.text
    assert f"/patients/{world.patient.uuid}/" in page.seen.links


def test_the_harvest_site_stands_on_the_sheet():
    world = a_course_world()
    plan = a_plan(world=world, protocol="svf-combination", sessions=1, harvest_site="inner_knee")
    session = book(plan, world)[0]

    page = reception(world).get("/", on=str(session.local_date))

    assert "Harvest site: Inner knee" in page.text
    assert "Session 1 of 1" in page.text


def test_a_session_without_a_plan_has_no_number():
    world = a_course_world()
    a_consultation(world, datetime(2027, 1, 5, 10, tzinfo=AMSTERDAM))

    page = reception(world).get("/", on="2027-01-05")

    assert "Consultation" in page.text
    assert "10:00 to 10:30" in page.text
    assert "Session" not in page.text


def test_without_a_date_it_is_today_on_the_sites_wall_and_not_in_utc():
    world = a_course_world(zone="Pacific/Auckland", country="NZ")
    evening_in_utc = datetime(2027, 1, 4, 20, 0, tzinfo=NOW.tzinfo)

    page = reception(world, now=evening_in_utc).get("/")

    assert "Today" in page.text
    assert "Tuesday 5 January 2027" in page.text


def test_times_are_the_sites_own_and_a_session_stands_on_its_local_date():
    world = a_course_world(zone="Pacific/Auckland", country="NZ")
    starts_at = datetime(2027, 1, 7, 9, 30, tzinfo=ZoneInfo("Pacific/Auckland"))
    a_consultation(world, starts_at)
    desk = reception(world)

    there, day_before = desk.get("/", on="2027-01-07"), desk.get("/", on="2027-01-06")

    assert starts_at.astimezone(NOW.tzinfo).date() == date(2027, 1, 6)
    assert "09:30 to 10:00" in there.text
    assert "Nobody is booked on this day" in day_before.text


def test_an_empty_day_leads_to_the_next_sessions():
    world = a_course_world()
    a_consultation(world, datetime(2027, 1, 20, 10, tzinfo=AMSTERDAM))

    page = reception(world).get("/")

    assert "Nobody is booked today" in page.text
    assert "The next sessions are on Wednesday 20 January 2027." in page.text
    assert "?on=2027-01-20" in page.seen.links


def test_a_book_without_any_session_says_how_to_begin():
    page = reception(a_course_world()).get("/")

    assert "Find the patient, enter the doctor’s prescription" in page.text


def test_the_week_shows_how_many_sessions_each_day_has_and_leads_there():
    world = a_course_world()
    for hour in (9, 10):
        a_consultation(world, datetime(2027, 1, 6, hour, tzinfo=AMSTERDAM))

    page = reception(world).get("/", on="2027-01-08")

    assert "Wed 6 January 2 sessions" in page.text
    assert "Thu 7 January 0 sessions" in page.text
    assert {"?on=2027-01-04", "?on=2027-01-10", "?on=2027-01-01", "?on=2027-01-15"} <= set(page.seen.links)


@pytest.mark.parametrize("status", [SessionStatus.DUE, SessionStatus.CANCELLED, SessionStatus.MISSED])
def test_only_sessions_that_hold_their_time_are_on_the_sheet(status):
    world = a_course_world()
    session = a_consultation(world, datetime(2027, 1, 6, 9, tzinfo=AMSTERDAM))
    gave_up(session, status)

    assert "Nobody is booked on this day" in reception(world).get("/", on="2027-01-06").text


@pytest.mark.parametrize(
    "on", ["yesterday", "2027-02-30", "9999-12-31", "0001-01-01", "2027-01-04T10:00", "\0"]
)
def test_a_date_that_is_none_is_refused_with_a_way_on(on):
    page = reception(a_course_world()).get("/", on=on)

    assert page.status == 400
    assert "is not a date of this book. Write it as 04-01-2027." in page.text


def test_a_night_on_which_the_clock_changes_is_a_day_like_any_other():
    world = a_course_world()
    desk = reception(world)

    pages = [desk.get("/", on=on) for on in ("2027-03-27", "2027-03-28", "2027-03-29", "2027-10-31")]

    assert [page.status for page in pages] == [200] * 4


def test_a_clinic_without_a_site_has_an_empty_sheet():
    clinic = a_clinic()

    page = Desk(a_user(clinic=clinic)).get("/")

    assert page.status == 200
    assert "Nobody is booked today" in page.text


def test_another_clinics_sessions_are_not_on_the_sheet():
    other = a_course_world()
    a_consultation(other, datetime(2027, 1, 6, 9, tzinfo=AMSTERDAM))

    page = reception(a_course_world()).get("/", on="2027-01-06")

    assert "Nobody is booked on this day" in page.text
    assert "Wed 6 January 0 sessions" in page.text


def test_the_sheet_takes_the_same_number_of_queries_for_one_session_and_for_many(django_assert_num_queries):
    world = a_course_world()
    a_consultation(world, datetime(2027, 1, 6, 9, tzinfo=AMSTERDAM))
    desk = reception(world)
    # The first page of a session notes where it is.
    desk.get("/clinics/")
    note_begun(name=MAIL, now=NOW)
    note_ended(name=MAIL, now=NOW)

    with django_assert_num_queries(14):
        desk.get("/", on="2027-01-06")
    for minutes in range(30, 360, 30):
        patient = a_patient(clinic=world.clinic, given_name=f"Anna{minutes}")
        a_consultation(
            world, datetime(2027, 1, 6, 9, tzinfo=AMSTERDAM) + timedelta(minutes=minutes), patient=patient
        )
    with django_assert_num_queries(14):
        page = desk.get("/", on="2027-01-06")
    assert "12 sessions, the first at 09:00" in page.text


def test_a_hostile_name_on_the_sheet_is_only_letters():
    world = a_course_world()
    patient = a_patient(clinic=world.clinic, given_name="<img src=x onerror=alert(1)>", family_name="'\"><b>")
    a_consultation(world, datetime(2027, 1, 6, 9, tzinfo=AMSTERDAM), patient=patient)

    page = reception(world).get("/", on="2027-01-06")

    assert "&lt;img src=x" in page.html
    assert "<img src=x" not in page.html
    assert "<b>" not in page.html
