"""The day sheet's buttons, and the page that asks how a session went."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.attendance.attend import arrive
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.models import Session
from tests.support.acts.attendance import S, again, done, during
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.builders import a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, Page, Seen
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

COMPLETE = "The session is done"


@pytest.fixture
def desk(world, session) -> Desk:
    """At the desk, five minutes after the session was to begin."""
    return Desk(a_user(clinic=world.clinic), now=during(session))


def buttons(page: Page) -> list[str]:
    """Those of the sheet's rows, without the name that only those hear who listen."""
    words = {"Arrived", "Missed", "Came after all", "Confirmed", "Start", "Next free time", "Undo"}
    rows = Seen(page.html.partition("<table")[2])
    return [label for form in rows.forms for label in form.buttons if label in words]


def press(desk: Desk, label: str) -> Page:
    """Press the button of the first row that has it; the page that follows."""
    return desk.follow(desk.send(desk.get("/"), label))


def asking(desk: Desk, session: Session) -> Page:
    return desk.get(reverse("session-complete", args=[session.uuid]))


def test_a_session_is_attended_from_the_sheet(desk, session):
    assert buttons(desk.get("/")) == ["Arrived", "Missed"]

    assert buttons(press(desk, "Arrived")) == ["Start", "Undo"]
    assert buttons(press(desk, "Start")) == ["Undo"]

    assert again(session).status == S.IN_TREATMENT


def test_before_its_hour_nobody_is_called_missed(desk, session):
    desk.now = times_of(session).starts_at - timedelta(minutes=1)

    assert buttons(desk.get("/")) == ["Arrived"]


def test_another_day_offers_nothing_yet_but_to_confirm(desk, session):
    later = Session.objects.filter(number=2).get()

    page = desk.get("/", on=str(later.local_date))

    assert set(buttons(page)) == {"Confirmed"}
    assert "Done" not in page.text


def test_who_is_missed_stands_below_and_may_come_after_all(desk, session):
    press(desk, "Missed")
    page = desk.get("/")

    assert "Nobody is booked today" in page.text
    assert "Missed Time Patient" in page.text
    assert buttons(page) == ["Came after all", "Undo"]
    assert buttons(press(desk, "Came after all")) == ["Start", "Undo"]


def test_a_slip_is_undone(desk, session):
    press(desk, "Missed")

    press(desk, "Undo")

    assert again(session).status == S.BOOKED
    assert buttons(desk.get("/")) == ["Arrived", "Missed"]


def test_what_is_refused_is_said_on_the_sheet(desk, session):
    url = reverse("session-undo", args=[session.uuid])

    page = desk.follow(desk.post(url))

    assert page.status == 200
    assert "Nothing was done to this session today that could be undone." in page.text


def test_how_it_went_is_asked_and_kept(desk, world, session):
    arrive(session=session, by=world.reception, now=during(session))
    page = asking(desk, session)
    assert "Kit lot" in page.text

    answer = desk.send(page, COMPLETE, outcome="given", **{"record-kit-lot": "K-17"})

    assert "PRP + mesotherapy is done." in desk.follow(answer).text
    stands = again(session)
    assert (stands.status, stands.record, stands.counts) == (S.COMPLETED, {"kit-lot": "K-17"}, True)


def test_what_failed_is_due_again_and_the_desk_is_told(desk, session):
    answer = desk.send(asking(desk, session), COMPLETE, outcome="not_given", reason="Failed draw")

    assert "session 1 is due again" in desk.follow(answer).text
    assert Session.objects.filter(number=1, status=S.DUE).exists()


@pytest.mark.parametrize(("ticked", "counts"), [("on", True), (None, False)])
def test_what_was_partly_given_counts_if_the_box_is_ticked(desk, session, ticked, counts):
    typed = {"outcome": "partly", "reason": "Second tube clotted"} | ({"counts": ticked} if ticked else {})

    desk.post(reverse("session-complete", args=[session.uuid]), typed)

    assert again(session).counts is counts


def test_without_a_reason_the_field_says_so_and_nothing_is_done(desk, session):
    page = desk.send(asking(desk, session), COMPLETE, outcome="partly")

    assert page.status == 422
    assert "Say why the treatment was not, or only partly, given" in page.text
    assert again(session).status == S.BOOKED


def test_the_prescribed_harvest_site_is_offered():
    world = a_course_world()
    [session] = a_booked_course(
        world=world, protocol="svf-combination", sessions=1, harvest_site="inner_knee"
    )
    desk = Desk(a_user(clinic=world.clinic), now=during(session))

    page = asking(desk, session)

    assert page.form(COMPLETE).fields["record-harvest-site"] == ["inner_knee"]
    assert "Write down as well: Kit lot." in desk.send(page, COMPLETE, outcome="given").text


def test_what_is_over_has_no_such_page(desk, world, session):
    done(session, world)

    assert asking(desk, session).status == 302


def test_who_walked_in_stands_in_the_day_and_is_given_time():
    world = a_course_world()
    new = WalkIn(world.patient, world.session_types["consultation"])
    here = walk_in(new=new, by=world.reception, now=NOW)
    desk = Desk(a_user(clinic=world.clinic))

    page = desk.get("/")
    assert "Here without a time" in page.text
    assert "since 09:00" in page.text
    assert buttons(page) == ["Start", "Next free time", "Undo"]

    page = press(desk, "Next free time")
    assert "Here without a time" not in page.text
    assert "09:00 to 09:30" in page.text
    assert again(here).status == S.ARRIVED


def test_a_patient_is_put_on_the_sheet_from_their_page():
    world = a_course_world()
    desk = Desk(a_user(clinic=world.clinic))
    page = desk.get(reverse("book-session", args=[world.patient.uuid]))

    answer = desk.send(page, "Put them on today’s sheet")

    assert "Marit de Vries is here, without a time." in desk.follow(answer).text
    assert Session.objects.get().status == S.ARRIVED


def test_a_course_taken_up_without_a_time_is_shown_so(desk, world, session):
    patient = session.patient
    press(desk, "Missed")
    due = Session.objects.select_related("plan").get(number=1, status=S.DUE)
    walk_in(new=WalkIn(patient, session=due), by=world.reception, now=during(session))

    assert due.plan is not None
    assert "without a time" in desk.get(reverse("plan", args=[due.plan.uuid])).text
    assert desk.get(reverse("patient", args=[patient.uuid])).status == 200
