"""What the desk did goes out when it can be undone unheard no more; of others, and of today, at once."""

from datetime import timedelta

import pytest

from clinic.identity.actors import Actor, ActorKind, Scope, Way, task_actor
from scheduling.attendance.attend import start
from scheduling.booking.book_course import book_course
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.messages.payload import told_in
from scheduling.messages.sending import send_due
from scheduling.models import FreedTime, Heard, Message, MessageState, Session
from scheduling.moving.ripple import Destination
from scheduling.undoing.send_now import is_waiting, send_now
from tests.support.acts.courses import a_booked_course, offers, times_of
from tests.support.acts.moves import move, put
from tests.support.acts.rhythm import as_it_is
from tests.support.acts.telling import notices_of
from tests.support.cast import NOW
from tests.support.undoing.kinds import a_lone_session
from tests.support.undoing.picture import last_act, undone
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

ENDING = Ending(reason="Moves away")
WAIT = timedelta(minutes=3)
SECOND = timedelta(seconds=1)


@pytest.fixture
def world() -> World:
    """A clinic whose desk has three minutes."""
    return a_course_world(undo_seconds=180)


@pytest.fixture
def course(world) -> list[Session]:
    """Booked, and what is due of it today was sent."""
    course = a_booked_course(world=world)
    send_due(now=NOW)
    return course


def sent(world: World) -> list[str]:
    rows = Message.objects.filter(patient=world.patient, state=MessageState.SENT)
    return list(rows.exclude(kind="reminder").order_by("pk").values_list("kind", flat=True))


def test_within_the_wait_nothing_goes_out(world, course):
    move(world, course[1], days=1)
    [message] = notices_of(world.patient)

    send_due(now=NOW + WAIT - SECOND)

    assert message.due_at == NOW + WAIT
    assert {freed.due_at for freed in FreedTime.objects.all()} == {NOW + WAIT}
    assert sent(world) == []
    send_due(now=NOW + WAIT)
    assert sent(world) == ["notice"]


@pytest.mark.parametrize("act", ["move", "cancel"])
def test_what_is_undone_within_the_wait_is_never_told(world, course, act, mailoutbox):
    if act == "move":
        move(world, course[1], days=1)
    else:
        cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    undone(world, now=NOW + WAIT - SECOND)
    mailoutbox.clear()

    send_due(now=NOW + 4 * WAIT)

    assert sent(world) == []
    assert mailoutbox == []


def test_what_had_gone_out_is_put_right_by_one_mail(world, course):
    move(world, course[1], days=1)
    send_due(now=NOW + WAIT)
    undone(world, now=NOW + 2 * WAIT)

    send_due(now=NOW + 4 * WAIT)

    assert sent(world) == ["notice", "notice"]
    assert "visits" in notices_of(world.patient)[-1].about


def test_a_cancellation_that_was_told_is_put_right_by_one_mail(world, course, mailoutbox):
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    send_due(now=NOW + WAIT)
    undone(world, now=NOW + 2 * WAIT)
    mailoutbox.clear()

    send_due(now=NOW + 4 * WAIT)

    [mail] = mailoutbox
    assert "Was:   cancelled" in mail.body


def test_a_course_that_nobody_was_reminded_of_is_unbooked_unheard(world):
    course = a_booked_course(world=world)
    undone(world)

    send_due(now=NOW + 4 * WAIT)

    assert sent(world) == []
    assert not Heard.objects.filter(session__in=course).exists()


def test_of_a_course_that_was_unbooked_whoever_was_reminded_hears_that_it_is_off(world, course):
    reminder = Message.objects.filter(kind="reminder", session=course[1])
    reminder.update(state=MessageState.SENT, sent_at=NOW + SECOND)
    undone(world, now=NOW + WAIT)

    send_due(now=NOW + 4 * WAIT)

    [notice] = notices_of(world.patient)
    assert told_in(notice)[course[1].uuid]


