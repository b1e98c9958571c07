"""Two desks at one session at the same moment: one act, one repeat, and nothing torn."""

from datetime import timedelta

import pytest

from scheduling.attendance.attend import arrive, complete, miss
from scheduling.attendance.completion import Completion
from scheduling.attendance.undo import undo
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Outcome, Session
from tests.support.acts.attendance import S, during
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.builders import a_patient
from tests.support.database.rivals import outcomes
from tests.support.worlds import a_course_world
from treatments.models import Plan

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DESKS = 6
FAILED = Completion(Outcome.NOT_GIVEN, reason="Failed draw")


def test_a_patient_arrives_once_however_many_desks_say_so():
    world = a_course_world()
    session = a_booked_course(world=world)[0]

    said = outcomes([lambda: arrive(session=session, by=world.reception, now=during(session))] * DESKS)

    stands = Session.objects.get(pk=session.pk)
    assert said == ["done"] * DESKS
    assert (stands.status, stands.version) == (S.ARRIVED, session.version + 1)


def test_a_failed_session_is_due_once_however_many_desks_complete_it():
    world = a_course_world()
    session = a_booked_course(world=world)[0]

    def finish() -> object:
        return complete(session=session, completion=FAILED, by=world.reception, now=during(session))

    said = outcomes([finish] * DESKS)

    assert said == ["done"] * DESKS
    assert Session.objects.filter(plan=session.plan, number=1, status=S.DUE).count() == 1


def test_an_act_is_undone_once_however_many_desks_undo_it():
    world = a_course_world()
    session = a_booked_course(world=world)[0]
    complete(session=session, completion=FAILED, by=world.reception, now=during(session))

    said = outcomes([lambda: undo(session=session, by=world.reception, now=during(session))] * DESKS)

    # Whoever waited for the first finds it undone; whoever came later, nothing to undo.
    assert said.count("done") == 1
    assert set(said) <= {"done", "undo_over", "nothing_to_undo"}
    assert not Session.objects.filter(status=S.DUE).exists()


def test_of_completing_and_missing_one_is_done():
    world = a_course_world()
    session = a_booked_course(world=world)[0]

    def finish() -> object:
        return complete(session=session, completion=FAILED, by=world.reception, now=during(session))

    def give_up() -> object:
        return miss(session=session, by=world.reception, now=during(session))

    said = outcomes([finish, give_up] * (DESKS // 2))

    assert set(said) == {"done", "state_forbids"}
    assert Session.objects.filter(plan=session.plan, number=1, status=S.DUE).count() == 1


def test_sessions_of_one_course_are_attended_at_once_without_a_lost_version():
    world = a_course_world()
    course = a_booked_course(world=world)
    version = Plan.objects.get().version

    said = outcomes(
        [
            lambda session=session: complete(  # type: ignore[misc]  # bound now, not later
                session=session, completion=FAILED, by=world.reception, now=during(session)
            )
            for session in course
        ]
    )

    assert said == ["done"] * len(course)
    assert Plan.objects.get().version == version + len(course)
    assert Session.objects.filter(status=S.DUE).count() == len(course)


def test_time_that_was_given_back_goes_to_one_of_two():
    world = a_course_world()
    session = a_booked_course(world=world)[0]
    starts_at = times_of(session).starts_at
    miss(session=session, by=world.reception, now=starts_at)
    kind = world.session_types["mesotherapy"]
    for doctor in world.doctors:
        if doctor.name not in {part["name"] for part in session.cast}:
            patient = a_patient(clinic=world.clinic, family_name=doctor.name)
            at = starts_at + timedelta(minutes=15)
            book_session(
                wanted=SingleSession(patient, kind, at, practitioner=doctor),
                by=world.reception,
                now=starts_at,
            )
    rival = SingleSession(a_patient(clinic=world.clinic), kind, starts_at + timedelta(minutes=15))

    said = outcomes(
        [
            lambda: undo(session=session, by=world.reception, now=during(session)),
            lambda: book_session(wanted=rival, by=world.reception, now=starts_at),
        ]
    )

    assert sorted(said) == ["done", "time_taken"]
