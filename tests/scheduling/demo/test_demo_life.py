"""The demo clinic has lived: every state, outcome and list that the desk knows occurs in it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.models import AuditEntry, Clinic, Closure, Leave
from clinic.time.wall_clock import local_date
from scheduling.attendance.unresolved import unanswered
from scheduling.demo.days import Size
from scheduling.demo.making import make_demo
from scheduling.disruption.affected_sessions import sessions_in_the_way
from scheduling.disruption.substitutes import away_of
from scheduling.messages.payload import told_in
from scheduling.models import (
    CancelledBy,
    Hold,
    Message,
    MessageKind,
    MessageState,
    Offer,
    OfferState,
    Outcome,
    Session,
    SessionStatus,
    Wait,
    WaitState,
)
from scheduling.reports.adherence import course_adherence, to_be_booked
from tests.support.builders import an_owner
from tests.support.cast import AMSTERDAM
from treatments.models import Concern, Plan, PlanState

# One process makes it.
pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.xdist_group("demo life"),
]

# A Wednesday, noon in Amsterdam.
NOW = datetime(2027, 3, 10, 11, tzinfo=UTC)
TODAY = local_date(NOW, AMSTERDAM)
S = SessionStatus


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Made once for all facts of this file, which only look at it."""
    size = Size(patients=60, weeks_lived=6, weeks_ahead=12, calling_now=2)
    with django_db_blocker.unblock(), transaction.atomic():
        make_demo(size=size, seed="tests", now=NOW, watch=lambda lived, of, on: None)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def owner() -> Actor:
    return an_owner(clinic=Clinic.objects.get())


def was_done(deed: AuditAction) -> bool:
    return AuditEntry.objects.filter(act=deed).exists()


def test_sessions_and_courses_are_in_every_state():
    assert set(Session.objects.values_list("status", flat=True)) == set(S)
    assert set(Plan.objects.values_list("state", flat=True)) == set(PlanState)


def test_most_sessions_of_the_past_were_given():
    past = Session.objects.filter(local_date__lt=TODAY)

    given = past.filter(status=S.COMPLETED).count()

    assert 3 * given > 2 * past.count()


def test_every_outcome_occurs_and_what_was_not_given_is_repeated_under_its_number():
    done = Session.objects.filter(status=S.COMPLETED)

    assert set(done.values_list("outcome", flat=True)) == set(Outcome)
    assert not done.exclude(outcome=Outcome.GIVEN).filter(outcome_reason="").exists()
    for failed in done.filter(outcome=Outcome.NOT_GIVEN):
        assert Session.objects.filter(
            plan=failed.plan, number=failed.number, attempt=failed.attempt + 1
        ).exists()


def test_what_the_protocol_asks_for_is_written_down():
    combination = Session.objects.filter(session_type__key="svf-combination", outcome=Outcome.GIVEN)

    assert combination.exists()
    for session in combination:
        assert session.plan is not None
        assert session.record["harvest-site"] == session.plan.harvest_site
        assert session.record["kit-lot"]
    assert was_done(AuditAction.CHANGED_SESSION_TYPE)
    assert Session.objects.filter(status=S.COMPLETED).exclude(used=F("cast")).exists()


def test_of_those_who_were_missed_some_came_again_and_some_are_due():
    missed = Session.objects.filter(status=S.MISSED, plan__isnull=False).values("plan", "number")
    again = [Session.objects.filter(**one, attempt__gt=1) for one in missed]

    assert any(rows.exclude(status=S.DUE).exists() for rows in again)
    assert any(rows.filter(status=S.DUE).exists() for rows in again)


def test_sessions_were_cancelled_early_and_late_by_patients_and_by_the_clinic():
    ended = Session.objects.filter(status=S.CANCELLED).values_list("cancelled_by", "is_late_cancel")

    assert set(ended) == {
        (CancelledBy.PATIENT, True),
        (CancelledBy.PATIENT, False),
        (CancelledBy.CLINIC, False),
    }


