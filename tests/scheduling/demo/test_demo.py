"""The demo clinic: lived through by the use cases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction

from clinic.identity.actors import Role, Scope
from clinic.identity.tokens import digest_of
from clinic.models import (
    AccessKey,
    Change,
    ChangeCounter,
    Clinic,
    Closure,
    DayHours,
    Leave,
    Membership,
    Patient,
    Resource,
    Site,
    User,
    WeeklyHours,
)
from scheduling.demo.days import Size
from scheduling.demo.making import Demo, make_demo
from scheduling.icalendar.feeds import feed_at
from scheduling.models import Feed, Hold, Message, Offer, Session, Wait
from tests.support.database.soundness import assert_diaries_are_sound
from treatments.models import Concern, Plan, Protocol, SessionType

# One process makes it.
pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.xdist_group("demo")]

# A message is told of once it shows on the call list, and here none does.
LOGGED: tuple[Any, ...] = (
    Site,
    Resource,
    Patient,
    WeeklyHours,
    DayHours,
    Closure,
    Leave,
    Protocol,
    SessionType,
    Concern,
    Feed,
    Hold,
    Wait,
    Offer,
)

# A Wednesday, noon in Amsterdam.
NOW = datetime(2027, 1, 20, 11, tzinfo=UTC)
SMALL = Size(patients=14, weeks_lived=2, weeks_ahead=4, calling_now=2)


@pytest.fixture(scope="module")
def mails() -> list[EmailMessage]:
    """What went out while the demo was made."""
    return []


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker, mails) -> Iterator[Demo]:
    """Made once for all facts of this file, which only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = make_demo(size=SMALL, seed="tests", now=NOW, watch=lambda lived, of, on: None)
        mails += mail.outbox
        yield made
        transaction.set_rollback(True)


def test_the_demo_is_the_clinic_of_the_issue():
    assert Patient.objects.count() == SMALL.patients
    skilled = {
        key: Resource.objects.filter(skills__key=key).count()
        for key in ("doctor", "assistant", "treatment-room", "draw-chair", "procedure-room", "centrifuge")
    }
    assert skilled == {
        "doctor": 2,
        "assistant": 3,
        "treatment-room": 3,
        "draw-chair": 2,
        "procedure-room": 1,
        "centrifuge": 2,
    }
    assert Protocol.objects.current().count() == 4


def test_everything_in_it_is_sound_and_in_a_state_that_can_be_made():
    assert_diaries_are_sound()
    past = Session.objects.filter(local_date__lt=date(2027, 1, 18))
    assert set(past.values_list("status", flat=True)) <= {"completed", "missed", "cancelled"}


def test_everything_in_it_is_in_the_change_log_as_it_stands():
    log = set(Change.objects.values_list("kind", "object_uuid", "version"))
    numbers = sorted(Change.objects.values_list("number", flat=True))
    for model in LOGGED:
        rows = model.objects.values_list("uuid", "version")
        assert {(model.change_kind, *row) for row in rows} <= log
        assert rows.exists() or model in (DayHours, Closure, Concern, Wait, Offer)
    assert numbers == list(range(1, ChangeCounter.objects.get().last_number + 1))


def test_its_past_was_lived():
    first_day = datetime(2027, 1, 4, tzinfo=UTC)
    registered = Patient.objects.order_by("created_at").values_list("created_at", flat=True)
    assert first_day < registered[0]
    assert registered[0] + timedelta(days=7) < registered[SMALL.patients - 1] == NOW
    assert Plan.objects.filter(created_at__lt=NOW).exists()
    for session in Session.objects.filter(starts_at__isnull=False):
        assert session.starts_at is not None
        assert session.created_at < session.starts_at
    assert Session.objects.filter(status="completed", finished_at__lt=NOW).exists()
    assert Session.objects.filter(status="booked", starts_at__gt=NOW).exists()


def test_what_was_due_in_the_past_has_gone_out_to_nobody_and_the_last_callers_mails_still_wait(mails):
    past = Message.objects.filter(due_at__lt=NOW - timedelta(hours=1))
    assert past.exists()
    assert not past.filter(state="waiting").exists()
    assert not Message.objects.filter(state="too_late").exists()
    waiting = Message.objects.filter(state="waiting", due_at__lte=NOW, useful_until__gt=NOW)
    assert waiting.filter(patient__created_at=NOW).values("patient").distinct().count() == 2
    assert mails == []


def test_each_role_signs_in_with_a_password_of_its_own(demo):
    users = demo.way_in["users"]

    assert set(users) == set(Role)
    for role, said in users.items():
        user = User.objects.get(email=said["email"])
        assert user.check_password(said["password"])
        assert len(said["password"]) >= 10
        assert Membership.objects.get(user=user).role == role
    assert len({said["password"] for said in users.values()}) == len(users)
    doctor = Membership.objects.get(role=Role.PRACTITIONER).practitioner
    assert doctor is not None
    assert doctor.skills.get().key == "doctor"


def test_the_key_may_do_everything_and_the_feed_is_the_clinics(demo):
    way_in = demo.way_in

    key = AccessKey.objects.get(digest=digest_of(way_in["api_key"]))
    feed = feed_at(token=way_in["feed_url_path"].removeprefix("/feeds/").removesuffix(".ics"))
    assert set(key.scopes) == {str(scope) for scope in Scope}
    assert feed is not None
    assert (feed.clinic, feed.diary) == (Clinic.objects.get(), None)


def test_occupancy_is_told_for_each_kind_of_resource(demo):
    assert [one.kind for one in demo.occupancies] == ["practitioner", "room", "device"]
    assert all(0 < one.claimed < one.open for one in demo.occupancies)
    assert (demo.first_on, demo.last_on) == (date(2027, 1, 4), date(2027, 2, 17))
