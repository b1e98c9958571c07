"""A patient is erased and written for at the same moment: they take turns, and the second is refused."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from clinic.errors import Refused
from clinic.models import Patient
from scheduling.booking.book_course import book_course
from scheduling.models import Session
from scheduling.privacy.erasure import erase_patient
from tests.support.acts.courses import offers
from tests.support.acts.feeds import a_consultation
from tests.support.cast import NOW
from tests.support.worlds import a_plan
from treatments.models import Plan

pytestmark = [
    pytest.mark.slow,
    pytest.mark.only_on("postgresql"),  # SQLite lets one transaction write at a time
    pytest.mark.django_db(transaction=True),
]


def codes_of_the_second(first: Callable[[], Any], second: Callable[[], Any]) -> set[str]:
    """Run the second while the first has done its work and not yet committed; why the second was refused."""
    ended = Event()
    codes: set[str] = set()

    def run_second() -> None:
        try:
            second()
        except Refused as refused:
            codes.update(problem.code for problem in refused.problems)
        finally:
            ended.set()
            connection.close()

    rival = Thread(target=run_second)
    with transaction.atomic():
        first()
        rival.start()
        came_too_early = ended.wait(0.5)
    rival.join(20)

    assert not came_too_early
    assert ended.is_set()
    return codes


def test_a_session_booked_during_an_erasure_is_refused(world):
    codes = codes_of_the_second(
        lambda: erase_patient(patient=world.patient, by=world.owner, now=NOW), lambda: a_consultation(world)
    )

    assert codes == {"patient_erased"}
    assert not Session.objects.exists()


def test_a_course_prescribed_during_an_erasure_is_refused(world):
    codes = codes_of_the_second(
        lambda: erase_patient(patient=world.patient, by=world.owner, now=NOW), lambda: a_plan(world=world)
    )

    assert codes == {"patient_erased"}
    assert not Plan.objects.exists()


def test_a_course_booked_during_an_erasure_is_refused(world):
    plan = a_plan(world=world)
    proposal = offers(plan=plan)[0]

    codes = codes_of_the_second(
        lambda: erase_patient(patient=world.patient, by=world.owner, now=NOW),
        lambda: book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW),
    )

    assert codes == {"patient_erased"}
    assert not Session.objects.filter(status="booked").exists()


@pytest.mark.parametrize("what", ["session", "course"])
def test_an_erasure_during_a_booking_is_refused(world, what):
    plan = a_plan(world=world)
    proposal = offers(plan=plan)[0]
    booking = {
        "session": lambda: a_consultation(world),
        "course": lambda: book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW),
    }

    codes = codes_of_the_second(
        booking[what], lambda: erase_patient(patient=world.patient, by=world.owner, now=NOW)
    )

    assert codes == {"has_future_visits"}
    assert Patient.objects.get(pk=world.patient.pk).given_name == "Marit"
