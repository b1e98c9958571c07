"""Making the demo clinic: the same again for the same seed, on any day, whole or not at all."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from clinic.models import Clinic, Patient, Resource, Site, User
from scheduling.demo.acts.occupancy import occupancy_of
from scheduling.demo.days import Size
from scheduling.demo.making import Demo, make_demo
from scheduling.models import Session

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


@pytest.mark.parametrize(
    "now", [datetime(2027, 1, 20, 19, tzinfo=UTC), datetime(2027, 1, 17, 11, tzinfo=UTC)]
)
def test_after_closing_nobody_is_here_without_a_time(now):
    a_demo(now=now, size=SMALLEST)

    here = Session.objects.filter(starts_at__isnull=True, status__in=["arrived", "in_treatment"])
    assert not here.exists()


def test_a_demo_that_is_stopped_half_way_leaves_nothing_behind():
    def stop(lived: int, of: int, on: date) -> None:
        if lived == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_demo(size=SMALL, seed="tests", now=NOW, watch=stop)

    assert not Clinic.objects.exists()
    assert not User.objects.exists()


@pytest.mark.deep
def test_the_doctors_of_the_demo_are_busy_around_today():
    a_demo(size=Size.of(300))

    site = Site.objects.get()
    doctors = list(Resource.objects.filter(skills__key="doctor"))
    around = occupancy_of(site=site, of=doctors, first_on=date(2027, 1, 18), last_on=date(2027, 1, 25))
    assert 60 <= around.percent <= 75
    assert Patient.objects.count() == 300
