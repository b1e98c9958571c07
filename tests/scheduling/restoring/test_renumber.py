"""Numbers that somebody may have seen since the backup are passed over, so nothing matches by chance."""

from datetime import timedelta

import pytest

from clinic.identity.actors import task_actor
from clinic.models import Change
from scheduling.attendance.attend import confirm_session
from scheduling.models import Message, Session
from scheduling.restoring.renumber import LEAP, renumber
from tests.support.acts.courses import a_booked_course
from tests.support.acts.feeds import a_feed, fetch
from tests.support.acts.holds import a_hold
from tests.support.acts.moves import plan_of, whole
from tests.support.cast import NOW
from tests.support.database.restoring import since_the_backup
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


def renumbered(world):
    return renumber(by=task_actor(clinic_id=world.clinic.pk, label="release_mail"), now=NOW)


def numbers(of):
    return {row.pk: (row.version, row.sequence) for row in Session.objects.filter(plan=of)}


def test_version_and_sequence_of_all_that_is_ahead_rise_by_a_thousand(world, course):
    plan = plan_of(course)
    before = numbers(plan)

    assert renumbered(world) == len(before)

    assert numbers(plan) == {pk: (v + LEAP, s + LEAP) for pk, (v, s) in before.items()}
    was = plan.version
    plan.refresh_from_db()
    assert plan.version == was + LEAP


def test_held_and_due_sessions_too_and_nothing_of_another_clinic(world):
    a_hold(world=world)
    other = a_course_world()
    [theirs, *_] = a_booked_course(world=other)

    renumbered(world)

    assert {row.version > LEAP for row in Session.objects.filter(clinic=world.clinic)} == {True}
    theirs.refresh_from_db()
    assert theirs.version < LEAP


def test_reminders_follow_and_are_those_that_are_asked_for(world, course):
    before = {row.pk: (row.state, row.due_at) for row in Message.objects.all()}

    renumbered(world)

    rows = Message.objects.select_related("session")
    assert {row.pk: (row.state, row.due_at) for row in rows} == before
    assert all(row.reminds_of_what_stands for row in rows)
    # The next act finds them, too.
    confirm_session(session=whole(course[1]), by=world.reception, now=NOW)
    assert Message.objects.count() == len(before)


def test_no_tag_from_before_matches_by_chance(world, course, rest):
    path = f"sessions/{course[0].uuid}/"
    with since_the_backup():
        confirm_session(session=whole(course[0]), by=world.reception, now=NOW)
        seen = rest.get(path).headers["ETag"]
    renumbered(world)
    # As many writes as had been seen.
    confirm_session(session=whole(course[0]), by=world.reception, now=NOW)

    answer = rest.post(f"{path}cancel/", {"cancelled_by": "clinic", "reason": "Flu"}, If_Match=seen)

    assert answer.status == 412


@pytest.mark.parametrize("whose", ["clinic", "patient", "doctor"])
def test_feeds_answer_anew_and_tell_of_the_same_sessions_under_the_same_uids(client, world, course, whose):
    diaries = {"clinic": None, "patient": world.patient.diary, "doctor": world.doctors[0].diary}
    _, token = a_feed(clinic=world.clinic, diary=diaries[whose])
    first = fetch(client, token)

    renumbered(world)
    answer = fetch(client, token, if_none_match=first["ETag"], now=NOW + timedelta(seconds=1))

    def uids(calendar):
        return [line for line in calendar.content.decode().splitlines() if line.startswith("UID")]

    if uids(first):
        assert answer.status_code == 200
        assert answer["ETag"] != first["ETag"]
        assert uids(answer) == uids(first)
        assert "SEQUENCE:1000" in answer.content.decode()


def test_numbers_of_the_log_bear_other_marks_than_those_that_are_lost(world, course):
    end = Change.objects.latest("number")
    with since_the_backup():
        confirm_session(session=whole(course[0]), by=world.reception, now=NOW)
        confirm_session(session=whole(course[1]), by=world.reception, now=NOW)
        lost = dict(Change.objects.filter(number__gt=end.number).values_list("number", "mark"))

    renumbered(world)

    now_there = dict(Change.objects.filter(number__in=lost).values_list("number", "mark"))
    assert now_there.keys() == lost.keys()
    assert not set(now_there.items()) & set(lost.items())
