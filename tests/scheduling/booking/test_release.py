"""A hold that ran out: its time is free for whoever comes first, its calendar as good as any other."""

from datetime import timedelta

import pytest
from django.conf import settings

from clinic.time.cells import cell_at
from clinic.web.database_clock import database_now
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import HoldExpired, book_hold, release_expired
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Claim, Hold, Session, SessionStatus
from scheduling.search.tokens import proposal_from
from scheduling.tasks import release_expired_holds
from tests.support.acts.courses import offers, times_of
from tests.support.acts.holds import A_WHILE, a_hold, a_rival, from_tomorrow
from tests.support.builders import a_patient
from tests.support.cast import NOW, OVER

pytestmark = pytest.mark.django_db

LATER = NOW + A_WHILE


def test_the_sweep_releases_what_ran_out_and_nothing_else(world, plan):
    lasting = a_hold(world=world, plan=plan, until=NOW + timedelta(hours=1))
    short = a_hold(world=world, plan=a_rival(world))

    assert release_expired(now=LATER - timedelta(seconds=1)) == 0
    assert release_expired(now=LATER) == 1
    assert release_expired(now=LATER) == 0

    standing = Hold.objects.filter(released_at=None)
    assert list(standing) == [lasting]
    assert set(Session.objects.filter(plan=short.plan).values_list("status", flat=True)) == {
        SessionStatus.DUE
    }


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_hold_that_ran_out_is_not_booked_and_its_calendar_goes_on_being_good(world, plan, is_swept):
    hold = a_hold(world=world, plan=plan)

    if is_swept:
        release_expired(now=LATER)
        hold.refresh_from_db()

    with pytest.raises(HoldExpired) as refused:
        book_hold(hold=hold, by=world.reception, now=LATER)

    plan.refresh_from_db()
    later = LATER + timedelta(minutes=29)
    again = proposal_from(refused.value.details["proposal"], plan=plan, now=later)
    assert len(book_course(plan=plan, proposal=again, by=world.reception, now=later)) == 4


def test_the_calendar_of_a_hold_that_ran_out_is_refused_when_it_was_taken_meanwhile(world, plan):
    hold, rival = a_hold(world=world, plan=plan), a_rival(world)
    book_course(plan=rival, proposal=from_tomorrow(rival, now=LATER)[0], by=world.reception, now=LATER)
    hold.refresh_from_db()

    with pytest.raises(HoldExpired) as refused:
        book_hold(hold=hold, by=world.reception, now=LATER)
    plan.refresh_from_db()
    again = proposal_from(refused.value.details["proposal"], plan=plan, now=LATER)

    with pytest.raises(TimeTaken):
        book_course(plan=plan, proposal=again, by=world.reception, now=LATER)


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_booking_takes_the_time_of_a_hold_that_ran_out(world, plan, is_swept):
    hold, rival = a_hold(world=world, plan=plan), a_rival(world)
    held_at = times_of(plan.sessions.get(number=1)).starts_at
    if is_swept:
        release_expired(now=LATER)

    wanted = from_tomorrow(rival, now=LATER)[0]
    book_course(plan=rival, proposal=wanted, by=world.reception, now=LATER)

    assert wanted.sessions[0].starts_at == held_at
    hold.refresh_from_db()
    assert hold.released_at == LATER
    assert set(plan.sessions.values_list("status", flat=True)) == {SessionStatus.DUE}


def test_a_booking_leaves_holds_alone_that_ran_out_elsewhere(world, plan):
    a_hold(world=world, plan=plan)
    rival = a_rival(world)
    weeks_later = offers(plan=rival, first_on=(NOW + timedelta(days=70)).date(), now=LATER)[0]

    book_course(plan=rival, proposal=weeks_later, by=world.reception, now=LATER)

    assert set(plan.sessions.values_list("status", flat=True)) == {SessionStatus.HELD}
    release_expired(now=LATER)


def test_a_session_takes_the_time_of_a_hold_that_ran_out(world, plan):
    hold = a_hold(world=world, plan=plan)
    first = plan.sessions.get(number=1)
    taken = Claim.objects.filter(session=first, need__role="doctor").get()
    world.doctors[1].valid_until = OVER
    world.doctors[1].save(update_fields=["valid_until"])
    at = times_of(first).starts_at
    session = SingleSession(a_patient(clinic=world.clinic), world.session_types["consultation"], at)
    assert cell_at(at) < taken.end_cell

    with pytest.raises(TimeTaken):
        book_session(wanted=session, by=world.reception, now=LATER - timedelta(seconds=1))
    booked = book_session(wanted=session, by=world.reception, now=LATER)

    assert booked.status == SessionStatus.BOOKED
    hold.refresh_from_db()
    assert hold.released_at == LATER


@pytest.mark.reads_clock
def test_the_sweep_goes_by_the_database_s_clock(world):
    over = a_hold(world=world, now=database_now() - A_WHILE)
    standing = a_hold(world=world, plan=a_rival(world), now=database_now())

    release_expired_holds()

    over.refresh_from_db()
    standing.refresh_from_db()
    assert over.released_at
    assert abs(over.released_at - database_now()) < timedelta(minutes=1)
    assert standing.released_at is None


def test_beat_knows_the_sweep_by_its_name():
    assert release_expired_holds.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
