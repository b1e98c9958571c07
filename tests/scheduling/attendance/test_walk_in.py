"""Patients who are here without a time."""

from datetime import datetime, timedelta

import pytest

from clinic.errors import Refused, Unknown
from clinic.models import Change
from scheduling.attendance.attend import start
from scheduling.attendance.walk_in import HasATime, TimeAsked, WalkIn, give_time, walk_in
from scheduling.booking.reserve import TimeTaken
from scheduling.courses.states import StateForbids
from scheduling.models import Session
from tests.support.acts.attendance import S, again, claims_of, done, due_number
from tests.support.acts.courses import a_booked_course, away, everything_written, times_of
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import World, a_plan
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


def here(world: World, *, kind: str = "consultation", now: datetime = NOW, **said) -> Session:
    new = WalkIn(**{"patient": world.patient, "session_type": world.session_types[kind]} | said)
    return walk_in(new=new, by=world.reception, now=now)


def given(session: Session, world: World, *, now: datetime = NOW, **asked) -> Session:
    return give_time(session=session, asked=TimeAsked(**asked), by=world.reception, now=now)


def test_who_walks_in_has_arrived_and_claims_nothing(world):
    session = here(world)

    stands = again(session)
    assert (stands.status, stands.local_date, stands.arrived_at) == (S.ARRIVED, TODAY, NOW)
    assert (stands.site, stands.starts_at, stands.cast) == (world.site, None, [])
    assert (stands.version, stands.sequence) == (1, 0)
    assert claims_of(session) == []
    assert Change.objects.filter(object_uuid=session.uuid).exists()


def test_a_due_session_of_a_course_is_taken_up_by_who_walks_in(world):
    plan = a_plan(world=world)
    first = due_number(plan, 1)

    here(world, session=first)

    assert (again(first).status, again(first).local_date) == (S.ARRIVED, TODAY)
    assert due_number(plan, 2).target_on == TODAY + timedelta(days=14)
    assert Plan.objects.get().version == plan.version + 1


def test_the_same_due_session_is_taken_up_once(world):
    first = due_number(a_plan(world=world), 1)
    here(world, session=first)
    wrote = everything_written()

    assert here(world, session=first).pk == first.pk
    assert everything_written() == wrote


def test_a_session_that_is_not_next_is_not_taken_up(world):
    plan = a_plan(world=world)

    with pytest.raises(Refused) as refused:
        here(world, session=due_number(plan, 2))

    assert refused.value.code == "out_of_order"


def test_a_paused_course_is_not_gone_on_with(world):
    plan = a_plan(world=world)
    Plan.objects.update(state=PlanState.PAUSED)

    with pytest.raises(Refused) as refused:
        here(world, session=due_number(plan, 1))

    assert refused.value.code == "plan_not_active"


def test_a_booked_session_is_not_walked_in_for(world):
    with pytest.raises(StateForbids):
        here(world, session=a_booked_course(world=world)[0])


def test_another_patients_session_is_unknown(world):
    plan = a_plan(world=world, patient=a_patient(clinic=world.clinic))

    with pytest.raises(Unknown):
        here(world, session=due_number(plan, 1))


def test_who_walks_in_says_what_for(world):
    with pytest.raises(Refused) as refused:
        here(world, session_type=None)

    assert refused.value.code == "nothing_to_do"


def test_the_next_free_time_is_given_and_they_stay_arrived(world):
    session = here(world)

    given(session, world)

    stands = again(session)
    assert (stands.status, times_of(stands).starts_at) == (S.ARRIVED, NOW)
    assert len(claims_of(session)) == 3
    assert (stands.version, stands.sequence) == (2, 0)


def test_a_named_time_and_practitioner_are_given(world):
    starts_at = NOW + timedelta(hours=3)

    stands = given(here(world), world, starts_at=starts_at, practitioner=world.doctors[1])

    assert stands.starts_at == starts_at
    assert world.doctors[1].name in {part["name"] for part in stands.cast}


def test_when_everybody_is_away_there_is_nothing_to_give(world):
    away(world, *world.doctors, first=TODAY)

    with pytest.raises(TimeTaken):
        given(here(world), world)


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        (NOW - timedelta(minutes=5), "starts_in_the_past"),
        (NOW + timedelta(days=1), "not_today"),
        (NOW + timedelta(hours=12), "outside_hours"),
        (NOW + timedelta(minutes=2), "start_not_on_a_cell"),
    ],
)
def test_a_time_that_cannot_be_given_is_refused(world, starts_at, code):
    session = here(world)

    with pytest.raises(Refused) as refused:
        given(session, world, starts_at=starts_at)

    assert refused.value.code == code
    assert again(session).starts_at is None


def test_a_time_is_given_once(world):
    session = given(here(world), world)

    with pytest.raises(HasATime):
        given(session, world)


def test_who_is_not_here_is_given_no_time(world):
    with pytest.raises(StateForbids):
        given(a_booked_course(world=world)[0], world)


def test_who_walked_in_is_treated_with_or_without_a_time(world):
    session = here(world)

    start(session=session, by=world.reception, now=NOW)
    stands = done(session, world, now=NOW)

    assert (stands.status, stands.finished_at) == (S.COMPLETED, NOW)
