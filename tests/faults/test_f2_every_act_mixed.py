"""F2 with every act that takes time, mixed: none overlaps another, and whoever was promised time has it."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from clinic.models import AuditEntry
from scheduling.booking.freed_time import FreeTime
from scheduling.waitlist.offers import offer_freed
from scheduling.waitlist.queue import WaitAsked, join_waitlist
from tests.support.acts.absences import a_session, leave_of
from tests.support.acts.imports import course_rows
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.chance import chance
from tests.support.clock import clocks_show
from tests.support.faults.bringing_over import bringing
from tests.support.faults.many_courses import (
    COURSES,
    MOST_CLINICS,
    assert_acknowledged,
    assert_all_or_nothing,
    assert_quick_and_clean,
    book_all,
    rippling,
    rival_plans,
    taking,
)
from tests.support.faults.one_time import DAY
from tests.support.faults.rush import Ask, Rush, posting
from tests.support.rest import RestClient, a_client_of
from tests.support.worlds import World, a_course_world

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

OF_EACH = COURSES // 8
WAYS = {"ripple", "swap", "book, hold", "waitlist accept", "import", "re-seat"}
# Tomorrow afternoon: who is booked sits so that others fit only beside them.
BOOKED = ("14:00", "14:15", "14:30", "14:45", "15:00", "15:15")
BESIDE = ("14:05", "14:10", "14:35", "14:40", "15:05", "15:10")


def session_at(world: World, rest: RestClient, clock: str) -> Ask:
    said = {
        "patient": str(a_patient(clinic=world.clinic).uuid),
        "session_type": str(world.session_types["prp"].uuid),
        "starts_at": f"2027-01-05T{clock}:00+01:00",
    }
    return posting(rest, "sessions/", said)


def swapping(world: World, rest: RestClient, number: int) -> Ask:
    """Somebody or something is away on a Monday, and all its sessions want an equal."""
    serving = [*world.doctors, *world.assistants, *world.treatment_rooms, *world.draw_chairs]
    starts = NOW + 7 * (number // len(serving) + 1) * DAY
    resource = serving[number % len(serving)]
    leave = leave_of(world, resource, starts=starts, ends=starts + timedelta(hours=8)).absence
    return posting(rest, f"leave/{leave.uuid}/swap/", {"also_practitioners": True})


def accepting(world: World, rest: RestClient, number: int) -> Ask:
    """Somebody waits, and was offered a time on one of the Wednesdays."""
    clock = f"{9 + number // 2:02}:{number % 2 * 30:02}"
    session = a_session(world, clock, "consultation", on=date(2027, 12, 2))
    join_waitlist(session=session, asked=WaitAsked(), by=world.reception, now=NOW)
    opens = NOW + (2 + 7 * (number % 6)) * DAY
    free = FreeTime(world.site, opens, opens + timedelta(hours=8))
    offer = offer_freed(free=free, by=world.reception, now=NOW)
    assert offer is not None
    return posting(rest, f"offers/{offer.uuid}/accept/", {})


def importing(world: World, number: int) -> Ask:
    """A course of four on Tuesdays, of which others may have the time by now."""
    dates = [str(date(2027, 1, 12) + 14 * nth * DAY) for nth in range(4)]
    at, patient = f"{9 + number % 6:02}:{number // 6 % 2 * 30:02}", f"P{number}"
    return bringing(world, patient, *course_rows(*dates, at=at, patient=patient, course=f"C{number}"))


def all_at_once(rush: Rush, world: World, drawn: Random) -> Counter[str]:
    """How often each way had its time; whatever came of it, everything promised stands."""
    rest = a_client_of(world)
    with clocks_show(NOW):
        assert {session_at(world, rest, clock)().status for clock in BOOKED} == {201}
    plans = rival_plans(world, drawn)
    moved, taken = plans[: COURSES // 2], plans[COURSES // 2 :]
    book_all(rest, moved, drawn)
    numbers = range(OF_EACH)
    asks = {
        "ripple": rippling(world, rest, drawn),
        "swap": [swapping(world, rest, number) for number in numbers],
        "book, hold": taking(rest, taken, drawn),
        "waitlist accept": [accepting(world, rest, number) for number in numbers],
        "import": [importing(world, number) for number in numbers],
        "re-seat": [session_at(world, rest, BESIDE[number % len(BESIDE)]) for number in range(OF_EACH + 5)],
    }
    assert asks.keys() == WAYS
    every = [(way, ask) for way, of_way in asks.items() for ask in of_way]
    drawn.shuffle(every)

    answers = rush.add([ask for _, ask in every])

    told = zip(every, answers, strict=True)
    won = Counter(way for (way, _), answer in told if answer.status < 300)
    assert won["waitlist accept"] == won["swap"] == OF_EACH
    entries = AuditEntry.objects.filter(clinic=world.clinic)
    assert entries.filter(act="swapped_visits").count() == OF_EACH
    assert_all_or_nothing(plans)
    assert_acknowledged(answers)
    return won


@pytest.mark.experiment("F2", "courses and every act that takes time, mixed")
def test_every_act_that_takes_time_at_once(rush):
    won: Counter[str] = Counter()
    for number in range(MOST_CLINICS):
        won += all_at_once(rush, a_course_world(), chance(300 + number))
        if won.keys() == WAYS and AuditEntry.objects.filter(act="reseated_visit").exists():
            break

    rush.notes.append(", ".join(f"{count} {way}" for way, count in won.items()))
    assert set(rush.statuses) <= {200, 201, 409, 422}, rush.figures()
    assert won.keys() == WAYS, won
    assert AuditEntry.objects.filter(act="reseated_visit").exists()
    assert_quick_and_clean(rush)
