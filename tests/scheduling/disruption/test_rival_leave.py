"""Leave is entered while many desks book the same hours, and swaps race with bookings for the same seat."""

from collections import Counter
from collections.abc import Callable

import pytest

from clinic.models import Leave
from scheduling.diaries.integrity import flaws
from scheduling.models import Claim, Session
from tests.support.acts.absences import a_session, at, leave_of, served
from tests.support.builders import a_patient
from tests.support.rest import Answer, RestClient, a_client_of, all_at_once
from tests.support.worlds import World

RIVALS = 20

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def asks_for(world: World, clock: str, secret: str | None, **said: str) -> Callable[[], Answer]:
    """A desk of its own that books a session of a patient of its own."""
    patient = a_patient(clinic=world.clinic)
    body = {
        "patient": str(patient.uuid),
        "session_type": str(world.session_types["mesotherapy"].uuid),
        "starts_at": at(clock).isoformat(),
        **said,
    }
    return lambda: RestClient(secret=secret, now=None).post("sessions/", body)


def clock_of(number: int) -> str:
    return f"{9 + number // 6:02}:{number % 6 * 10:02}"


@pytest.mark.parametrize("swap", [False, True])
def test_each_booking_came_before_the_leave_and_is_told_or_is_refused(world, swap):
    rest = a_client_of(world)
    doctor = world.doctors[0]
    named = {"practitioner": str(doctor.uuid)}
    rivals = [asks_for(world, clock_of(number), rest.secret, **named) for number in range(RIVALS)]
    said = {"starts_at": at("00:00").isoformat(), "swap": swap}

    def enters() -> Answer:
        return RestClient(secret=rest.secret, now=None).post(f"resources/{doctor.uuid}/leave/", said)

    *answers, entered = all_at_once([*rivals, enters])

    assert entered.status == 201, entered.text
    told = {one["session"]["id"] for one in entered.json["in_the_way"]}
    booked = {answer.json["id"] for answer in answers if answer.status == 201}
    refused = Counter(answer.code for answer in answers if answer.status != 201)
    assert refused.keys() <= {"outside_hours"}
    inside = Session.objects.filter(claims__diary=doctor.diary_id).values_list("uuid", flat=True)
    assert {str(uuid) for uuid in inside} == told == booked
    assert not list(flaws())


def test_a_broken_room_is_left_by_all_however_many_book_the_other_rooms(world):
    rest = a_client_of(world)
    [room, *_] = world.treatment_rooms
    clocks = [clock_of(number) for number in range(12)]
    for clock in clocks:
        a_session(world, clock)
    rivals = [asks_for(world, clock, rest.secret) for clock in clocks]
    said = {"starts_at": at("00:00").isoformat(), "swap": True}

    def enters() -> Answer:
        return RestClient(secret=rest.secret, now=None).post(f"resources/{room.uuid}/leave/", said)

    *answers, entered = all_at_once([*rivals, enters])

    assert entered.status == 201, entered.text
    assert {answer.status for answer in answers} <= {201, 409, 422}, [a.text for a in answers]
    told = {one["session"]["id"] for one in entered.json["in_the_way"]}
    inside = Session.objects.filter(claims__diary=room.diary_id).values_list("uuid", flat=True)
    assert {str(uuid) for uuid in inside} == told
    assert not list(flaws())


def test_swaps_and_bookings_that_want_the_same_doctor_neither_overlap_nor_deadlock(world):
    rest = a_client_of(world)
    doctor, other = world.doctors
    clocks = [clock_of(number) for number in range(12)]
    sessions = [a_session(world, clock, practitioner=doctor) for clock in clocks]
    leave = leave_of(world, doctor).absence
    assert isinstance(leave, Leave)
    rivals = [asks_for(world, clock, rest.secret, practitioner=str(other.uuid)) for clock in clocks]

    def swaps() -> Answer:
        return RestClient(secret=rest.secret, now=None).post(
            f"leave/{leave.uuid}/swap/", {"also_practitioners": True}
        )

    *answers, first, second = all_at_once([*rivals, swaps, swaps])

    assert (first.status, second.status) == (200, 200), (first.text, second.text)
    assert {answer.status for answer in answers} <= {201, 409}, [answer.text for answer in answers]
    swapped = sum(served(session, "doctor") == other for session in sessions)
    assert swapped == len(first.json["swapped"]) + len(second.json["swapped"])
    assert swapped + sum(answer.status == 201 for answer in answers) == len(clocks)
    assert Claim.objects.filter(diary=doctor.diary_id).count() == len(sessions) - swapped
    assert not list(flaws())
