"""Calendar, free start, booked session and re-seating agree on who treats the patient."""

import pytest

from clinic.models import ResourceKind
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.diaries.site_diaries import site_diaries
from scheduling.reseating.movable import booked_seats
from scheduling.search.free_starts import StartsAsked, free_starts
from scheduling.search.single_start import NamedStart, look_at
from tests.support.acts.absences import at
from tests.support.builders import a_skill
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world
from treatments.cadence import TREATMENT, Key
from treatments.models import Need, SessionType, Stage

pytestmark = pytest.mark.django_db

# An assistant draws blood and tidies up when the patient is gone; a doctor injects between.
STAGES = (("draw", 0, 15, "assistant"), ("inject", 15, 25, "doctor"), ("tidy", 30, 45, "assistant"))


@pytest.fixture
def world() -> World:
    return a_course_world()


@pytest.fixture
def injection(world) -> SessionType:
    session_type = SessionType.objects.create(
        clinic=world.clinic, key="injection", name="Injection", version=1, patient_minutes=25, changed_at=NOW
    )
    for name, starts, ends, who in STAGES:
        stage = Stage.objects.create(
            clinic=world.clinic,
            session_type=session_type,
            key=name,
            name=name.capitalize(),
            starts_minute=starts,
            ends_minute=ends,
        )
        Need.objects.create(
            clinic=world.clinic,
            stage=stage,
            role=who,
            skill=a_skill(clinic=world.clinic, key=who),
            kind=ResourceKind.PRACTITIONER,
        )
    return session_type


def test_a_free_start_offers_the_doctors(world, injection):
    tuesday = at("10:00").date()

    found = free_starts(asked=StartsAsked(session_type=injection, first_on=tuesday, last_on=tuesday), now=NOW)

    offered = {card.name for start in found.starts for card in start.practitioners}
    assert offered == {doctor.name for doctor in world.doctors}


def test_the_placed_session_the_booked_one_and_its_seats_name_the_same_doctor(world, injection):
    wanted = SingleSession(patient=world.patient, session_type=injection, starts_at=at("10:00"))
    look = look_at(
        wanted=NamedStart(world.site, world.patient, injection.pk, at("10:00")),
        now=NOW,
    )

    placed = look.placed(key=Key(TREATMENT, 1))
    session = book_session(wanted=wanted, by=world.reception, now=NOW)

    assert placed.lead == session.lead
    assert session.lead in {doctor.name for doctor in world.doctors}
    assert session.lead_roles == {"doctor"}
    assert session.lead_starts_at == at("10:15")
    day = at("10:00").date()
    diaries = site_diaries(site=world.site, patient_diary_id=None, first_on=day, last_on=day)
    movable = booked_seats(diaries=diaries, dates=(day, day), now=NOW).movable
    assert {seat.role for seat in movable} == {"assistant"}
