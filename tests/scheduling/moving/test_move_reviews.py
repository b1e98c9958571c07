"""What is due gets its first time as a session moves: a review, or a treatment whose turn it is."""

from datetime import timedelta

import pytest

from clinic.models import AuditEntry
from scheduling.courses.course import course_of
from scheduling.courses.states import StateForbids
from scheduling.models import Message, MessageKind, MessageState, Session, SessionStatus
from scheduling.moving.ripple import Destination
from scheduling.reports.adherence import to_be_booked
from tests.support.acts.attendance import again, done
from tests.support.acts.courses import a_booked_course, away, times_of
from tests.support.acts.moves import DAY, codes, look, move, plan_of, preview, put
from tests.support.cast import NOW
from tests.support.worlds import a_plan
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db

WEEK = 7 * DAY


@pytest.fixture
def svf(world) -> Session:
    """The one session of an SVF combination, today at nine; its reviews are due."""
    [session] = a_booked_course(world=world, protocol="svf-combination", sessions=1)
    return session


def reviews_of(session: Session) -> list[Session]:
    return [one for one in course_of(plan=plan_of([session])).sessions if one.kind == "review"]


def a_month_later(session: Session) -> Destination:
    return Destination(times_of(session).starts_at + 31 * DAY + timedelta(hours=2))


@pytest.fixture
def review(world, svf) -> Session:
    """The review one month after it, booked; the one in the seventh month stays due."""
    [review] = put(world, reviews_of(svf)[0], a_month_later(svf))
    return review


def test_a_review_that_is_due_gets_its_time_and_its_reminders(world, svf, review):
    assert review.status == SessionStatus.BOOKED
    assert review.starts_at == a_month_later(svf).starts_at
    assert [part["name"] for part in review.cast if part["kind"] == "practitioner"] == [svf.lead]
    kinds = Message.objects.filter(session=review).values_list("kind", flat=True)
    assert set(kinds) == {MessageKind.REMINDER}
    assert AuditEntry.objects.filter(act="booked_visit").count() == 1


def test_a_review_outside_its_window_asks_for_a_reason(world, svf):
    due = reviews_of(svf)[0]

    near = look(world, due, Destination(times_of(svf).starts_at + 36 * DAY))
    far = look(world, due, Destination(times_of(svf).starts_at + 63 * DAY))

    assert codes(near) == {"outside_window"}
    assert codes(far) == {"far_outside_window"}


def test_a_review_follows_the_session_it_looks_back_on(world, svf, review):
    ripple = preview(world, svf, days=14)

    moved = move(world, svf, days=14)

    assert [session.kind for session, _ in ripple.moved] == ["treatment", "review"]
    assert codes(ripple) == set()
    stands = again(review)
    assert stands.pk in {session.pk for session in moved}
    assert stands.window is not None
    assert stands.window.holds(times_of(stands).on)
    assert stands.window.target == times_of(again(svf)).on.replace(month=2)


def test_a_review_that_still_fits_stays_and_the_patient_reads_of_one_session(world, svf, review):
    moved = move(world, svf, days=1)

    assert [session.kind for session in moved] == ["treatment"]
    assert again(review).starts_at == review.starts_at
    assert Message.objects.filter(kind=MessageKind.NOTICE, state=MessageState.WAITING).count() == 1


def test_a_review_that_finds_no_time_stays_and_that_is_said(world, svf, review):
    away(world, *world.doctors, first=times_of(review).on + DAY, days=30)

    ripple = preview(world, svf, days=14)

    assert [session.kind for session, _ in ripple.moved] == ["treatment"]
    assert codes(ripple) == {"far_outside_window"}


def test_a_review_is_booked_after_its_course_is_completed_or_stopped(world, svf):
    done(svf, world, record={"harvest-site": "waist", "kit-lot": "K-17"})
    assert Plan.objects.get(pk=svf.plan_id).state == PlanState.COMPLETED

    [review] = put(world, reviews_of(svf)[0], a_month_later(svf))

    assert review.status == SessionStatus.BOOKED


def test_no_review_is_booked_while_the_course_is_paused(world, svf):
    due = reviews_of(svf)[0]
    Plan.objects.filter(pk=svf.plan_id).update(state=PlanState.PAUSED)

    with pytest.raises(StateForbids):
        put(world, due, a_month_later(svf))


def test_a_treatment_that_is_due_gets_a_named_time_when_it_is_its_turn(world):
    plan = a_plan(world=world, sessions=4)
    first, second, *_ = course_of(plan=plan).sessions

    out_of_turn = look(world, second, Destination(NOW + WEEK))
    [booked] = put(world, first, Destination(NOW + DAY))

    assert codes(out_of_turn) == {"earlier_visit_due"}
    assert out_of_turn.proposal is None
    assert booked.status == SessionStatus.BOOKED
    assert again(second).target_on == times_of(booked).on + 14 * DAY
    assert codes(look(world, second, Destination(NOW + DAY + 2 * WEEK))) == set()


def test_the_reviews_of_a_completed_course_are_to_be_booked(world, svf):
    done(svf, world, record={"harvest-site": "waist", "kit-lot": "K-17"})

    due = to_be_booked(by=world.reception)

    assert {(session.kind, session.number) for session in due} == {("review", 1), ("review", 2)}
