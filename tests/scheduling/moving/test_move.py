"""Moving a session: what follows it in its course moves with the fewest and smallest moves, or not at all."""

from datetime import timedelta
from itertools import pairwise

import pytest

from clinic.models import AuditEntry, Change, ChangeKind
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.courses.course import course_of
from scheduling.models import Message, MessageState, Session, SessionStatus
from scheduling.moving.move import move_session, move_sessions, preview_move, preview_ripple
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, RippleAsked
from tests.support.acts.courses import a_booked_course, away, everything_written
from tests.support.acts.moves import DAY, codes, dates_of, later, move, numbers, plan_of, preview, whole
from tests.support.cast import AMSTERDAM, NOW
from treatments.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(world) -> list[Session]:
    """Five treatments, two weeks apart, on Mondays."""
    return a_booked_course(world=world, sessions=5)


def test_a_session_moved_within_the_tolerance_of_the_others_moves_alone(world, course):
    was = dates_of(plan_of(course))

    moved = move(world, course[1], days=3)

    assert [session.number for session in moved] == [2]
    assert dates_of(plan_of(course)) == [was[0], was[1] + 3 * DAY, *was[2:]]


def test_later_sessions_that_would_lie_too_close_follow_with_the_fewest_and_smallest_moves(world, course):
    was = dates_of(plan_of(course))

    ripple = preview(world, course[1], days=4)

    assert numbers(ripple.moved) == [2, 3]
    assert [session.number for session in ripple.kept if session.kind == "treatment"] == [1, 4, 5]
    placed = ripple.moved[1][1]
    assert placed.local_date == was[2] + DAY
    assert placed.starts_at.time() == course[2].starts_at.astimezone(AMSTERDAM).time()


def test_the_preview_writes_nothing(world, course):
    before = everything_written()

    preview(world, course[1], days=4)

    assert everything_written() == before


def test_the_moved_sessions_get_a_new_sequence_and_the_others_keep_theirs(world, course):
    move(world, course[1], days=4)

    course = course_of(plan=plan_of(course)).sessions
    assert [s.sequence for s in course] == [0, 1, 1, 0, 0]
    assert {s.status for s in course} == {SessionStatus.BOOKED}


def test_every_window_ahead_is_counted_from_the_new_dates(world, course):
    move(world, course[1], days=4)

    course = course_of(plan=plan_of(course)).sessions
    for before, after in pairwise(course):
        assert after.target_on == before.local_date + 14 * DAY
        assert after.earliest_on <= after.local_date <= after.latest_on


def test_a_course_moves_in_one_version_and_its_change_log_names_every_session_once(world, course):
    plan = Plan.objects.get(pk=course[0].plan_id)
    seen = Change.objects.count()

    move(world, course[1], days=4)

    assert Plan.objects.get(pk=plan.pk).version == plan.version + 1
    written = list(Change.objects.order_by("number"))[seen:]
    assert len({change.object_uuid for change in written}) == len(written)
    told = {change.object_uuid for change in written if change.kind == ChangeKind.SESSION}
    assert {course[1].uuid, course[2].uuid} <= told
    assert AuditEntry.objects.filter(act="moved_visits").count() == 1


def test_reminders_go_with_the_session(world, course):
    move(world, course[1], days=3)

    states = Message.objects.filter(session=course[1]).values_list("state", flat=True)
    assert set(states) == {MessageState.VOID, MessageState.WAITING}
    assert Message.objects.filter(session=course[2], state=MessageState.VOID).count() == 0


def test_a_session_can_move_by_minutes_into_time_that_it_held_itself(world, course):
    session = whole(course[1])
    to = Destination(later(session, minutes=10))
    ripple = preview_move(session=session, to=to, asked=RippleAsked(), by=world.reception, now=NOW)

    move_session(session=session, ripple=ripple, terms=MoveTerms(), by=world.reception, now=NOW)

    assert Session.objects.get(pk=session.pk).starts_at == to.starts_at
    assert {part["name"] for part in Session.objects.get(pk=session.pk).cast} == {
        part["name"] for part in session.cast
    }


