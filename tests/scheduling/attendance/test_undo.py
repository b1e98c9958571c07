"""Undoing the last act at the desk: what stood before it stands again."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduling.attendance.attend import miss
from scheduling.attendance.undo import NothingToUndo, undo
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.courses.states import SessionAct
from scheduling.models import Claim, Outcome, Session, Wait
from scheduling.undoing.as_left import UndoOver
from tests.support.acts.attendance import ACTS, S, again, claims_of, done, due_number, during
from tests.support.acts.courses import a_booked_course, everything_written, times_of
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db

STAMPS = {"version", "changed_at", "sequence"}


def undone(session: Session, world: World, *, hours: float = 0) -> Session:
    return undo(session=session, by=world.reception, now=during(session) + timedelta(hours=hours))


def facts(session: Session) -> dict[str, Any]:
    """All that is said of the session but for when it was said."""
    row = Session.objects.filter(pk=session.pk).values().get()
    return {name: value for name, value in row.items() if name not in STAMPS}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_that_is_undone_was_never_done(world, course, act):
    session = course[0]
    before, claims, sessions = facts(session), claims_of(session), Session.objects.count()
    ACTS[act](session, world)

    undone(session, world)

    assert facts(session) == before
    assert claims_of(session) == claims
    assert Session.objects.count() == sessions
    assert again(session).version == session.version + 2
    assert again(session).sequence == session.sequence


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_undone_once(world, course, act):
    ACTS[act](course[0], world)
    undone(course[0], world)
    wrote = everything_written()

    with pytest.raises(NothingToUndo):
        undone(course[0], world)

    assert everything_written() == wrote


def test_only_the_last_act_is_undone(world, course):
    for act in (SessionAct.ARRIVE, SessionAct.START, SessionAct.COMPLETE):
        ACTS[act](course[0], world)

    assert undone(course[0], world).status == S.IN_TREATMENT
    with pytest.raises(NothingToUndo):
        undone(course[0], world)


def test_on_the_next_day_nothing_is_undone(world, course):
    ACTS[SessionAct.ARRIVE](course[0], world)

    with pytest.raises(NothingToUndo):
        undone(course[0], world, hours=24)


def test_the_day_is_the_sites_own():
    world = a_course_world(zone="Pacific/Auckland", country="NZ")
    session = a_booked_course(world=world)[0]
    ACTS[SessionAct.ARRIVE](session, world)

    assert during(session).astimezone(NOW.tzinfo).date() != during(session).astimezone(world.site.tz).date()
    assert undone(session, world, hours=6).status == S.BOOKED


def a_wait(session: Session, *, since: datetime) -> Wait:
    return Wait.objects.create(
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        session=session,
        session_type=session.session_type,
        created_at=since,
    )


def test_what_failed_by_mistake_stands_for_its_number_again(world, course):
    done(course[1], world, outcome=Outcome.NOT_GIVEN)

    undone(course[1], world)

    assert not Session.objects.filter(status=S.DUE).exists()
    assert again(course[1]).counts


def test_a_repeat_that_somebody_waits_for_is_not_taken_away(world, course):
    done(course[1], world, outcome=Outcome.NOT_GIVEN)
    repeat = due_number(course[1].plan, 2)
    a_wait(repeat, since=repeat.created_at)

    with pytest.raises(UndoOver):
        undone(course[1], world)


def test_who_waited_for_an_earlier_time_waits_for_the_repeat_and_again_for_the_session(world, course):
    wait = a_wait(course[1], since=NOW)

    done(course[1], world, outcome=Outcome.NOT_GIVEN)
    waits_for_repeat = Wait.objects.get(pk=wait.pk).session
    undone(course[1], world)

    assert (waits_for_repeat.number, waits_for_repeat.attempt) == (2, 2)
    assert Wait.objects.get(pk=wait.pk).session == course[1]


def test_a_completed_course_goes_on_when_its_last_session_was_not_done(world, course):
    for session in course:
        done(session, world)
    assert Plan.objects.get().state == PlanState.COMPLETED

    undone(course[-1], world)

    assert Plan.objects.get().state == PlanState.ACTIVE


def test_a_miss_is_not_undone_once_somebody_has_the_time(world, course):
    session = course[0]
    miss(session=session, by=world.reception, now=times_of(session).starts_at)
    wanted = SingleSession(session.patient, world.session_types["consultation"], times_of(session).starts_at)
    book_session(wanted=wanted, by=world.reception, now=times_of(session).starts_at)

    with pytest.raises(TimeTaken) as taken:
        undone(session, world)

    assert str(session.patient) in [one["resource"]["name"] for one in taken.value.details["taken"]]
    assert again(session).status == S.MISSED


def test_who_did_not_come_after_all_is_missed_again(world, course):
    session = course[0]
    ACTS[SessionAct.MISS](session, world)
    ACTS[SessionAct.ARRIVE](session, world)

    undone(session, world)

    assert (again(session).status, claims_of(session)) == (S.MISSED, [])
    assert due_number(session.plan, 1).attempt == 2


def test_what_a_person_chose_is_chosen_still_after_a_miss_is_undone(world):
    wanted = SingleSession(
        world.patient,
        world.session_types["consultation"],
        NOW + timedelta(hours=2),
        practitioner=world.doctors[1],
    )
    session = book_session(wanted=wanted, by=world.reception, now=NOW)
    ACTS[SessionAct.MISS](session, world)

    undone(session, world)

    chosen = Claim.objects.filter(session=session, asked_for=True)
    assert set(chosen.values_list("diary_id", flat=True)) == {world.doctors[1].diary_id}


def test_who_never_walked_in_is_not_here(world):
    alone = WalkIn(world.patient, world.session_types["consultation"])
    of_course = WalkIn(world.patient, session=due_number(a_plan(world=world), 1))
    here = [walk_in(new=new, by=world.reception, now=NOW) for new in (alone, of_course)]

    stand = [undo(session=session, by=world.reception, now=NOW).status for session in here]

    assert stand == [S.CANCELLED, S.DUE]


def test_what_another_session_has_overtaken_is_not_put_back(world, course):
    """The first had failed too, and got a date after the second while that did not count."""
    first, second = course[0], course[1]
    days_later = during(second) + timedelta(days=5)
    done(first, world, outcome=Outcome.NOT_GIVEN)
    done(second, world, outcome=Outcome.NOT_GIVEN, now=days_later)
    late = Elsewhere(times_of(second).on + timedelta(days=2), "Clinic at Utrecht")
    record_elsewhere(session=due_number(first.plan, 1), done=late, by=world.reception, now=days_later)

    with pytest.raises(UndoOver):
        undone(second, world, hours=5 * 24)

    assert again(second).counts is False