def test_of_a_course_booked_again_whoever_heard_that_it_is_off_hears_when_it_is(world, course, mailoutbox):
    reminder = Message.objects.filter(kind="reminder", session=course[1])
    reminder.update(state=MessageState.SENT, sent_at=NOW + SECOND)
    undone(world, now=NOW + WAIT)
    send_due(now=NOW + 4 * WAIT)
    mailoutbox.clear()
    plan = as_it_is(course[1].plan)
    later, at = offers(plan=plan, first_on=NOW.date() + timedelta(days=7))[0], NOW + 5 * WAIT

    booked = book_course(plan=plan, proposal=later, by=world.reception, now=at)
    send_due(now=at + 2 * WAIT)

    [mail] = mailoutbox
    again = next(session for session in booked if session.pk == course[1].pk)
    assert again.starts_at is not None
    assert f"{again.starts_at.astimezone(world.site.tz):%H:%M}" in mail.body
    assert "Was:   cancelled" in mail.body


def test_a_move_that_was_due_while_the_session_seemed_begun_is_told_once_that_is_undone(world, mailoutbox):
    # Nothing begins before its day, so it is moved to this one.
    session = a_lone_session(world)
    send_due(now=NOW)
    [moved] = put(world, session, Destination(NOW + timedelta(hours=6)))
    start(session=moved, by=world.reception, now=NOW + SECOND)
    mailoutbox.clear()
    send_due(now=NOW + WAIT)
    assert mailoutbox == []

    undone(world, now=NOW + 2 * WAIT)
    send_due(now=NOW + 4 * WAIT)

    [mail] = mailoutbox
    moved.refresh_from_db()
    assert f"{moved.local_date:%-d %B}" in mail.body


def test_what_began_by_mistake_and_was_told_before_is_told_no_more(world, course, mailoutbox):
    start(session=course[0], by=world.reception, now=NOW)
    undone(world, now=NOW + SECOND)
    mailoutbox.clear()

    send_due(now=NOW + 4 * WAIT)

    assert mailoutbox == []
    assert notices_of(world.patient) == []


def test_what_keys_and_tasks_do_goes_out_at_once_and_can_be_undone_all_the_same(world, course):
    clinic_id = world.clinic.pk
    key = Actor(clinic_id, ActorKind.KEY, "Website", Way.REST, scopes=frozenset(Scope))
    task = task_actor(clinic_id=clinic_id, label="Clear the day")
    for actor, session in ((key, course[1]), (task, course[2])):
        cancel_session(session=session, ending=ENDING, by=actor, now=NOW)

        assert last_act().goes_out_at == NOW
        assert last_act().undo_until == NOW + timedelta(minutes=15)
    assert {row.due_at for row in notices_of(world.patient)} == {NOW}


@pytest.mark.parametrize(("hours", "waits"), [(2, False), (3, True)])
def test_what_is_about_the_next_three_hours_goes_out_at_once(world, course, hours, waits):
    now = times_of(course[1]).starts_at - timedelta(hours=hours)

    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=now)

    assert last_act().goes_out_at == (now + WAIT if waits else now)


def test_a_session_moved_to_within_three_hours_is_told_at_once(world):
    session = a_lone_session(world)

    put(world, session, Destination(NOW + timedelta(hours=2)))

    assert last_act().goes_out_at == NOW


def test_send_now_ends_the_wait_and_leaves_the_way_back_open(world, course):
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    at = NOW + timedelta(seconds=30)
    act = last_act()
    assert is_waiting(act, now=at)

    done = send_now(act=act, by=world.reception, now=at)

    assert not is_waiting(done, now=at)
    assert {freed.due_at for freed in FreedTime.objects.all()} == {at}
    send_due(now=at)
    assert sent(world) == ["notice"]
    assert undone(world, now=at).undone_at == at


def test_send_now_twice_is_once(world, course):
    cancel_session(session=course[1], ending=ENDING, by=world.reception, now=NOW)
    send_now(act=last_act(), by=world.reception, now=NOW + SECOND)

    send_now(act=last_act(), by=world.reception, now=NOW + 2 * SECOND)

    assert last_act().goes_out_at == NOW + SECOND
