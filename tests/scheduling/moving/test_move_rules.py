"""What stands against a move, who may set it aside, and what is not moved at all."""

from dataclasses import replace
from datetime import datetime

import pytest

from clinic.errors import ClinicError, Conflict, NotAllowed, Refused, Unknown
from clinic.identity.actors import Actor, Role
from clinic.models import Clinic
from scheduling.attendance.attend import arrive
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.courses.states import StateForbids
from scheduling.models import Session, SessionStatus
from scheduling.moving.move import move_session, move_sessions, preview_move
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, RippleAsked
from tests.support.acts.attendance import during
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.acts.moves import DAY, codes, later, move, numbers, plan_of, preview, whole
from tests.support.builders import a_patient, an_actor
from tests.support.cast import NOW
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(world) -> list[Session]:
    """Five treatments, two weeks apart, on Mondays."""
    return a_booked_course(world=world, sessions=5)


def test_moved_alone_it_says_which_windows_it_breaks(world, course):
    ripple = preview(world, course[1], days=4, alone=True)

    assert numbers(ripple.moved) == [2]
    assert codes(ripple) == {"outside_window"}
    assert "Session 3" in ripple.problems[0].sentence


def test_the_desk_sets_a_window_aside_with_a_reason_and_both_are_kept(world, course):
    with pytest.raises(Refused):
        move(world, course[1], days=4, alone=True)

    move(world, course[1], days=4, alone=True, reason="The patient is at a wedding")

    waived = Session.objects.get(pk=course[2].pk).waived
    assert [(entry["code"], entry["reason"]) for entry in waived] == [
        ("outside_window", "The patient is at a wedding")
    ]


def test_far_outside_its_window_only_a_practitioner_puts_a_session(world, course):
    ripple = preview(world, course[1], days=10, alone=True)
    session, terms = whole(course[1]), MoveTerms(reason="Agreed")

    with pytest.raises(Refused) as refused:
        move_session(session=session, ripple=ripple, terms=terms, by=world.reception, now=NOW)
    moved = move_session(session=session, ripple=ripple, terms=terms, by=world.doctor, now=NOW)

    assert {"far_outside_window"} == {problem.code for problem in refused.value.problems} & {
        "far_outside_window"
    }
    assert [one.number for one in moved] == [2]


def test_a_window_that_was_set_aside_before_is_not_asked_about_again(world, course):
    move(world, course[1], days=4, alone=True, reason="The patient is at a wedding")

    moved = move(world, course[4], days=1)

    assert [one.number for one in moved] == [5]


def test_taken_time_is_refused_with_who_has_it(world, course):
    other = a_patient(clinic=world.clinic, given_name="Ines", email="ines@patients.example")
    at = later(course[1], 3)
    for doctor in world.doctors:
        session = SingleSession(other, world.session_types["consultation"], at, practitioner=doctor)
        book_session(wanted=session, by=world.reception, now=NOW)
        other = a_patient(clinic=world.clinic, given_name="Ben", email="ben@patients.example")

    with pytest.raises(TimeTaken) as taken:
        preview(world, course[1], days=3)

    assert {one["resource"]["name"] for one in taken.value.details["taken"]} >= {"Dr Osei", "Dr Lindqvist"}


def test_moves_into_the_past_or_off_the_grid_of_cells_are_refused(world, course):
    session = whole(course[1])

    def refusal(starts_at: datetime) -> str:
        with pytest.raises(Refused) as refused:
            preview_move(
                session=session,
                to=Destination(starts_at),
                asked=RippleAsked(),
                by=world.reception,
                now=NOW,
            )
        return refused.value.code

    assert refusal(NOW - DAY) == "starts_in_the_past"
    assert refusal(later(session, minutes=3)) == "start_not_on_a_cell"
    assert refusal(NOW + 800 * DAY) == "too_far_ahead"


def test_outside_hours_is_for_who_answers_for_the_day(world, course):
    ripple = preview(world, course[4], days=5)
    session, terms = whole(course[4]), MoveTerms(reason="Agreed")

    with pytest.raises(Refused):
        move_session(session=session, ripple=ripple, terms=terms, by=world.reception, now=NOW)
    moved = move_session(session=session, ripple=ripple, terms=terms, by=world.owner, now=NOW)

    assert "outside_hours" in codes(ripple)
    assert times_of(moved[0]).on.isoweekday() == 6
    assert "outside_hours" in {entry["code"] for entry in moved[0].waived}


def test_what_was_set_aside_for_a_session_is_noted_once(world, course):
    said = {"terms": MoveTerms(reason="Agreed"), "by": world.owner, "now": NOW}
    for days in (5, 7):
        to_saturday = preview(world, course[4], days=days)
        assert "outside_hours" in codes(to_saturday)
        move_session(session=whole(course[4]), ripple=to_saturday, **said)

    waived = Session.objects.get(pk=course[4].pk).waived
    assert [entry["code"] for entry in waived].count("outside_hours") == 1


def test_a_patient_moves_a_session_so_often_and_not_at_the_last_hour(world, course):
    Clinic.objects.filter(pk=world.clinic.pk).update(patient_moves=1)
    by_patient = MoveTerms(by_patient=True)

    def move_by(days: int, terms: MoveTerms) -> None:
        ripple = preview(world, course[4], days=days)
        session = whole(course[4])
        move_session(session=session, ripple=ripple, terms=terms, by=world.reception, now=NOW)

    move_by(1, by_patient)
    with pytest.raises(Refused) as refused:
        move_by(1, by_patient)
    move_by(1, replace(by_patient, reason="Ill"))

    assert refused.value.code == "moved_too_often"
    assert Session.objects.get(pk=course[4].pk).patient_moves == 2


def test_what_is_over_is_not_moved(world, course):
    Session.objects.filter(pk=course[0].pk).update(status=SessionStatus.COMPLETED)

    with pytest.raises(StateForbids):
        preview(world, course[0], days=1)


def test_a_preview_that_others_overtook_is_stale(world, course):
    ripple, plan = preview(world, course[1], days=4), plan_of(course)
    assert ripple.proposal is not None
    move(world, course[4], days=1)

    with pytest.raises(Conflict) as stale:
        move_sessions(plan=plan, proposal=ripple.proposal, terms=MoveTerms(), by=world.reception, now=NOW)

    assert stale.value.code == "proposal_stale"


def test_a_foreign_session_is_unknown_and_an_auditor_may_not(world, course):
    stranger = a_course_world()

    def refusal(by: Actor) -> type[ClinicError]:
        with pytest.raises(ClinicError) as refused:
            preview(world, course[1], days=1, by=by)
        return type(refused.value)

    assert refusal(stranger.reception) is Unknown
    assert refusal(an_actor(clinic=world.clinic, role=Role.AUDITOR)) is NotAllowed


def test_who_is_here_is_not_asked_any_more_when_they_should_have_come(world, course):
    """By the new date of the first, the second lies outside its window; but its patient has arrived."""
    arrive(session=course[1], by=world.reception, now=during(course[1]))
    before = Session.objects.filter(pk=course[1].pk).values().get()

    ripple = preview(world, course[0], days=7, alone=True)
    move(world, course[0], days=7, alone=True, reason="Asked for")

    assert codes(ripple) == set()
    assert Session.objects.filter(pk=course[1].pk).values().get() == before
