"""Did they come? What nobody has said anything of is asked today and called about later."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.models import Clinic
from scheduling.attendance.unresolved import unanswered
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session, SessionStatus
from tests.support.acts.courses import a_booked_course, everything_written, times_of
from tests.support.acts.delays import at
from tests.support.builders import a_patient, a_practitioner, an_actor
from tests.support.cast import NOW
from tests.support.desk import reception
from tests.support.rest import RestClient, a_client_of
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db


def a_session(world: World, hour: int, minute: int = 0, *, day: int = 5) -> Session:
    session = SingleSession(
        patient=a_patient(clinic=world.clinic, family_name=f"Of the {day}th", phone="+31612345678"),
        session_type=world.session_types["consultation"],
        starts_at=datetime(2027, 1, day, hour, minute, tzinfo=world.site.tz),
    )
    return book_session(wanted=session, by=world.reception, now=NOW)


def asked(world: World, now: datetime, **fields) -> tuple[list[int], list[int]]:
    found = unanswered(by=world.reception, now=now, **fields)
    return [row.pk for row in found.today], [row.pk for row in found.call_list]


def test_a_session_is_asked_about_when_its_grace_has_passed_and_called_about_the_next_day(world):
    session = a_session(world, 10)

    assert asked(world, at(10, 14)) == ([], [])
    assert asked(world, at(10, 15)) == ([session.pk], [])
    assert asked(world, at(23, 59)) == ([session.pk], [])
    assert asked(world, at(0, 0, day=6)) == ([], [session.pk])


def test_the_clinic_says_how_long_it_waits(world):
    session = a_session(world, 10)
    Clinic.objects.filter(pk=world.clinic.pk).update(missed_after_minutes=40)

    assert asked(world, at(10, 39)) == ([], [])
    assert asked(world, at(10, 40)) == ([session.pk], [])


@pytest.mark.parametrize(
    "status", [status for status in SessionStatus if status not in ("booked", "confirmed", "due", "held")]
)
def test_what_somebody_has_said_anything_of_is_not_asked_about(world, status):
    session = a_session(world, 10)
    Session.objects.filter(pk=session.pk).update(status=status)

    assert asked(world, at(12)) == ([], [])
    Session.objects.filter(pk=session.pk).update(status=SessionStatus.CONFIRMED)
    assert asked(world, at(12)) == ([session.pk], [])


def test_the_last_day_is_called_about_first_and_the_oldest_not_at_all(world):
    monday, tuesday = a_session(world, 10, day=4), a_session(world, 9, day=5)

    assert asked(world, at(8, day=6)) == ([], [tuesday.pk, monday.pk])
    assert asked(world, at(8, 30, day=5) + timedelta(days=60)) == ([], [tuesday.pk])


def test_the_day_is_the_site_s_own():
    world = a_course_world(zone="Pacific/Auckland", country="NZ")
    session = a_session(world, 16)
    evening = datetime(2027, 1, 5, 23, 30, tzinfo=ZoneInfo("Pacific/Auckland"))

    assert asked(world, evening) == ([session.pk], [])
    assert asked(world, evening + timedelta(hours=1)) == ([], [session.pk])


def test_a_practitioner_is_asked_about_their_own_patients(world):
    session = a_session(world, 10)
    colleague = a_practitioner(clinic=world.clinic, name="Dr Vos")
    other = an_actor(clinic=world.clinic, role=world.doctor.role, practitioner=colleague)

    assert unanswered(by=other, now=at(12)).today == []
    assert [row.pk for row in unanswered(by=world.owner, now=at(12)).today] == [session.pk]


def test_another_clinic_is_asked_nothing(world):
    a_session(world, 10)

    assert asked(a_course_world(), at(12)) == ([], [])


def test_it_takes_as_many_queries_for_one_session_as_for_three(world, django_assert_num_queries):
    for hour in (9, 10, 11):
        a_session(world, hour)
        with django_assert_num_queries(4):
            found = unanswered(by=world.reception, now=at(12))
            assert [(row.patient.pk, row.site, row.session_type, row.plan) for row in found.today]


def test_a_client_gets_both_lists(world):
    session, later = a_session(world, 10), a_session(world, 10, day=6)
    rest = a_client_of(world, now=at(11, day=6))

    answer = rest.get("questions/")

    assert answer.status == 200
    assert [row["id"] for row in answer.json["today"]] == [str(later.uuid)]
    assert [row["id"] for row in answer.json["call_list"]] == [str(session.uuid)]
    assert rest.get("questions/", site=str(world.site.uuid)).json == answer.json
    assert rest.get("questions/", site=str(world.clinic.uuid)).code == "unknown_site"


def test_asking_marks_nothing(world):
    a_session(world, 10)
    before = everything_written()

    RestClient(a_client_of(world).secret, now=at(11)).get("questions/")
    reception(world, now=at(11)).get("/")

    assert everything_written() == before


def test_the_day_sheet_of_today_asks_who_came(world):
    session = a_session(world, 10)

    asked_on = reception(world, now=at(11)).get("/")
    on_time = reception(world, now=at(9)).get("/")
    another_day = reception(world, now=at(11, day=6)).get("/", on="2027-01-05")

    assert "Did they come?" in asked_on.text
    assert asked_on.seen.links.count(f"/patients/{session.patient.uuid}/") == 2
    assert "Did they come?" not in on_time.text
    assert "Did they come?" not in another_day.text


def test_the_call_list_holds_earlier_days_with_the_number_to_call(world):
    a_session(world, 10)
    session = a_booked_course(world=world)[0]

    page = reception(world, now=times_of(session).starts_at + timedelta(days=3)).get("/calls/")

    assert "Tue 5 Jan, 10:00" in page.text
    assert "+31612345678" in page.text
    assert f"/plans/{session.plan and session.plan.uuid}/" in page.seen.links


def test_an_empty_call_list_says_so(world):
    page = reception(world).get("/calls/")

    assert "Every session of earlier days is accounted for." in page.text
    assert "Every message that was due has gone out." in page.text


def test_the_call_list_takes_the_answer(world):
    session = a_session(world, 10)
    desk = reception(world, now=at(9, day=6))

    page = desk.get("/calls/")
    desk.send(page, "Missed")

    assert f"/visits/{session.uuid}/complete/?from=calls" in page.seen.links
    assert Session.objects.get(pk=session.pk).status == SessionStatus.MISSED
    assert "Every session of earlier days is accounted for." in desk.get("/calls/").text


def test_today_is_answered_with_one_click_and_taken_back_with_another(world):
    session = a_session(world, 10)
    desk = reception(world, now=at(11))

    for button, status in (("Arrived", SessionStatus.ARRIVED), ("Missed", SessionStatus.MISSED)):
        sheet = desk.follow(desk.send(desk.get("/"), button))
        assert Session.objects.get(pk=session.pk).status == status
        assert "Undone:" in desk.follow(desk.send(sheet, "Undo")).text
        assert Session.objects.get(pk=session.pk).status == SessionStatus.BOOKED


def test_the_call_list_goes_on_with_the_call_list(world):
    session = a_session(world, 10)
    desk = reception(world, now=at(9, day=6))

    answer = desk.send(desk.get("/calls/"), "Missed")
    page = desk.follow(answer)
    undone = desk.send(page, "Undo")

    assert (answer.location, undone.location) == ("/calls/", "/calls/")
    assert Session.objects.get(pk=session.pk).status == SessionStatus.BOOKED


def test_an_act_leads_nowhere_but_where_the_desk_knows(world):
    session = a_session(world, 10)
    desk = reception(world, now=at(11))

    answer = desk.post(f"/visits/{session.uuid}/arrive/?from=https://elsewhere.example/")

    assert answer.location == "/"