def test_a_pinned_session_stays_and_the_others_go_around_it(world, course):
    Session.objects.filter(pk=course[2].pk).update(is_pinned=True)

    ripple = preview(world, course[1], days=4)

    assert numbers(ripple.moved) == [2]
    assert codes(ripple) == {"outside_window"}


def test_a_session_that_became_of_another_kind_stays_where_it_is(world, course):
    other = world.session_types["mesotherapy"]
    Session.objects.filter(pk=course[2].pk).update(session_type=other)

    ripple = preview(world, course[1], days=4)

    assert numbers(ripple.moved) == [2]
    assert codes(ripple) == {"outside_window"}


def test_what_a_patient_confirmed_moves_only_if_the_desk_says_so(world, course):
    Session.objects.filter(pk=course[2].pk).update(status=SessionStatus.CONFIRMED)

    left = preview(world, course[1], days=4)
    taken_along = preview(world, course[1], days=4, moves_confirmed=True)

    assert numbers(left.moved) == [2]
    assert numbers(taken_along.moved) == [2, 3]


def test_leave_entered_over_a_session_ripples_that_session_and_no_more_than_it_must(world, course):
    away(world, *world.doctors, first=course[2].local_date)

    ripple = preview_ripple(plan=plan_of(course), asked=RippleAsked(), by=world.reception, now=NOW)
    assert ripple.proposal is not None
    move_sessions(
        plan=plan_of(course), proposal=ripple.proposal, terms=MoveTerms(), by=world.reception, now=NOW
    )

    assert numbers(ripple.moved) == [3]
    assert abs((ripple.moved[0][1].local_date - course[2].local_date).days) == 1


def test_what_is_repeated_gets_no_time_of_today(world, course):
    before_opening = NOW - timedelta(hours=2)
    cancel_session(session=whole(course[0]), ending=Ending("Flu"), by=world.reception, now=before_opening)

    ripple = preview_ripple(plan=plan_of(course), asked=RippleAsked(), by=world.reception, now=before_opening)

    assert numbers(ripple.moved) == [1]
    assert ripple.moved[0][1].local_date == NOW.date() + DAY


def test_what_finds_no_time_on_the_last_day_of_its_window_goes_on_the_next_day(world, course):
    last_day = NOW - timedelta(hours=2) + 18 * DAY
    cancel_session(session=whole(course[1]), ending=Ending("Flu"), by=world.reception, now=last_day)

    by = world.reception
    ripple = preview_ripple(plan=plan_of(course), asked=RippleAsked(), by=by, now=last_day)
    assert ripple.proposal is not None
    said = {"proposal": ripple.proposal, "terms": MoveTerms(), "by": by, "now": last_day}
    moved = move_sessions(plan=plan_of(course), **said)

    assert moved[0].latest_on == last_day.date()
    # On the Monday after that Friday.
    assert moved[0].local_date == last_day.date() + 3 * DAY
    assert [session.waived for session in moved] == [[] for _ in moved]


def test_a_course_without_trouble_ripples_nothing(world, course):
    ripple = preview_ripple(plan=plan_of(course), asked=RippleAsked(), by=world.reception, now=NOW)

    assert ripple.moved == ()
    assert ripple.proposal is None


def test_nothing_fits_is_said_with_the_session_that_finds_no_time(world, course):
    away(world, *world.doctors, first=course[2].local_date - 4 * DAY, days=14)

    ripple = preview(world, course[1], days=4)

    assert codes(ripple) == {"later_sessions_do_not_fit"}
    assert ripple.proposal is None


def test_a_lone_session_moves_without_a_course(world):
    wanted = SingleSession(world.patient, world.session_types["consultation"], NOW + DAY)
    session = book_session(wanted=wanted, by=world.reception, now=NOW)

    moved = move(world, session, days=1)

    assert moved[0].starts_at == NOW + 2 * DAY
    assert moved[0].sequence == 1
