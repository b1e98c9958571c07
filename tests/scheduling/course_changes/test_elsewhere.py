"""Sessions done elsewhere: they count, hold no time here, and move the windows after them."""

from datetime import date, timedelta

import pytest

from clinic.errors import Refused, Unknown
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.courses.prescribe import prescribe_course
from scheduling.courses.states import StateForbids
from scheduling.models import Claim, Message, MessageState, Session, SessionStatus
from tests.support.acts.courses import a_booked_course, everything_written, offers
from tests.support.acts.rhythm import as_it_is, assert_rhythm, give
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan, PlanState
from treatments.prescribing import Prescription

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TODAY = NOW.date()
UTRECHT = "Clinic at Utrecht"


@pytest.fixture
def due(world) -> list[Session]:
    return list(a_plan(world=world).sessions.order_by("number"))


def record(world: World, session: Session, *, on: date = TODAY - 10 * DAY, place: str = UTRECHT) -> Session:
    return record_elsewhere(session=session, done=Elsewhere(on, place), by=world.reception, now=NOW)


def refusal(world: World, session: Session, **said) -> str:
    before = everything_written()
    with pytest.raises(Refused) as refused:
        record(world, session, **said)
    assert everything_written() == before
    return refused.value.code


def test_a_session_done_elsewhere_counts_and_has_no_time_here(world, due):
    record(world, due[0])

    first = Session.objects.get(pk=due[0].pk)
    assert (first.status, first.outcome, first.counts) == (SessionStatus.COMPLETED, "given", True)
    assert (first.is_done_elsewhere, first.done_at) == (True, UTRECHT)
    assert (first.local_date, first.starts_at, first.site_id) == (TODAY - 10 * DAY, None, None)
    assert not Claim.objects.exists()


def test_windows_are_counted_from_its_date(world, due):
    record(world, due[0])

    assert Session.objects.get(pk=due[1].pk).target_on == TODAY + 4 * DAY
    assert_rhythm(due[0].plan)


def test_the_rest_is_found_calendars(world, due):
    record(world, due[0])

    assert [placed.number for placed in offers(plan=as_it_is(due[0].plan))[0].sessions] == [2, 3, 4]


def test_time_that_it_had_here_is_given_back(world):
    course = a_booked_course(world=world)

    record(world, course[0], on=TODAY)

    first = Session.objects.get(pk=course[0].pk)
    assert (first.cast, first.sequence) == ([], course[0].sequence + 1)
    assert not Claim.objects.filter(session=first).exists()
    waiting = Message.objects.filter(state=MessageState.WAITING).values_list("session__number", flat=True)
    assert set(waiting) == {2, 3, 4}


def test_recording_it_twice_changes_nothing(world, due):
    record(world, due[0])
    before = everything_written()

    record(world, due[0], place="Another")

    assert everything_written() == before


def test_a_whole_course_done_elsewhere_is_completed(world, due):
    for weeks, session in enumerate(due):
        record(world, session, on=TODAY - (70 - 14 * weeks) * DAY)

    plan = as_it_is(due[0].plan)
    assert plan.state == PlanState.COMPLETED
    record(world, due[3])


def test_a_date_to_come_and_no_place_are_refused_together(world, due):
    with pytest.raises(Refused) as refused:
        record(world, due[0], on=TODAY + DAY, place=" ")

    assert [problem.code for problem in refused.value.problems] == ["done_in_the_future", "place_missing"]


def test_a_place_is_a_line(world, due):
    assert refusal(world, due[0], place="x" * 201) == "place_too_long"


def test_sessions_are_recorded_in_their_order_on_different_days(world, due):
    assert refusal(world, due[1]) == "out_of_order"
    record(world, due[0])

    assert refusal(world, due[1], on=TODAY - 10 * DAY) == "out_of_order"
    assert refusal(world, due[1], on=TODAY - 11 * DAY) == "out_of_order"


def test_what_was_given_here_was_not_given_elsewhere(world):
    course = a_booked_course(world=world)
    give(course[0])

    assert refusal(world, course[0]) == "done_here"


def test_who_is_here_is_not_elsewhere(world):
    course = a_booked_course(world=world)
    Session.objects.filter(pk=course[0].pk).update(status=SessionStatus.ARRIVED)

    with pytest.raises(StateForbids):
        record(world, course[0])


def test_a_session_without_a_course_counts_for_nothing(world):
    session = book_session(
        wanted=SingleSession(world.patient, world.session_types["consultation"], NOW + DAY),
        by=world.reception,
        now=NOW,
    )

    assert refusal(world, session) == "not_of_a_course"


def test_another_clinics_session_is_unknown(due):
    with pytest.raises(Unknown):
        record(a_course_world(), due[0])


def test_a_course_begun_elsewhere_says_so_when_it_is_prescribed(world):
    done = [Elsewhere(TODAY - 24 * DAY, UTRECHT), Elsewhere(TODAY - 10 * DAY, UTRECHT)]

    plan = begun(world, done)

    rows = list(Session.objects.filter(plan=plan).order_by("number"))
    assert [row.status for row in rows] == ["completed", "completed", "due", "due"]
    assert [row.local_date for row in rows[:2]] == [one.on for one in done]
    assert rows[2].target_on == TODAY + 4 * DAY
    assert_rhythm(plan)


@pytest.mark.parametrize(
    ("days_ago", "code"),
    [((10, 10), "out_of_order"), ((-1,), "done_in_the_future"), ((50, 40, 30, 20, 10), "fewer_than_done")],
)
def test_a_course_begun_elsewhere_is_checked_before_anything_is_written(world, days_ago, code):
    before = everything_written()

    with pytest.raises(Refused) as refused:
        begun(world, [Elsewhere(TODAY - days * DAY, UTRECHT) for days in days_ago])

    assert refused.value.code == code
    assert everything_written() == before


def begun(world: World, done: list[Elsewhere]) -> Plan:
    prescription = Prescription(world.patient, world.protocols["prp-mesotherapy"], session_count=4)
    return prescribe_course(prescription=prescription, done=done, by=world.reception, now=NOW)
