"""The page of one session: how it stands, and every act with a way back to it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.models import Patient
from scheduling.attendance.attend import miss
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.models import Session
from tests.support.acts.attendance import S, again, done, due_number, during
from tests.support.cast import NOW
from tests.support.desk import Desk, Page, reception
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db

QUERIES = 10


@pytest.fixture
def desk(world, session) -> Desk:
    """At the desk, five minutes after the session was to begin."""
    return reception(world, now=during(session))


def page_of(session: Session, desk: Desk) -> Page:
    return desk.get(reverse("session", args=[session.uuid]))


def press(desk: Desk, session: Session, label: str) -> Page:
    return desk.follow(desk.send(page_of(session, desk), label))


def led_to(page: Page, session: Session, *names: str) -> list[bool]:
    return [any(reverse(name, args=[session.uuid]) in link for link in page.seen.links) for name in names]


def test_it_says_when_who_and_where(desk, session):
    page = page_of(session, desk)

    assert "Mon 4 Jan" in page.text
    assert "PRP + mesotherapy, session 1 of 4" in page.text
    assert session.cast[0]["name"] in page.text


def test_the_course_and_the_sheet_lead_to_it(desk, session):
    url = reverse("session", args=[session.uuid])

    assert session.plan is not None
    assert url in desk.get(reverse("plan", args=[session.plan.uuid])).seen.links
    assert url in desk.get("/").seen.links


@pytest.mark.parametrize(
    ("presses", "status"),
    [
        (["Arrived"], S.ARRIVED),
        (["Arrived", "Start"], S.IN_TREATMENT),
        (["Arrived", "Undo"], S.BOOKED),
        (["Arrived", "Start", "Undo"], S.ARRIVED),
    ],
)
def test_what_is_done_there_is_undone_there(desk, session, presses, status):
    pages = [press(desk, session, label) for label in presses]

    assert again(session).status == status
    assert {page.url for page in pages} == {reverse("session", args=[session.uuid])}


def test_a_patient_confirms_by_phone_and_thinks_again(world, session):
    desk = reception(world, now=NOW - timedelta(minutes=30))

    confirmed = press(desk, session, "Confirmed")
    assert again(session).status == S.CONFIRMED
    assert "Marit de Vries will come." in confirmed.text
    press(desk, session, "Undo")

    assert again(session).status == S.BOOKED


def test_what_is_done_or_missed_is_undone_there_on_the_same_day_alone(world, desk, session):
    done(session, world)
    assert "Ended" in page_of(session, desk).text
    press(desk, session, "Undo")
    assert again(session).status == S.BOOKED

    miss(session=again(session), by=world.reception, now=during(session))
    the_next_day = reception(world, now=during(session) + timedelta(days=1))
    assert not any("Undo" in form.buttons for form in page_of(session, the_next_day).seen.forms)
    press(desk, session, "Undo")

    assert again(session).status == S.BOOKED


def test_a_booked_session_leads_to_all_that_can_change(desk, world, session):
    later = Session.objects.get(number=2)

    page = page_of(later, desk)

    names = ("session-move", "session-cancel", "session-wait", "session-kind", "session-elsewhere")
    assert led_to(page, later, *names) == [True] * 5


def test_what_is_due_is_booked_done_elsewhere_or_here_now(world):
    due = due_number(a_plan(world=world), 1)

    page = page_of(due, reception(world))

    assert led_to(page, due, "session-move", "session-elsewhere", "session-kind", "session-cancel") == [
        True,
        True,
        False,
        False,
    ]
    assert reverse("session-walk-in", args=[due.patient.uuid]) in page.seen.links


def test_a_cancelled_session_says_by_whom_when_why_and_that_it_was_late(world, session):
    ending = Ending(reason="Flu <b>", cancelled_by="patient")
    cancel_session(session=session, ending=ending, by=world.reception, now=NOW - timedelta(hours=1))

    page = page_of(session, reception(world))

    assert "Mon 4 Jan, 08:00, by the patient, late" in page.text
    assert "Flu &lt;b&gt;" in page.html


def test_who_is_here_without_a_time_gets_one_of_today(world):
    new = WalkIn(world.patient, world.session_types["consultation"])
    here = walk_in(new=new, by=world.reception, now=NOW)
    desk = reception(world)
    page = page_of(here, desk)
    assert "Free today" in page.text

    given = desk.send(page, "09:30", starts_at="2027-01-04T09:30:00+01:00")

    assert "Marit de Vries is seen at 09:30." in desk.follow(given).text
    assert again(here).local_time == (NOW + timedelta(minutes=30)).astimezone(world.site.tz).time()


def test_what_was_written_down_is_read_there(world, desk, session):
    done(session, world, record={"kit-lot": "K-17"})

    page = page_of(session, desk)

    assert "Kit lot K-17" in page.text
    assert "Outcome Given" in page.text


def test_nothing_of_the_erased_is_changed(world, session):
    Patient.objects.filter(pk=world.patient.pk).update(erased_at=NOW)

    page = page_of(session, reception(world))

    assert led_to(page, session, "session-cancel", "session-kind", "session-elsewhere") == [False] * 3


def test_it_takes_the_same_number_of_queries_for_any_session(world, session, django_assert_num_queries):
    desk = reception(world)
    # The first page of a session notes where it is.
    desk.get("/clinics/")

    for one in Session.objects.all():
        with django_assert_num_queries(QUERIES):
            page_of(one, desk)


def test_the_session_of_another_clinic_is_unknown(session):
    assert page_of(session, reception(a_course_world())).status == 404
