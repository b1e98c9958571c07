"""Making the demo clinic: founded eight weeks ago, lived through day by day until now."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from clinic.hours.working_time import one_transaction_remembers
from clinic.identity.actors import Role, task_actor
from clinic.models import Clinic
from clinic.time.wall_clock import dates_between, lenient_instant_at, local_date, zone_named
from scheduling.demo.acts.occupancy import Occupancy, occupancies
from scheduling.demo.cast.crew import Crew
from scheduling.demo.cast.premises import ZONE, enter_absences, found_premises
from scheduling.demo.cast.sign_ins import (
    SignIn,
    issue_everything_key,
    open_accounts,
    open_clinic_feed,
)
from scheduling.demo.days import Days, Size

DEFAULT_SEED = "linden"
_THOROUGH_DAYS = 14


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo clinic: what a visitor needs to get in, and how full its diaries are."""

    clinic: Clinic
    first_on: date
    last_on: date
    way_in: dict[str, Any]
    occupancies: list[Occupancy]


# Told after each lived day: how many are lived, of how many, and its date.
Watch = Callable[[int, int, date], None]


def make_demo(*, size: Size, seed: str, now: datetime, watch: Watch) -> Demo:
    """Make the demo clinic and live its past up to now, in one transaction: all of it or nothing.

    The same seed and the same `now` make the same calendars; passwords, keys and ids differ.
    """
    zone = zone_named(ZONE)
    today = local_date(now, zone)
    first_on = today - timedelta(days=today.weekday(), weeks=size.weeks_lived)
    last_on = today + timedelta(weeks=size.weeks_ahead)
    founded_at = lenient_instant_at(first_on, time(8), zone)
    with transaction.atomic(), no_mail_leaves(), one_transaction_remembers():
        premises = found_premises(first_monday=first_on, now=founded_at)
        operator = task_actor(clinic_id=premises.clinic.pk, label="demo")
        sign_ins = open_accounts(premises=premises, by=operator, now=founded_at)
        owner = sign_ins[Role.OWNER].actor
        enter_absences(premises=premises, today=today, by=owner, now=founded_at)
        crew = Crew(
            premises=premises,
            reception=sign_ins[Role.RECEPTIONIST].actor,
            owner=owner,
            doctors={premises.doctors[0].name: sign_ins[Role.PRACTITIONER].actor},
            seed=seed,
            thorough_since=today - timedelta(days=_THOROUGH_DAYS),
        )
        days = dates_between(first_on, today)
        Days(crew, days, now).expect(size)
        _live(crew, days, now, watch)
        _let_the_planner_know()
        return Demo(
            clinic=premises.clinic,
            first_on=first_on,
            last_on=last_on,
            way_in={"clinic": str(premises.clinic.uuid), "seed": seed, **_ways_in(sign_ins, now)},
            occupancies=occupancies(site=premises.site, first_on=first_on, last_on=last_on),
        )


def _ways_in(sign_ins: dict[Role, SignIn], now: datetime) -> dict[str, Any]:
    owner = sign_ins[Role.OWNER].actor
    return {
        "users": {str(role): sign_in.as_json() for role, sign_in in sign_ins.items()},
        "api_key": issue_everything_key(by=owner, now=now),
        "feed_url_path": open_clinic_feed(by=owner, now=now),
    }


def _let_the_planner_know() -> None:
    """Weeks of rows came in one transaction: until it is told, PostgreSQL plans as for empty tables."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


@contextmanager
def no_mail_leaves() -> Iterator[None]:
    """Swallow mails, and note none: those of a past that is only lived through now."""
    before, ledger = settings.EMAIL_BACKEND, settings.MAIL_LEDGER
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    settings.MAIL_LEDGER = None
    try:
        yield
    finally:
        settings.EMAIL_BACKEND, settings.MAIL_LEDGER = before, ledger


def _live(crew: Crew, days: Sequence[date], now: datetime, watch: Watch) -> None:
    """Live the days one after the other, the last one up to now."""
    for number, on in enumerate(days, start=1):
        midnight = lenient_instant_at(on + timedelta(days=1), time(0), crew.premises.site.tz)
        crew.life.live(until=min(now, midnight))
        watch(number, len(days), on)
