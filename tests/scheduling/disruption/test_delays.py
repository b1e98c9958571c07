"""Running late: the rest of a diary's day is pushed with everything that belongs to it."""

from datetime import timedelta

import pytest

from clinic.models import AuditEntry, Change, Resource
from scheduling.attendance.attend import arrive
from scheduling.disruption.delays import preview_delay
from scheduling.models import Claim, Message, MessageKind, Session, SessionStatus
from tests.support.acts.courses import a_booked_course, everything_written, times_of
from tests.support.acts.delays import LATE, a_consultation, at, late, push, starts
from tests.support.cast import AMSTERDAM
from treatments.models import Plan

# However many sessions remain.
QUERIES = 11

pytestmark = pytest.mark.django_db


def claimed(session: Session) -> set[tuple[int, int, int]]:
    return set(Claim.objects.filter(session=session).values_list("diary_id", "start_cell", "end_cell"))


def test_what_remains_of_the_day_comes_later_with_every_claim(world):
    past, soon, afternoon = (
        a_consultation(world, at(9)),
        a_consultation(world, at(10, 15)),
        a_consultation(world, at(14)),
    )
    tomorrow = a_consultation(world, at(10, 15, day=6))
    before = {session: claimed(session) for session in (soon, afternoon)}

    pushed = push(world, late(world, 20))

    assert [session.pk for session in pushed] == [soon.pk, afternoon.pk]
    assert starts(past, soon, afternoon, tomorrow) == ["09:00", "10:35", "14:20", "10:15"]
    for session, cells in before.items():
        assert claimed(session) == {(diary, start + 4, end + 4) for diary, start, end in cells}


def test_the_preview_says_from_when_to_when_and_writes_nothing(world):
    soon = a_consultation(world, at(10, 15))
    before = everything_written()

    [found] = preview_delay(delay=late(world, 20), by=world.reception, now=LATE)

    assert (found.session.pk, found.problems) == (soon.pk, ())
    assert (found.old_starts_at, found.new_starts_at) == (at(10, 15), at(10, 35))
    assert everything_written() == before


def test_sessions_that_follow_each_other_without_a_gap_are_pushed_together(world):
    row = [
        a_consultation(world, at(10, 30)),
        a_consultation(world, at(11)),
        a_consultation(world, at(11, 30)),
    ]

    push(world, late(world, 20))

    assert starts(*row) == ["10:50", "11:20", "11:50"]


def test_a_gap_swallows_the_delay_if_the_desk_says_so(world):
    row = [
        a_consultation(world, at(10, 30)),
        a_consultation(world, at(11)),
        a_consultation(world, at(11, 45)),
        a_consultation(world, at(13)),
    ]

    push(world, late(world, 30, only_as_needed=True))

    assert starts(*row) == ["11:00", "11:30", "12:00", "13:00"]


def test_a_session_of_a_course_takes_its_plan_and_the_change_log_along(world):
    session = a_booked_course(world=world)[1]
    assert session.plan is not None
    session.plan.refresh_from_db()
    [leader] = {part["resource"] for part in session.cast if part["role"] == "doctor"}
    delay = late(world, 15, resource=Resource.objects.get(uuid=leader))
    last = Change.objects.latest("number").number

    [pushed] = push(world, delay, now=times_of(session).starts_at - timedelta(hours=1))

    plan = Plan.objects.get()
    assert (pushed.version, pushed.sequence) == (session.version + 1, session.sequence + 1)
    assert plan.version == session.plan.version + 1
    written = Change.objects.filter(number__gt=last).order_by("number")
    assert [(row.number - last, row.kind, row.version) for row in written] == [
        (1, "plan", plan.version),
        (2, "session", pushed.version),
    ]


def test_reminders_follow_the_new_time(world):
    session = a_consultation(world, at(15))

    push(world, late(world, 20))

    rows = Message.objects.filter(session=session)
    assert {row.key[-2:] for row in rows.filter(state="void")} == {":0"}
    [waiting] = rows.filter(state="waiting")
    assert waiting.key.endswith(":1")
    assert f"{waiting.due_at.astimezone(AMSTERDAM):%H:%M}" == "12:20"


def test_who_had_confirmed_the_old_time_has_not_confirmed_the_new_one(world):
    soon = a_consultation(world, at(10, 15))
    Session.objects.filter(pk=soon.pk).update(status=SessionStatus.CONFIRMED)

    [pushed] = push(world, late(world))

    assert pushed.status == SessionStatus.BOOKED


def test_who_sits_in_the_waiting_room_is_pushed_too_stays_arrived_and_gets_no_mail(world):
    waiting = a_consultation(world, at(11))
    arrive(session=waiting, by=world.reception, now=LATE)

    push(world, late(world, 20))

    assert starts(waiting) == ["11:20"]
    assert waiting.status == SessionStatus.ARRIVED
    assert not Message.objects.filter(kind=MessageKind.NOTICE).exists()


def test_an_empty_day_is_pushed_without_a_word(world):
    before = everything_written()

    assert push(world, late(world)) == []
    assert everything_written() == before


def test_a_room_runs_late_like_a_person(world):
    soon = a_consultation(world, at(10, 15))
    [room] = [part for part in soon.cast if part["kind"] == "room"]

    push(world, late(world, resource=Resource.objects.get(uuid=room["resource"])))

    assert starts(soon) == ["10:35"]


def test_the_trail_keeps_one_entry_for_each_session(world):
    sessions = [a_consultation(world, at(10, 15)), a_consultation(world, at(11))]

    push(world, late(world))

    entries = AuditEntry.objects.filter(act="pushed_visit")
    assert {entry.about for entry in entries} == {session.uuid for session in sessions}
    assert all(entry.fields == ["starts_at"] for entry in entries)


def test_a_day_takes_as_many_queries_to_look_at_for_one_session_as_for_three(
    world, django_assert_num_queries
):
    for hour in (11, 13, 15):
        a_consultation(world, at(hour))
        with django_assert_num_queries(QUERIES):
            preview_delay(delay=late(world), by=world.reception, now=LATE)
