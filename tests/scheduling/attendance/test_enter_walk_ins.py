"""Of a day on paper: who came without a time, and what the sheet says otherwise than it was planned."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.errors import Unknown
from scheduling.attendance.completion import Completion
from scheduling.attendance.enter_day import WalkInLine
from scheduling.models import Session
from tests.support.acts.attendance import S, again, due_number
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.builders import a_patient
from tests.support.paper.lines import DAY, EVENING, ON, a_consultation, at, codes, entered, line
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db


def test_who_came_for_their_course_without_a_time_moves_it_on(world):
    plan = a_plan(world=world)
    due = due_number(plan, 1)

    said = entered(
        world,
        WalkInLine(world.patient, at(15), session=due, practitioner=world.doctors[0]),
        now=EVENING + 3 * DAY,
    )

    assert codes(said) == [""]
    session = again(due)
    assert (session.status, session.local_date, session.counts) == (S.COMPLETED, ON, True)
    assert session.finished_at == at(15) + timedelta(minutes=session.session_type.patient_minutes)
    assert {part["name"] for part in session.used} == {"Dr Osei"}
    assert due_number(plan, 2).target_on == ON + 14 * DAY


def test_who_stands_on_the_day_already_is_not_entered_as_another(world):
    kind, bo = world.session_types["consultation"], a_patient(clinic=world.clinic, given_name="Bo")
    entered(world, WalkInLine(bo, at(11), kind))

    said = entered(world, WalkInLine(bo, at(14), kind))

    assert codes(said) == ["entered_already"]
    assert Session.objects.filter(patient=bo).count() == 1


def test_what_was_done_is_asked_for_no_rest(world):
    """It was given, a day after another course or not: the sheet is a record."""
    first = a_booked_course(world=world)[0]
    entered(world, line(first))
    kind = world.session_types["mesotherapy"]

    said = entered(world, WalkInLine(world.patient, at(9) + DAY, kind), on=ON + DAY, now=EVENING + DAY)

    assert codes(said) == [""]


def test_who_came_is_entered_by_the_clock_of_the_site_and_not_before(world):
    kind = world.session_types["consultation"]

    said = entered(world, WalkInLine(world.patient, EVENING + timedelta(hours=1), kind))

    assert codes(said) == ["not_yet"]
    assert not Session.objects.exists()


def test_another_clinics_rows_are_unknown_on_every_line(world):
    other = a_course_world()
    theirs = a_consultation(other)
    kind, due = world.session_types["consultation"], due_number(a_plan(world=other), 1)
    before = everything_written()

    said = entered(
        world,
        line(theirs),
        line(theirs, None),
        WalkInLine(theirs.patient, at(11), kind),
        WalkInLine(world.patient, at(11), other.session_types["consultation"]),
        WalkInLine(world.patient, at(11), session=due),
        WalkInLine(world.patient, at(11), kind, practitioner=other.doctors[0]),
    )

    assert all(code.startswith("unknown_") for code in codes(said))
    with pytest.raises(Unknown):
        entered(world, line(theirs), site=other.site)
    assert everything_written() == before


def test_times_and_who_treated_stand_as_the_sheet_says(world):
    first = a_booked_course(world=world)[0]
    late = replace(Completion(), arrived_at=at(9, 20), finished_at=at(9, 55))

    entered(world, line(first, late, practitioner=world.doctors[1]), now=EVENING + DAY)

    session = again(first)
    assert (session.arrived_at, session.finished_at) == (at(9, 20), at(9, 55))
    assert {part["name"] for part in session.used if part["role"] in first.lead_roles} == {"Dr Lindqvist"}
    assert first.patient.care.filter(practitioner=world.doctors[1]).exists()


@pytest.mark.parametrize(
    ("came", "left"),
    [
        (at(9, 30), at(9)),
        (at(9) - DAY, None),
        (EVENING + timedelta(minutes=1), None),
        (None, EVENING + timedelta(hours=1)),
    ],
)
def test_times_that_cannot_be_are_refused(world, came, left):
    one = a_consultation(world)
    said = Completion(arrived_at=came, finished_at=left)

    assert codes(entered(world, line(one, said))) == ["times_impossible"]
    assert again(one).status == S.BOOKED


def test_of_a_day_gone_by_what_nobody_said_is_as_planned(world):
    one, late = a_consultation(world), a_consultation(world, minutes=120)

    entered(world, line(one), line(late, Completion(arrived_at=at(11, 45))), now=EVENING + 2 * DAY)

    assert (again(one).arrived_at, again(one).finished_at) == (one.starts_at, one.ends_at)
    assert again(late).finished_at == at(12, 15)
