"""Making the demo clinic: the same again for the same seed, on any day, whole or not at all."""

import json
import stat
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from clinic.models import Clinic, User
from scheduling.demo.days import Size
from scheduling.demo.making import Demo, make_demo
from scheduling.models import Session
from tests.support.builders import a_clinic

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# A Wednesday, noon in Amsterdam.
NOW = datetime(2027, 1, 20, 11, tzinfo=UTC)
SMALL = Size(patients=14, weeks_lived=2, weeks_ahead=4, calling_now=2)
SMALLEST = Size(patients=7, weeks_lived=1, weeks_ahead=4, calling_now=1)


def a_demo(*, seed: str = "tests", now: datetime = NOW, size: Size = SMALL) -> Demo:
    return make_demo(size=size, seed=seed, now=now, watch=lambda lived, of, on: None)


def calendars(*, seed: str, now: datetime = NOW, size: Size = SMALL) -> list[tuple]:
    """Who comes when, to whom and what for; the demo is unmade again."""
    with transaction.atomic():
        a_demo(seed=seed, now=now, size=size)
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


def test_the_same_seed_makes_the_same_calendars_and_another_seed_others():
    once, again, other = (calendars(seed=seed, size=SMALLEST) for seed in ("a", "a", "b"))

    assert once
    assert once == again
    assert once != other


@pytest.mark.deep
def test_the_demo_can_be_made_on_any_day_at_any_hour():
    for now in (
        datetime(2027, 1, 17, 2, 30, tzinfo=UTC),
        datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 26, 22, tzinfo=UTC),
    ):
        assert calendars(seed="tests", now=now)


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
