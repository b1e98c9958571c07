"""What moved away from a doctor or a room is shown there as cancelled for a month, and nowhere else."""

from datetime import timedelta

import pytest

from clinic.models import Resource
from scheduling.models import FeedDetail, LeftDiary, Session
from scheduling.moving.ripple import Destination
from scheduling.privacy.retention import retain
from scheduling.undoing.undo import undo
from tests.support.acts.feeds import NEXT_WEEK, a_consultation, a_feed, fetch
from tests.support.acts.mailing import vevents_in
from tests.support.acts.moves import put
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.undoing.picture import last_act
from tests.support.worlds import a_course_world, a_second_site

pytestmark = pytest.mark.django_db

MOVED_AT = NOW + timedelta(hours=1)


@pytest.fixture
def world():
    return a_course_world()


def serving(session, kind):
    [uuid] = {part["resource"] for part in Session.objects.get(pk=session.pk).cast if part["kind"] == kind}
    return Resource.objects.get(uuid=uuid)


def read(client, world, resource, *, now=MOVED_AT, detail=FeedDetail.INITIALS):
    _, token = a_feed(clinic=world.clinic, diary=resource.diary, detail=detail)
    return vevents_in(fetch(client, token, now=now).content)


@pytest.fixture
def moved(world):
    """A consultation that goes to another day and to another doctor; and who had it."""
    session = a_consultation(world)
    was = serving(session, "practitioner")
    [other] = set(world.doctors) - {was}
    put(world, session, Destination(NEXT_WEEK + timedelta(days=1), practitioner=other), now=MOVED_AT)
    return session, was


def test_what_moved_away_from_a_doctor_is_cancelled_there_as_it_stood(client, world, moved):
    session, was = moved
    session.refresh_from_db()

    [gone] = [one for one in read(client, world, was) if one["UID"].startswith(str(session.uuid))]

    assert serving(session, "practitioner") != was
    assert (gone["STATUS"], gone["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    assert gone["DTSTART"].dt == NEXT_WEEK
    assert gone["SEQUENCE"] == session.sequence
    assert gone["DTSTAMP"].dt == MOVED_AT
    assert gone["SUMMARY"].startswith("Cancelled: ")
    assert "DESCRIPTION" not in gone
    assert "LOCATION" not in gone


def test_who_serves_now_and_the_clinic_see_it_as_moved(client, world, moved):
    session, _ = moved
    doctor = serving(session, "practitioner")
    _, token = a_feed(clinic=world.clinic)

    for vevents in (
        read(client, world, doctor),
        vevents_in(fetch(client, token, now=MOVED_AT).content),
    ):
        [one] = [one for one in vevents if one["UID"].startswith(str(session.uuid))]
        assert one["STATUS"] == "CONFIRMED"
        assert one["DTSTART"].dt == NEXT_WEEK + timedelta(days=1)


def test_after_a_month_nothing_tells_of_it_and_retention_takes_it(client, world, moved):
    session, was = moved
    month = MOVED_AT + timedelta(days=32)
    LeftDiary.objects.update(starts_at=month, ends_at=month + timedelta(minutes=30))

    assert str(session.uuid) in str(read(client, world, was, now=MOVED_AT + timedelta(days=30)))
    assert str(session.uuid) not in str(read(client, world, was, now=month))
    retain(clinic=world.clinic, is_applied=True, now=MOVED_AT + timedelta(days=30))
    assert LeftDiary.objects.exists()
    retain(clinic=world.clinic, is_applied=True, now=month)
    assert not LeftDiary.objects.exists()


def test_what_came_back_is_shown_once_and_as_it_stands(client, world, moved):
    session, was = moved
    undo(act=last_act(), by=world.owner, now=MOVED_AT)

    found = [one for one in read(client, world, was) if one["UID"].startswith(str(session.uuid))]

    assert [one["STATUS"] for one in found] == ["CONFIRMED"]


def test_what_only_changed_its_hour_left_nobody(world):
    session = a_consultation(world)

    put(world, session, Destination(NEXT_WEEK + timedelta(minutes=30)), now=MOVED_AT)

    assert not LeftDiary.objects.exists()


def test_a_room_elsewhere_tells_neither_treatment_nor_new_place(client, world):
    session = a_consultation(world)
    room = serving(session, "room")
    other = a_second_site(world)
    Resource.objects.filter(pk=room.pk).update(name="SVF room")
    put(world, session, Destination(NEXT_WEEK + timedelta(days=1), site=other), now=MOVED_AT)

    _, token = a_feed(clinic=world.clinic, diary=room.diary)
    text = fetch(client, token, now=MOVED_AT).content.decode()

    assert "STATUS:CANCELLED" in text
    assert "SVF" not in text
    assert other.name not in text


def test_a_site_s_feed_shows_what_is_there_and_drops_what_moved_to_another(client, world):
    session, stays = a_consultation(world), a_consultation(world, patient=a_patient(clinic=world.clinic))
    other = a_second_site(world)
    tokens = [a_feed(clinic=world.clinic, site=site).token for site in (world.site, other)]
    put(world, session, Destination(NEXT_WEEK + timedelta(days=1), site=other), now=MOVED_AT)

    here, there = (
        [one["UID"].partition("@")[0] for one in vevents_in(fetch(client, token, now=MOVED_AT).content)]
        for token in tokens
    )

    assert (here, there) == ([str(stays.uuid)], [str(session.uuid)])
