"""The numbers of a course follow what happened: what was given stands before what is still due."""

from datetime import timedelta

import pytest

from clinic.models import AuditEntry, Change
from scheduling.attendance.attend import arrive, miss
from scheduling.attendance.undo import undo
from scheduling.models import Outcome, Session
from scheduling.moving.move import preview_ripple
from scheduling.moving.ripple import RippleAsked
from tests.support.acts.attendance import S, again, date_of, done, due_number, during
from tests.support.acts.courses import a_booked_course
from tests.support.acts.moves import codes, plan_of
from tests.support.worlds import World
from treatments.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(world) -> list[Session]:
    """Of four treatments, the first given."""
    course = a_booked_course(world=world)
    done(course[0], world)
    return course


def missed(session: Session, world: World, *, days: int = 0) -> None:
    miss(session=session, by=world.reception, now=during(session) + timedelta(days=days))


def stand(plan: Plan) -> list[tuple[int, int, str]]:
    """Number, attempt and state of every treatment that stands."""
    rows = Session.objects.live().filter(plan=plan, kind="treatment").order_by("number")
    return list(rows.values_list("number", "attempt", "status"))


AS_NUMBERED = [(1, 1, S.COMPLETED), (2, 2, S.COMPLETED), (3, 1, S.DUE), (4, 1, S.BOOKED)]


def test_who_missed_the_second_and_comes_to_the_third_has_had_two(world, course):
    missed(course[1], world)

    given = done(course[2], world)

    assert (given.number, given.attempt) == (2, 2)
    assert stand(plan_of(course)) == AS_NUMBERED
    assert AuditEntry.objects.latest("pk").fields.count("number") == 1


def test_what_is_due_is_counted_from_what_was_given(world, course):
    missed(course[1], world)
    given = done(course[2], world)

    window = due_number(plan_of(course), 3).window

    assert window is not None
    assert window.target == date_of(given.local_date) + timedelta(days=14)


def test_what_changed_its_number_is_a_version_newer_and_in_the_log(world, course):
    missed(course[1], world)
    due = due_number(plan_of(course), 2)

    done(course[2], world)

    for row in (due, course[2]):
        stands = again(row)
        assert stands.version > row.version
        assert Change.objects.filter(object_uuid=row.uuid, version=stands.version).exists()


def test_it_does_not_matter_when_the_desk_says_who_did_not_come(world, course):
    done(course[2], world)
    missed(course[1], world, days=20)

    assert stand(plan_of(course)) == AS_NUMBERED


def test_nothing_is_renumbered_while_a_session_between_is_unanswered(world, course):
    missed(course[1], world)
    done(course[3], world)

    states = [(number, status) for number, _, status in stand(plan_of(course))]
    assert states == [(1, S.COMPLETED), (2, S.DUE), (3, S.BOOKED), (4, S.COMPLETED)]

    missed(course[2], world, days=30)

    states = [(number, status) for number, _, status in stand(plan_of(course))]
    assert states == [(1, S.COMPLETED), (2, S.COMPLETED), (3, S.DUE), (4, S.DUE)]


def test_what_does_not_count_changes_no_number(world, course):
    missed(course[1], world)

    done(course[2], world, outcome=Outcome.NOT_GIVEN)

    assert stand(plan_of(course)) == [(1, 1, S.COMPLETED), (2, 2, S.DUE), (3, 2, S.DUE), (4, 1, S.BOOKED)]


def test_undoing_the_session_puts_the_numbers_back(world, course):
    missed(course[1], world)
    before = stand(plan_of(course))
    done(course[2], world)

    undo(session=course[2], by=world.reception, now=during(course[2]))

    assert stand(plan_of(course)) == before


def test_undoing_the_answer_puts_the_numbers_back(world, course):
    done(course[2], world)
    before = stand(plan_of(course))
    missed(course[1], world, days=20)

    undo(session=course[1], by=world.reception, now=during(course[1]) + timedelta(days=20))

    assert stand(plan_of(course)) == before


def test_who_comes_late_on_the_day_keeps_their_number(world, course):
    missed(course[1], world)

    arrive(session=course[1], by=world.reception, now=during(course[1]) + timedelta(minutes=20))

    assert stand(plan_of(course))[1] == (2, 1, S.ARRIVED)


def test_what_is_due_finds_its_time_after_what_was_given(world, course):
    missed(course[1], world)
    given = done(course[2], world)

    ripple = preview_ripple(
        plan=plan_of(course), asked=RippleAsked(), by=world.reception, now=during(given) + timedelta(days=1)
    )

    assert codes(ripple) == set()
    due, placed = ripple.moved[0]
    assert due.number == 3
    assert due.window is not None
    assert due.window.holds(placed.local_date)
    assert placed.local_date > date_of(given.local_date)
