"""Time that an act gave back is not taken from whoever has it by now, nor from leave entered since."""

from datetime import timedelta

import pytest

from clinic.hours.busy_elsewhere import NewBusyTime, note_busy
from clinic.models import Resource
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.diaries.integrity import flaws
from scheduling.models import CourseAct, FreedTime, Session
from tests.support.acts.absences import closed, leave_of
from tests.support.acts.courses import everything_written, times_of
from tests.support.acts.moves import move, whole
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.undoing.picture import picture, undone
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

ENDING = Ending(reason="Moves away")
SINCE = NOW + timedelta(minutes=1)
DAY = timedelta(days=1)


def cancelled(world: World, session: Session) -> None:
    cancel_session(session=session, ending=ENDING, by=world.reception, now=NOW)


def cancelling(session: Session) -> CourseAct:
    """The act that cancelled it."""
    return CourseAct.objects.select_related("patient", "plan", "session").get(session=session)


def refusal(world: World, session: Session) -> TimeTaken:
    """Why its cancellation is not undone; nothing is written."""
    before, stood = everything_written(), picture()
    with pytest.raises(TimeTaken) as taken:
        undone(world, cancelling(session), now=SINCE)
    assert (everything_written(), picture()) == (before, stood)
    assert list(flaws()) == []
    return taken.value


def doctor_of(world: World, session: Session) -> Resource:
    return next(doctor for doctor in world.doctors if doctor.name == session.lead)


def test_time_that_somebody_else_booked_since_stays_theirs(world, course):
    session = course[1]
    cancelled(world, session)
    other = a_patient(clinic=world.clinic, family_name="Bakker")
    doctor, kind = doctor_of(world, session), world.session_types["consultation"]
    # The doctor treats at the end of the session.
    starts_at = times_of(session).ends_at - timedelta(minutes=15)
    wanted = SingleSession(other, kind, starts_at, practitioner=doctor)
    book_session(wanted=wanted, by=world.reception, now=SINCE)

    taken = refusal(world, course[1])

    assert taken.code == "time_taken"
    assert doctor.name in [one["resource"]["name"] for one in taken.details["taken"]]


def test_leave_entered_since_keeps_the_session_off(world, course):
    cancelled(world, course[1])
    doctor, on = doctor_of(world, course[1]), times_of(course[1]).starts_at
    leave_of(world, doctor, starts=on - DAY, ends=on + DAY, now=SINCE)

    taken = refusal(world, course[1])

    assert f"{doctor.name} is away then" in taken.sentence


def test_who_is_busy_elsewhere_since_keeps_the_session_off(world, course):
    cancelled(world, course[1])
    doctor, on = doctor_of(world, course[1]), times_of(course[1]).starts_at
    note_busy(new=NewBusyTime(doctor, "roster-1", on - DAY, on + DAY), by=world.owner, now=SINCE)

    taken = refusal(world, course[1])

    assert f"{doctor.name} is away then" in taken.sentence


def test_a_closure_entered_since_at_the_same_instant_keeps_it_off(world, course):
    cancelled(world, course[1])
    on = times_of(course[1]).starts_at
    closed(world, starts=on - DAY, ends=on + DAY)

    taken = refusal(world, course[1])

    assert f"{world.site.name} is shut then" in taken.sentence


def test_leave_that_was_there_before_the_act_is_no_news(world, course):
    doctor, on = doctor_of(world, course[1]), times_of(course[1]).starts_at
    leave_of(world, doctor, starts=on - DAY, ends=on + DAY)
    before = picture()
    move(world, course[1], days=3)

    undone(world)

    assert picture()["claims"] == before["claims"]
    assert whole(course[1]).starts_at == on


def test_leave_of_somebody_else_is_in_nobodys_way(world, course):
    cancelled(world, course[1])
    on = times_of(course[1]).starts_at
    [other] = [doctor for doctor in world.doctors if doctor.name != course[1].lead]
    leave_of(world, other, starts=on - DAY, ends=on + DAY, now=SINCE)

    undone(world, cancelling(course[1]), now=SINCE)

    assert whole(course[1]).starts_at == on


def test_time_that_is_taken_back_is_offered_to_nobody(world, course):
    cancelled(world, course[1])
    assert FreedTime.objects.filter(act=cancelling(course[1])).exists()

    undone(world)

    assert not FreedTime.objects.exists()
