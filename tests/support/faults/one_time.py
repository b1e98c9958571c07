"""F1: very many want one time at one moment, round after round; one of them has it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from clinic.models import Patient
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session
from tests.support.builders import a_patient
from tests.support.cast import NOW, OVER
from tests.support.faults.rush import Ask, Rush, assert_sound, posting, sized
from tests.support.rest import RestClient
from tests.support.worlds import World, a_course_world

RIVALS = sized(full=200, short=12)
ROUNDS = sized(full=20, short=1)
DAY = timedelta(days=1)
HOURS = (1, 2, 3, 5, 6)


def a_world_of_one_doctor() -> World:
    world = a_course_world()
    one_doctor_left(world)
    return world


def one_doctor_left(world: World) -> None:
    for doctor in world.doctors[1:]:
        doctor.valid_until = OVER
        doctor.save(update_fields=["valid_until"])


def weekday(number: int) -> datetime:
    """Ten in the morning in Amsterdam on the weekdays from tomorrow on."""
    weeks, days = divmod(number, 4)
    return NOW + (7 * weeks + days + 1) * DAY + timedelta(hours=1)


def hour_of_this_week(number: int) -> datetime:
    """The hours of the clinic from tomorrow until Friday."""
    hour, days = divmod(number, 4)
    return NOW + (days + 1) * DAY + timedelta(hours=HOURS[hour])


def session_in_weeks(world: World, number: int) -> Session:
    """A consultation in the weeks after those that the rivals want, with either doctor if there are two."""
    doctors = [doctor for doctor in world.doctors if doctor.valid_until is None]
    place, doctor = divmod(number, len(doctors))
    day, half_hour = divmod(place, 14)
    weeks, weekday_on = divmod(day, 4)
    at = NOW + (7 * (weeks + 8) + weekday_on) * DAY + timedelta(minutes=30 * half_hour)
    patient = a_patient(clinic=world.clinic)
    session = SingleSession(patient, world.session_types["consultation"], at, practitioner=doctors[doctor])
    return book_session(wanted=session, by=world.reception, now=NOW)


def patients(world: World, *, count: int = RIVALS) -> list[Patient]:
    return [a_patient(clinic=world.clinic) for _ in range(count)]


def asking_for(world: World, rest: RestClient, at: datetime, *, who: Sequence[Patient]) -> list[Ask]:
    """Each of the patients asks for a consultation at that time."""
    kind = str(world.session_types["consultation"].uuid)
    return [
        posting(
            rest,
            "sessions/",
            {"patient": str(patient.uuid), "session_type": kind, "starts_at": at.isoformat()},
        )
        for patient in who
    ]


def assert_one_winner_a_round(rush: Rush) -> None:
    won = rush.statuses[201] + rush.statuses[200]
    assert won == ROUNDS, rush.figures()
    assert rush.statuses[409] == (RIVALS - 1) * ROUNDS, rush.figures()
    assert_all_served(rush)


def assert_all_served(rush: Rush) -> None:
    """Every ask has an answer, in time, and the diaries are sound."""
    assert sum(rush.statuses.values()) == RIVALS * ROUNDS
    assert rush.is_quick(p99=2, slowest=5), rush.figures()
    assert_sound()


def assert_booked(*, at: datetime) -> None:
    """Exactly one session stands at that time."""
    assert Session.objects.filter(starts_at=at, status="booked").count() == 1
