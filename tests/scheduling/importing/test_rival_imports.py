"""An import runs while others book: nothing is held twice, and every course is whole or not there."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from clinic.models import ExternalId
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.diaries.integrity import flaws as diary_flaws
from scheduling.importing.outcomes import Fate
from scheduling.models import Session
from tests.support.acts.imports import a_patient_row, bookings_brought, course_rows, fates, patients_brought
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.database.rivals import at_once
from tests.support.worlds import World, a_course_world

DATES = ("2027-01-11", "2027-01-25", "2027-02-08", "2027-02-22")
COURSES = 6

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world() -> World:
    world = a_course_world()
    patients_brought(world, *(a_patient_row(id=f"P{n}") for n in range(COURSES)))
    return world


def test_a_booking_and_an_import_want_the_same_doctor_and_one_gets_her(world):
    rows = [
        row
        for n in range(COURSES)
        for row in course_rows(
            *DATES, at=f"{9 + n}:00".zfill(5), patient=f"P{n}", course=f"C{n}", practitioner="Dr Osei"
        )
    ]
    consultation, patients = (
        world.session_types["consultation"],
        [a_patient(clinic=world.clinic) for _ in range(COURSES)],
    )

    def booking_of(n: int) -> Callable[[], int]:
        # A consultation of half an hour: it meets the injection after a quarter of an hour.
        starts_at = datetime(2027, 1, 11 + 14 * (n % 2), 8 + n, 0, tzinfo=UTC)
        session = SingleSession(patients[n], consultation, starts_at, practitioner=world.doctors[0])

        def book() -> int:
            try:
                book_session(wanted=session, by=world.reception, now=NOW)
            except TimeTaken:
                return 0
            return 1

        return book

    acts: list[Callable[[], Any]] = [lambda: bookings_brought(world, *rows), *map(booking_of, range(COURSES))]
    outcomes, *booked = at_once(acts)

    for n, outcome in enumerate(outcomes):
        assert (outcome.fate is Fate.IMPORTED) is (booked[n] == 0), (outcome, booked[n])
        there = ExternalId.objects.filter(kind="session", value__startswith=f"C{n}/").count()
        assert there == (len(DATES) if outcome.fate is Fate.IMPORTED else 0)
    assert Session.objects.filter(status="booked").count() == sum(booked) + 4 * (COURSES - sum(booked))
    assert not list(diary_flaws())


def test_two_imports_of_one_table_at_once_import_it_once(world):
    rows = [
        row
        for n in range(COURSES)
        for row in course_rows(*DATES, at=f"{9 + n}:00".zfill(5), patient=f"P{n}", course=f"C{n}")
    ]

    outcomes = at_once([lambda: bookings_brought(world, *rows)] * 2)

    for first, second in zip(*outcomes, strict=True):
        assert sorted(fates([first, second])) == [Fate.IMPORTED, Fate.KNOWN]
    assert Session.objects.filter(status="booked").count() == len(rows)
    assert not list(diary_flaws())


def test_two_imports_of_one_patient_at_once_register_them_once():
    world = a_course_world()
    rows = [a_patient_row(id=f"Q{n}") for n in range(COURSES)]

    outcomes = at_once([lambda: patients_brought(world, *rows)] * 2)

    told = [outcome for run in outcomes for outcome in run]
    assert fates(told).count(Fate.IMPORTED) == COURSES
    assert ExternalId.objects.filter(kind="patient").count() == COURSES
    assert {flaw.code for outcome in told for flaw in outcome.flaws} <= {"external_id_taken"}
