"""How courses keep their windows: one course, the whole clinic, and what waits to be booked."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.errors import Refused
from clinic.identity.actors import Role
from clinic.people.care import take_into_care
from scheduling.models import Session, SessionStatus
from scheduling.reports.adherence import clinic_adherence, course_adherence, to_be_booked
from scheduling.reports.deviation import Tally, Timing, deviation_of, missed, tally_of
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_patient, an_actor
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world, a_plan
from treatments.cadence import Window
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
FIRST_ON, LAST_ON = TODAY - timedelta(days=400), TODAY + timedelta(days=400)


def went(session: Session, *, off: int = 0, status: str = SessionStatus.COMPLETED, **fields) -> Session:
    """The session was done elsewhere so many days off its target, or missed: it holds no time here."""
    assert session.target_on is not None
    fields = {"is_done_elsewhere": True, **fields}
    Session.objects.filter(pk=session.pk).update(
        status=status, local_date=session.target_on + timedelta(days=off), **fields
    )
    session.refresh_from_db()
    return session


def treatments(plan: Plan) -> list[Session]:
    return list(Session.objects.filter(plan=plan, kind="treatment").order_by("number"))


def a_course_that_went(world: World, offs: list[int], *, misses: int = 0, **prescribed) -> Plan:
    plan = a_plan(world=world, **prescribed)
    for session, off in zip(treatments(plan), offs, strict=False):
        went(session, off=off)
    for session in treatments(plan)[len(offs) : len(offs) + misses]:
        went(session, status=SessionStatus.MISSED, is_done_elsewhere=False)
    return plan


def test_each_session_says_how_many_days_it_was_off(world):
    plan = a_course_that_went(world, [0, -5, 6], misses=1)

    found = course_adherence(plan=plan)

    told = [
        (one.deviation.timing, one.deviation.days_outside, one.deviation.days_off_target)
        for one in found.sessions
    ]
    assert told == [
        (Timing.ON_TIME, 0, 0),
        (Timing.EARLY, -2, -5),
        (Timing.LATE, 2, 6),
        (Timing.MISSED, None, None),
    ]
    assert found.tally == Tally(early=1, on_time=1, late=1, missed=1, days_off_target=11)
    assert found.tally.share_on_time == 0.25
    assert found.tally.mean_days_off_target == pytest.approx(11 / 3)


def test_what_is_booked_or_due_or_does_not_count_is_not_measured(world):
    booked = a_booked_course(world=world)
    failed = a_course_that_went(world, [0], patient=a_patient(clinic=world.clinic))
    Session.objects.filter(plan=failed, status=SessionStatus.COMPLETED).update(counts=False)

    assert booked[0].plan is not None
    assert course_adherence(plan=booked[0].plan).tally == Tally()
    assert course_adherence(plan=failed).sessions == ()


def test_the_database_counts_as_the_pure_room_does(world):
    plans = [
        a_course_that_went(world, [0, -4, 5, 30], patient=a_patient(clinic=world.clinic)),
        a_course_that_went(world, [2, -30], misses=2, patient=a_patient(clinic=world.clinic)),
        a_course_that_went(world, [4, 4, 4], patient=a_patient(clinic=world.clinic)),
    ]

    found = clinic_adherence(by=world.owner, first_on=FIRST_ON, last_on=LAST_ON)

    expected = []
    for session in Session.objects.filter(plan__in=plans).exclude(status=SessionStatus.DUE):
        assert session.earliest_on
        assert session.target_on
        assert session.latest_on
        assert session.local_date
        window = Window(session.earliest_on, session.target_on, session.latest_on)
        is_missed = session.status == SessionStatus.MISSED
        expected.append(missed() if is_missed else deviation_of(window=window, on=session.local_date))
    assert found.tally == tally_of(expected)
    assert found.tally.counted == 11


def test_the_clinics_report_is_by_protocol(world):
    a_course_that_went(world, [0, 0])
    a_course_that_went(world, [9], protocol="mesotherapy")

    found = clinic_adherence(by=world.owner, first_on=FIRST_ON, last_on=LAST_ON)

    assert [(one.key, one.tally.counted) for one in found.protocols] == [
        ("mesotherapy", 1),
        ("prp-mesotherapy", 2),
    ]
    assert found.tally.counted == 3


def test_only_sessions_on_those_dates_are_counted(world):
    plan = a_course_that_went(world, [0, 0])
    first, second, *_ = treatments(plan)
    assert first.local_date is not None
    assert second.local_date is not None

    found = clinic_adherence(by=world.owner, first_on=first.local_date, last_on=first.local_date)
    both = clinic_adherence(by=world.owner, first_on=first.local_date, last_on=second.local_date)

    assert (found.tally.counted, both.tally.counted) == (1, 2)


def test_a_reversed_stretch_is_refused(world):
    with pytest.raises(Refused) as refusal:
        clinic_adherence(by=world.owner, first_on=TODAY, last_on=TODAY - timedelta(days=1))

    assert refusal.value.code == "horizon_reversed"


def test_reports_take_one_query_each_however_many_sessions(world, django_assert_num_queries):
    plan = a_course_that_went(world, [0, 1, 2])
    a_course_that_went(world, [0, 1, 2], patient=a_patient(clinic=world.clinic))
    a_course_that_went(world, [3], protocol="mesotherapy", patient=a_patient(clinic=world.clinic))

    with django_assert_num_queries(1):
        clinic_adherence(by=world.owner, first_on=FIRST_ON, last_on=LAST_ON)
    with django_assert_num_queries(1):
        course_adherence(plan=plan)


def test_a_practitioner_sees_the_figures_of_their_own_patients(world):
    own, other = a_patient(clinic=world.clinic), a_patient(clinic=world.clinic)
    a_course_that_went(world, [0], patient=own, prescribed_by=world.doctors[1])
    a_course_that_went(world, [0, 0], patient=other, prescribed_by=world.doctors[0])
    by = an_actor(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=world.doctors[1])

    found = clinic_adherence(by=by, first_on=FIRST_ON, last_on=LAST_ON)

    assert found.tally.counted == 1


def test_another_clinics_sessions_are_not_counted(world):
    theirs = a_course_world(zone="Europe/Lisbon")
    a_course_that_went(theirs, [0, 0])

    found = clinic_adherence(by=world.owner, first_on=FIRST_ON, last_on=LAST_ON)

    assert (found.protocols, found.tally) == ((), Tally())


def in_order(world: World) -> list[Session]:
    rows: Any = to_be_booked(by=world.reception)
    return list(rows.order_by("due_by", "uuid"))


def due_by(world: World) -> list[Any]:
    return [session.latest_on for session in in_order(world)]


def test_what_is_due_comes_by_its_latest_date_so_overdue_first(world):
    a_plan(world=world, now=NOW - timedelta(days=90))
    a_plan(world=world, patient=a_patient(clinic=world.clinic))

    found = due_by(world)

    assert len(found) == 8
    assert found == sorted(found)
    assert found[0] < TODAY


@pytest.mark.parametrize("state", [PlanState.PAUSED, PlanState.STOPPED, PlanState.COMPLETED])
def test_nothing_of_a_course_that_does_not_run_is_to_be_booked(world, state):
    plan = a_plan(world=world)
    Plan.objects.filter(pk=plan.pk).update(state=state)

    assert due_by(world) == []


def test_what_is_booked_is_to_be_booked_no_more(world):
    a_booked_course(world=world)

    assert due_by(world) == []


def test_a_practitioner_books_for_their_own_patients(world):
    plan = a_plan(world=world, prescribed_by=world.doctors[0])
    a_plan(world=world, patient=a_patient(clinic=world.clinic), prescribed_by=world.doctors[1])
    take_into_care(patient=world.patient, practitioner_ids=[world.doctors[0].pk], now=NOW)

    found = to_be_booked(by=world.doctor)

    assert {session.plan_id for session in found} == {plan.pk}


def test_the_rows_show_without_a_query_each(world, django_assert_num_queries):
    a_plan(world=world)

    with django_assert_num_queries(1):
        for session in in_order(world):
            assert session.plan is not None
            assert all((session.patient, session.plan.protocol, session.session_type))
