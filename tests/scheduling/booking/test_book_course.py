"""Booking a course: what stands in the diaries afterwards."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.errors import Refused
from clinic.models import Change, Site
from clinic.time.cells import cell_at, instant_of
from scheduling.booking.book_course import book_course
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Claim, Message, Session, SessionStatus
from tests.support.acts.courses import a_booked_course, offers, times_of
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.database.soundness import assert_diaries_are_sound
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db


def test_a_course_is_booked_exactly_as_it_was_proposed(world, plan, proposal):
    booked = book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    assert [session.number for session in booked] == [1, 2, 3, 4]
    for session, placed in zip(Session.objects.order_by("number"), proposal.sessions, strict=True):
        assert session.status == SessionStatus.BOOKED
        assert session.site == world.site
        assert (session.starts_at, session.ends_at) == (placed.starts_at, placed.ends_at)
        assert (session.local_date, session.local_time) == (placed.local_date, placed.starts_at.time())
        assert session.cast == placed.cast()
    assert_diaries_are_sound()


def test_the_patient_is_claimed_from_arrival_to_leaving_and_the_room_through_its_turnover(
    world, plan, proposal
):
    first, *_ = book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    patient = Claim.objects.get(session=first, need=None)
    rooms = Claim.objects.filter(session=first, need__role="treatment-room").order_by("start_cell")
    arrival = cell_at(times_of(first).starts_at)
    assert (patient.diary_id, patient.start_cell, patient.end_cell) == (
        world.patient.diary_id,
        arrival,
        cell_at(times_of(first).ends_at),
    )
    assert [(room.start_cell - arrival, room.end_cell - arrival) for room in rooms] == [(3, 5), (5, 6)]


def test_each_window_is_counted_from_the_session_before_it(world, plan, proposal):
    booked = book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    for earlier, later in pairwise(booked):
        on = times_of(earlier).on
        window = (later.earliest_on, later.target_on, later.latest_on)
        assert window == (on + timedelta(days=11), on + timedelta(days=14), on + timedelta(days=18))


def test_a_booking_counts_up_versions_and_leaves_the_sequence_at_nought(world, plan, proposal):
    book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    plan.refresh_from_db()
    assert plan.version == 2
    assert set(Session.objects.values_list("version", "sequence")) == {(2, 0)}


def test_due_sessions_keep_their_identity_when_they_are_booked(world, plan, proposal):
    due = set(Session.objects.values_list("uuid", flat=True))

    booked = book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    assert {session.uuid for session in booked} == due


def test_reviews_stay_due_and_their_windows_are_counted_from_the_day_that_was_booked(world):
    plan = a_plan(world=world, protocol="svf-combination", sessions=1)
    proposal = offers(plan=plan, first_on=date(2027, 1, 28))[0]
    before = dict(Session.objects.filter(kind="review").values_list("number", "version"))

    [treatment] = book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    reviews = Session.objects.filter(kind="review").order_by("number")
    assert treatment.local_date == date(2027, 1, 28)
    assert [
        (review.status, review.earliest_on, review.target_on, review.latest_on) for review in reviews
    ] == [
        ("due", date(2027, 2, 25), date(2027, 2, 28), date(2027, 3, 4)),
        ("due", date(2027, 7, 28), date(2027, 8, 28), date(2027, 9, 28)),
    ]
    assert {review.number: review.version for review in reviews} == {
        number: version + 1 for number, version in before.items()
    }


def test_the_change_log_is_gapless_and_tells_the_plan_and_each_session_that_is_another_one(world):
    plan = a_plan(world=world, protocol="svf-combination", sessions=1)

    book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)

    log = list(Change.objects.order_by("number"))
    assert [change.number for change in log] == list(range(1, len(log) + 1))
    booked = log[4:]
    assert [(change.kind, change.version) for change in booked] == [
        ("plan", 2),
        ("session", 2),
    ]
    # The reviews keep the windows that they had.
    treatment = Session.objects.get(kind="treatment")
    of_treatment = next(change for change in booked if change.object_uuid == treatment.uuid)
    held = set(Claim.objects.values_list("diary_id", flat=True))
    assert of_treatment.diaries_before == [world.patient.diary_id]
    assert set(of_treatment.diaries_after) == held


def test_a_refused_booking_uses_up_no_number_of_the_change_log(world, plan, proposal):
    with pytest.raises(Refused):
        book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW + timedelta(days=60))

    book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    numbers = list(Change.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_reminders_are_written_with_the_booking(world, plan):
    proposal = offers(plan=plan, first_on=date(2027, 1, 12))[0]

    book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    assert Message.objects.filter(plan=plan).count() == 2 * 4 - sum(
        placed.starts_at.hour - 3 < 8 for placed in proposal.sessions
    )


def test_six_sessions_are_booked_with_as_many_queries_as_four(world):
    counts = []
    for sessions in (4, 6):
        plan = a_plan(world=world, sessions=sessions, patient=a_patient(clinic=world.clinic))
        proposal = offers(plan=plan)[0]
        with CaptureQueriesContext(connection) as queries:
            book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_two_courses_share_the_clinic_without_sharing_a_minute(world):
    for _ in range(3):
        a_booked_course(world=world, patient=a_patient(clinic=world.clinic), sessions=6)

    assert Session.objects.filter(status="booked").count() == 18
    assert_diaries_are_sound()


def test_a_session_that_touches_two_utc_days_is_held_on_both_pages():
    """Kiritimati is 14 hours ahead: its afternoon is the end of a UTC day."""
    world = a_course_world(zone="Pacific/Kiritimati", country="KI")
    midnight_utc = datetime(2027, 1, 6, tzinfo=UTC)
    wanted = SingleSession(
        world.patient, world.session_types["consultation"], midnight_utc - timedelta(minutes=15)
    )

    session = book_session(wanted=wanted, by=world.reception, now=NOW)

    assert session.local_date == date(2027, 1, 6)
    assert (session.starts_at, session.ends_at) == (
        midnight_utc - timedelta(minutes=15),
        midnight_utc + timedelta(minutes=15),
    )
    assert_diaries_are_sound()


@pytest.mark.parametrize(
    "zone", ["Europe/Amsterdam", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"]
)
def test_a_weekly_rhythm_keeps_its_wall_clock_when_the_clock_changes(zone):
    world = a_course_world(zone=zone, country="")
    Site.objects.filter(pk=world.site.pk).update(country="")
    plan = a_plan(world=world, sessions=6, now=datetime(2027, 2, 8, tzinfo=UTC))
    same_hour = [
        offer
        for offer in offers(plan=plan, now=datetime(2027, 2, 8, tzinfo=UTC))
        if offer.label.startswith("Always")
    ]

    booked = book_course(
        plan=plan, proposal=same_hour[0], by=world.reception, now=datetime(2027, 2, 8, tzinfo=UTC)
    )

    times = [times_of(session) for session in booked]
    assert len({(one.on.weekday(), one.at) for one in times}) == 1
    assert len({one.starts_at.astimezone(UTC).time() for one in times}) == 2
    assert all(instant_of(cell_at(one.starts_at)) == one.starts_at for one in times)
    assert_diaries_are_sound()
