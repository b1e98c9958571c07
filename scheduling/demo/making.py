"""Making the demo clinic: founded eight weeks ago, lived through day by day until now."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction

from clinic.actors import Role, task_actor
from clinic.localtime import dates_between, lenient_instant_at, local_date, zone_named
from clinic.models import MessageConsent
from clinic.patients import NewPatient
from scheduling import messaging
from scheduling.demo.front_desk import FrontDesk
from scheduling.demo.life import Life
from scheduling.demo.occupancy import Occupancy, occupancies
from scheduling.demo.people import invented_patients
from scheduling.demo.premises import SUNDAY, ZONE, enter_absences, found_premises
from scheduling.demo.sign_ins import issue_everything_key, open_accounts, open_clinic_feed

DEFAULT_SEED = "linden"
_FIRST_CALL, _LAST_CALL = 9 * 60, 17 * 60
_POST_HOURS = range(8, 22, 2)
_MAILS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Size:
    """How many patients and weeks of past; over how many weeks ahead occupancy is told."""

    patients: int = 300
    weeks_lived: int = 8
    weeks_ahead: int = 12
    # Patients who call at this very moment: a newcomer sees the reminders of their visits arrive.
    calling_now: int = 6


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo clinic: what a visitor needs to get in, and how full its diaries are."""

    name: str
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
    with transaction.atomic(), no_mail_leaves():
        premises = found_premises(first_monday=first_on, now=founded_at)
        operator = task_actor(clinic_id=premises.clinic.pk, label="demo")
        sign_ins = open_accounts(premises=premises, by=operator, now=founded_at)
        owner = sign_ins[Role.OWNER].actor
        enter_absences(premises=premises, today=today, by=owner, now=founded_at)
        desk = FrontDesk(
            premises=premises,
            life=Life(),
            reception=sign_ins[Role.RECEPTIONIST].actor,
            doctors={premises.doctors[0].name: sign_ins[Role.PRACTITIONER].actor},
            seed=seed,
        )
        _live(desk, size, dates_between(first_on, today), now, watch)
        return Demo(
            name=premises.clinic.name,
            first_on=first_on,
            last_on=last_on,
            way_in={
                "users": {str(role): sign_in.as_json() for role, sign_in in sign_ins.items()},
                "api_key": issue_everything_key(by=owner, now=now),
                "feed_url_path": open_clinic_feed(by=owner, now=now),
                "seed": seed,
            },
            occupancies=occupancies(site=premises.site, first_on=first_on, last_on=last_on),
        )


@contextmanager
def no_mail_leaves() -> Iterator[None]:
    """Swallow mails: those of a past that is only lived through now."""
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = before


def _live(desk: FrontDesk, size: Size, days: Sequence[date], now: datetime, watch: Watch) -> None:
    """Live the days one after the other, the last one up to now."""
    # The post goes first: who calls at this very moment finds it gone.
    _expect_post(desk, days)
    _expect_calls(desk, size, days, now)
    for number, on in enumerate(days, start=1):
        midnight = lenient_instant_at(on + timedelta(days=1), time(0), desk.premises.site.tz)
        desk.life.live(until=min(now, midnight))
        watch(number, len(days), on)


def _expect_calls(desk: FrontDesk, size: Size, days: Sequence[date], now: datetime) -> None:
    """New patients call on working days, more of them at first; the last few call at this moment."""
    chance = Random(f"{desk.seed}/calls")  # nosec B311 # the same demo from the same seed
    zone = desk.premises.site.tz
    people = list(invented_patients(count=size.patients, seed=desk.seed, today=days[-1]))
    reachable = [p for p in people if p.email and p.message_consent == MessageConsent.YES]
    calling_now = reachable[: size.calling_now]
    open_days = [on for on in days if on.isoweekday() != SUNDAY]
    weights = [2 * len(open_days) - number for number in range(len(open_days))]
    for new in people:
        if new in calling_now:
            _expect_call(desk, new, at=now, soon=True)
            continue
        at = now
        while at >= now:
            minute = chance.randrange(_FIRST_CALL, _LAST_CALL)
            on = chance.choices(open_days, weights=weights)[0]
            at = lenient_instant_at(on, time(minute // 60, minute % 60), zone)
        _expect_call(desk, new, at=at)


def _expect_call(desk: FrontDesk, new: NewPatient, *, at: datetime, soon: bool = False) -> None:
    desk.life.expect(lambda now: desk.take_call(new, at=now, soon=soon), at=at)


def _expect_post(desk: FrontDesk, days: Sequence[date]) -> None:
    """Every other hour of the day, what is due goes out: soon enough for every reminder to be of use."""
    for on in days:
        for hour in _POST_HOURS:
            at = lenient_instant_at(on, time(hour), desk.premises.site.tz)
            desk.life.expect(_post_what_is_due, at=at)


def _post_what_is_due(now: datetime) -> None:
    while messaging.send_due(now=now, limit=_MAILS_AT_ONCE).found == _MAILS_AT_ONCE:
        pass
