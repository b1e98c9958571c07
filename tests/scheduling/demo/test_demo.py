"""The demo clinic: lived through by the use cases, the same again for the same seed."""

import json
import stat
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction

from clinic.identity.actors import Role, Scope
from clinic.identity.tokens import digest_of
from clinic.models import AccessKey, Clinic, Membership, Patient, Resource, User
from scheduling.demo.days import Size
from scheduling.demo.making import Demo, make_demo
from scheduling.icalendar.feeds import feed_at
from scheduling.models import Message, Session
from tests.support.builders import a_clinic
from tests.support.database.soundness import assert_diaries_are_sound
from treatments.models import Plan, Protocol

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# A Wednesday, noon in Amsterdam.
NOW = datetime(2027, 1, 20, 11, tzinfo=UTC)
SMALL = Size(patients=14, weeks_lived=2, weeks_ahead=4, calling_now=2)


def a_demo(*, seed: str = "tests", now: datetime = NOW, size: Size = SMALL) -> Demo:
    return make_demo(size=size, seed=seed, now=now, watch=lambda lived, of, on: None)


def calendars(*, seed: str, now: datetime = NOW) -> list[tuple]:
    """Who comes when, to whom and what for; the demo is unmade again."""
    with transaction.atomic():
        a_demo(seed=seed, now=now)
        rows = Session.objects.order_by("patient_id", "plan_id", "kind", "number", "pk")
        found = [
            (
                str(row.patient),
                row.kind,
                row.number,
                row.starts_at,
                row.target_on,
                [part["name"] for part in row.cast],
            )
            for row in rows.select_related("patient")
        ]
        transaction.set_rollback(True)
    return found


def test_the_demo_is_the_clinic_of_the_issue():
    a_demo()

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
    a_demo()

    assert_diaries_are_sound()
    past = Session.objects.filter(local_date__lt=date(2027, 1, 18))
    assert set(past.values_list("status", flat=True)) <= {"completed", "missed", "cancelled"}


def test_its_past_was_lived():
    a_demo()

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


def test_what_was_due_in_the_past_has_gone_out_to_nobody_and_the_last_callers_mails_still_wait():
    a_demo()

    past = Message.objects.filter(due_at__lt=NOW - timedelta(hours=1))
    assert past.exists()
    assert not past.filter(state="waiting").exists()
    assert not Message.objects.filter(state="too_late").exists()
    waiting = Message.objects.filter(state="waiting", due_at__lte=NOW, useful_until__gt=NOW)
    assert waiting.filter(patient__created_at=NOW).values("patient").distinct().count() == 2
    assert mail.outbox == []


def test_the_same_seed_makes_the_same_calendars_and_another_seed_others():
    once, again, other = (calendars(seed=seed) for seed in ("a", "a", "b"))

    assert once
    assert once == again
    assert once != other


def test_the_demo_can_be_made_on_any_day_at_any_hour():
    for now in (
        datetime(2027, 1, 17, 2, 30, tzinfo=UTC),
        datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 26, 22, tzinfo=UTC),
    ):
        assert calendars(seed="tests", now=now)


def test_each_role_signs_in_with_a_password_of_its_own():
    users = a_demo().way_in["users"]

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


def test_the_key_may_do_everything_and_the_feed_is_the_clinics():
    way_in = a_demo().way_in

    key = AccessKey.objects.get(digest=digest_of(way_in["api_key"]))
    feed = feed_at(token=way_in["feed_url_path"].removeprefix("/feeds/").removesuffix(".ics"))
    assert set(key.scopes) == {str(scope) for scope in Scope}
    assert feed is not None
    assert (feed.clinic, feed.diary) == (Clinic.objects.get(), None)


def test_occupancy_is_told_for_each_kind_of_resource():
    demo = a_demo()

    assert [one.kind for one in demo.occupancies] == ["practitioner", "room", "device"]
    assert all(0 < one.claimed < one.open for one in demo.occupancies)
    assert (demo.first_on, demo.last_on) == (date(2027, 1, 4), date(2027, 2, 17))


def test_a_demo_that_is_stopped_half_way_leaves_nothing_behind():
    def stop(lived: int, of: int, on: date) -> None:
        if lived == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_demo(size=SMALL, seed="tests", now=NOW, watch=stop)

    assert not Clinic.objects.exists()
    assert not User.objects.exists()


def test_the_command_writes_the_way_in_where_only_this_account_can_read_it(settings, tmp_path):
    settings.DATA = tmp_path
    out = StringIO()

    call_command("demo", patients=8, seed="tests", stdout=out)

    said = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert set(said) == {"users", "api_key", "feed_url_path", "seed"}
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]
    assert "8 patients" in out.getvalue()
    assert "Practitioners" in out.getvalue()
    assert said["api_key"] not in out.getvalue()


def test_where_there_is_a_clinic_no_demo_is_made(settings, tmp_path):
    settings.DATA = tmp_path
    clinic = a_clinic(name="Keizersgracht")
    out = StringIO()

    call_command("demo", stdout=out)

    assert out.getvalue() == "There is a clinic already, Keizersgracht: no demo clinic is made.\n"
    assert Clinic.objects.get() == clinic
    assert not list(tmp_path.iterdir())
