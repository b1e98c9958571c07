"""A day that runs late, with words for whatever a test does not care about."""

from datetime import datetime

import pytest

from clinic.errors import ClinicError
from clinic.identity.actors import Actor
from clinic.models import Patient, Resource
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.disruption.delay_preview import Delay
from scheduling.disruption.delays import Agreed, preview_delay, push_day
from scheduling.models import Session
from tests.support.acts.courses import everything_written, times_of
from tests.support.builders import a_patient, an_owner
from tests.support.cast import AMSTERDAM, NOW
from tests.support.worlds import World

# When the desk finds that Dr Osei is late.
LATE = datetime(2027, 1, 5, 10, 5, tzinfo=AMSTERDAM)


def at(hour: int, minute: int = 0, *, day: int = 5) -> datetime:
    return datetime(2027, 1, day, hour, minute, tzinfo=AMSTERDAM)


def a_consultation(
    world: World, starts_at: datetime, *, patient: Patient | None = None, doctor: Resource | None = None
) -> Session:
    """Half an hour with Dr Osei, of a patient of its own."""
    session = SingleSession(
        patient=patient or a_patient(clinic=world.clinic, family_name="Waiting"),
        session_type=world.session_types["consultation"],
        starts_at=starts_at,
        practitioner=doctor or world.doctors[0],
    )
    return book_session(wanted=session, by=world.reception, now=NOW)


def late(
    world: World, minutes: int = 20, *, resource: Resource | None = None, only_as_needed: bool = False
) -> Delay:
    return Delay(resource or world.doctors[0], minutes, only_as_needed)


def agreed(delay: Delay, *, now: datetime = LATE, reason: str = "") -> Agreed:
    """What the desk saw, whole."""
    found = preview_delay(delay=delay, by=an_owner(clinic=delay.resource.clinic), now=now)
    return Agreed({push.session.uuid: push.session.version for push in found}, reason=reason)


def push(
    world: World, delay: Delay, *, by: Actor | None = None, now: datetime = LATE, reason: str = ""
) -> list[Session]:
    """The day as the desk saw it a moment ago."""
    seen = agreed(delay, now=now, reason=reason)
    return push_day(delay=delay, agreed=seen, by=by or world.reception, now=now)


def refused(world: World, delay: Delay, **fields) -> ClinicError:
    """The refusal, after which nothing has changed."""
    before = everything_written()
    with pytest.raises(ClinicError) as error:
        push(world, delay, **fields)
    assert everything_written() == before
    return error.value


def starts(*sessions: Session) -> list[str]:
    """When they start by now, on the wall clock."""
    for session in sessions:
        session.refresh_from_db()
    return [f"{times_of(session).starts_at.astimezone(AMSTERDAM):%H:%M}" for session in sessions]