def test_patients_moved_sessions_and_their_courses_followed():
    moved = Session.objects.filter(patient_moves__gt=0, plan__isnull=False)
    ripples = AuditEntry.objects.filter(act=AuditAction.MOVED_SESSIONS, about_kind="plan")

    assert moved.exists()
    assert ripples.exists()


def test_courses_were_amended_paused_resumed_stopped_and_partly_done_elsewhere():
    for deed in (
        AuditAction.AMENDED_COURSE,
        AuditAction.PAUSED_COURSE,
        AuditAction.RESUMED_COURSE,
        AuditAction.STOPPED_COURSE,
        AuditAction.RECORDED_ELSEWHERE,
    ):
        assert was_done(deed), deed
    assert Plan.objects.filter(protocol__min_sessions=4, session_count=6).exists()
    assert Session.objects.filter(is_done_elsewhere=True).exists()


def test_a_doctor_has_looked_at_one_course_and_must_look_at_another():
    assert Concern.objects.filter(cleared_at__isnull=False).exclude(finding="").exists()
    waiting = Concern.objects.get(cleared_at__isnull=True)
    assert waiting.plan.state == PlanState.AWAITING_REVIEW


def test_today_is_under_way():
    today = Session.objects.filter(local_date=TODAY)

    assert {S.COMPLETED, S.IN_TREATMENT, S.ARRIVED, S.CONFIRMED} <= set(
        today.values_list("status", flat=True)
    )
    assert today.filter(status=S.ARRIVED, starts_at__isnull=True).exists()
    assert today.filter(starts_at__gt=NOW).exists()


def test_the_desk_is_asked_who_came_on_the_last_days(owner):
    asked = unanswered(by=owner, now=NOW)

    assert 2 <= len(asked.call_list) <= 3
    assert {session.local_date for session in asked.call_list} == {
        TODAY - timedelta(days=1),
        TODAY - timedelta(days=2),
    }


def test_sessions_are_to_be_booked_and_calendars_on_hold(owner):
    assert to_be_booked(by=owner).filter(attempt__gt=1).exists()
    assert Hold.objects.filter(released_at__isnull=True, expires_at__gt=NOW, plan__isnull=False).exists()


def test_some_wait_for_a_time_and_one_of_them_has_an_offer():
    states = list(Wait.objects.of_what_may_come().values_list("state", flat=True))

    assert states.count(WaitState.WAITING) >= 2
    [offer] = Offer.objects.filter(state=OfferState.OPEN)
    assert NOW < offer.expires_at < offer.starts_at


def test_somebody_stood_in_for_who_was_away_and_one_session_is_left_in_the_way(owner):
    leave = Leave.objects.select_related("resource").get(reason="Dentist")

    left = sessions_in_the_way(away=away_of(leave), by=owner, now=NOW)

    assert left
    assert was_done(AuditAction.SWAPPED_SESSIONS)
    assert was_done(AuditAction.RESEATED_SESSION)
    assert Closure.objects.filter(reason="The water is shut off", starts_at__gt=NOW).exists()


def test_a_day_ran_late():
    assert was_done(AuditAction.PUSHED_SESSION)


def test_a_course_says_how_it_kept_its_windows():
    done = Plan.objects.filter(sessions__number=2, sessions__status=S.COMPLETED)

    tallies = [course_adherence(plan=plan).tally for plan in done]

    assert any(tally.on_time for tally in tallies)


def test_no_news_of_the_past_waits_to_be_sent():
    waiting = Message.objects.filter(state=MessageState.WAITING, due_at__lte=NOW)

    assert not waiting.filter(due_at__lt=NOW - timedelta(minutes=30)).exists()
    assert not waiting.filter(kind=MessageKind.NOTICE).exists()
    assert waiting.filter(kind=MessageKind.OFFER).count() == 1
    sent = Message.objects.filter(kind=MessageKind.NOTICE, state=MessageState.SENT)
    assert {is_off for notice in sent for is_off in told_in(notice).values()} == {True, False}
    assert not Message.objects.filter(state=MessageState.TOO_LATE).exists()
