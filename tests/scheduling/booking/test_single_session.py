"""Booking one session: somebody and something that can serve, or a sentence that says who cannot."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.errors import Refused, Unknown
from clinic.hours.rota import NewDayHours, Rota, set_day_hours
from clinic.models import ResourceSkill, Site
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Claim, Session
from tests.support.acts.courses import away, everything_written, times_of
from tests.support.builders import a_patient, a_site, an_actor, hours_at
from tests.support.cast import AMSTERDAM, NOW, OVER
from tests.support.database.soundness import assert_diaries_are_sound
from tests.support.worlds import World, a_course_world
from treatments.models import SessionType

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 5)
KINGS_DAY = date(2027, 4, 27)


def at(clock: str, on: date = TUESDAY) -> datetime:
    """On the wall of Amsterdam."""
    return datetime.combine(on, time.fromisoformat(clock), tzinfo=AMSTERDAM)


def booked(
    world: World, starts_at: datetime, *, kind: str = "consultation", patient=None, site=None
) -> Session:
    session = SingleSession(
        patient or a_patient(clinic=world.clinic), world.session_types[kind], starts_at, site
    )
    return book_session(wanted=session, by=world.reception, now=NOW)


def who(session: Session, role: str) -> set[str]:
    return {part["name"] for part in session.cast if part["role"] == role}


def refusal(world: World, starts_at: datetime, *, kind: str = "consultation", patient=None) -> Refused:
    """What the session is refused with; nothing is left behind."""
    patient = patient or a_patient(clinic=world.clinic)
    before = everything_written()
    with pytest.raises(Refused) as refused:
        booked(world, starts_at, kind=kind, patient=patient)
    assert everything_written() == before
    return refused.value


def taken(world: World, starts_at: datetime, *, kind: str = "consultation", patient=None) -> list[str]:
    """The names of those who are busy; nothing is left behind."""
    patient = patient or a_patient(clinic=world.clinic)
    before = everything_written()
    with pytest.raises(TimeTaken) as conflict:
        booked(world, starts_at, kind=kind, patient=patient)
    assert everything_written() == before
    assert conflict.value.code == "time_taken"
    return [card["resource"]["name"] for card in conflict.value.details["taken"]]


def test_a_session_stands_at_its_time_with_somebody_who_can_and_no_plan(world):
    session = booked(world, at("10:00"), patient=world.patient)

    session.refresh_from_db()
    assert (session.status, session.plan, session.site) == ("booked", None, world.site)
    assert (session.version, session.sequence) == (1, 0)
    times = times_of(session)
    assert (times.on, times.at) == (TUESDAY, time(10))
    assert (times.starts_at, times.ends_at) == (at("10:00"), at("10:30"))
    assert who(session, "doctor") <= {doctor.name for doctor in world.doctors}
    assert_diaries_are_sound()


def test_the_session_type_is_frozen_by_its_first_session(world):
    booked(world, at("10:00"))

    frozen = SessionType.objects.filter(clinic=world.clinic, frozen_at=NOW)
    assert [row.key for row in frozen] == ["consultation"]


def test_when_one_doctor_is_busy_the_next_one_sees_the_patient(world):
    first, second = booked(world, at("10:00")), booked(world, at("10:15"))

    assert who(first, "doctor") | who(second, "doctor") == {doctor.name for doctor in world.doctors}
    assert who(first, "treatment-room").isdisjoint(who(second, "treatment-room"))
    assert_diaries_are_sound()


def test_when_every_doctor_is_busy_they_are_named(world):
    booked(world, at("10:00"))
    booked(world, at("10:15"))

    names = taken(world, at("10:15"))

    assert {doctor.name for doctor in world.doctors} <= set(names)


def test_the_doctor_with_the_least_to_do_that_day_is_chosen(world):
    first = booked(world, at("09:00"))

    second = booked(world, at("15:00"))

    assert who(first, "doctor").isdisjoint(who(second, "doctor"))


def test_a_patient_is_in_one_place_at_a_time(world):
    booked(world, at("10:00"), patient=world.patient)

    assert str(world.patient) in taken(world, at("10:15"), patient=world.patient)
    booked(world, at("10:30"), patient=world.patient)

    assert_diaries_are_sound()


@pytest.mark.parametrize(
    "starts_at",
    [
        pytest.param(at("08:45"), id="before opening"),
        pytest.param(at("16:45"), id="running past closing"),
        pytest.param(at("20:00"), id="in the evening"),
        pytest.param(at("10:00", date(2027, 1, 9)), id="on a Saturday"),
        pytest.param(at("10:00", KINGS_DAY), id="on a public holiday"),
    ],
)
def test_nobody_is_booked_when_the_site_is_closed(world, starts_at):
    refused = refusal(world, starts_at)

    assert refused.code == "outside_hours"
    assert f"Keizersgracht cannot do this at {starts_at:%H:%M} on {starts_at:%A}" in refused.sentence


def test_a_session_may_end_exactly_at_closing(world):
    session = booked(world, at("16:30"))

    assert times_of(session).ends_at == at("17:00")


def test_a_holiday_that_was_opened_for_once_can_be_booked(world):
    for resource in (None, *world.doctors):
        spans = [(time(10), time(12))]
        set_day_hours(
            rota=Rota(world.site, resource), day=NewDayHours(KINGS_DAY, spans), by=world.owner, now=NOW
        )

    assert booked(world, at("10:00", KINGS_DAY)).status == "booked"


def test_a_doctor_on_leave_is_not_booked_and_with_all_on_leave_nobody_is(world):
    lindqvist, osei = world.doctors
    away(world, lindqvist, first=TUESDAY)
    session = booked(world, at("10:00"))

    away(world, osei, first=TUESDAY)

    assert who(session, "doctor") == {osei.name}
    assert refusal(world, at("11:00")).code == "outside_hours"


def test_leave_that_was_only_asked_for_closes_nothing(world):
    away(world, *world.doctors, first=TUESDAY)
    world.doctors[0].leaves.update(state="asked")

    assert who(booked(world, at("10:00")), "doctor") == {world.doctors[0].name}


def test_a_start_between_two_cells_is_refused(world):
    refused = refusal(world, at("10:00") + timedelta(minutes=2))

    assert refused.code == "start_not_on_a_cell"
    assert refused.sentence == "Sessions start on a multiple of 5 minutes. Choose such a time."


def test_a_start_in_the_past_is_refused_and_one_at_this_moment_is_not(world):
    assert refusal(world, NOW - timedelta(minutes=5)).code == "starts_in_the_past"

    assert booked(world, NOW).status == "booked"


def test_a_start_years_ahead_is_refused(world):
    assert refusal(world, datetime(9999, 12, 31, 23, 55, tzinfo=UTC)).code == "too_far_ahead"


def test_svf_takes_two_centrifuges_at_once_and_its_own_people_throughout(world):
    session = booked(world, at("09:00"), kind="svf-combination")

    of_role = {
        role: who(session, role) for role in ("doctor", "assistant", "prp-assistant", "procedure-room")
    }
    centrifuges = who(session, "centrifuge") | who(session, "prp-centrifuge")
    assert centrifuges == {centrifuge.name for centrifuge in world.centrifuges}
    assert all(len(names) == 1 for names in of_role.values())
    assert of_role["assistant"].isdisjoint(of_role["prp-assistant"])
    assert_diaries_are_sound()


def test_svf_does_not_fit_where_only_one_centrifuge_works(world):
    away(world, world.centrifuges[0], first=TUESDAY)

    assert refusal(world, at("09:00"), kind="svf-combination").code == "outside_hours"


def test_svf_waits_for_the_centrifuge_that_a_prp_needs(world):
    booked(world, at("09:45"), kind="prp")

    assert len(set(taken(world, at("09:00"), kind="svf-combination"))) >= 1
    assert booked(world, at("09:15"), kind="svf-combination").status == "booked"
    assert_diaries_are_sound()


def test_the_room_is_held_for_its_turnover_after_the_patient_has_left(world):
    away(world, *world.treatment_rooms[1:], first=TUESDAY)
    booked(world, at("10:00"), kind="mesotherapy")

    names = taken(world, at("10:10"), kind="mesotherapy")
    later = booked(world, at("10:15"), kind="mesotherapy")

    assert names == [world.treatment_rooms[0].name]
    assert who(later, "treatment-room") == {world.treatment_rooms[0].name}


def test_without_anyone_who_has_the_skill_the_desk_is_told_which(world):
    ResourceSkill.objects.filter(skill__key="centrifuge").delete()

    refused = refusal(world, at("09:00"), kind="prp")

    assert refused.code == "nobody_can"
    assert refused.sentence == "Nobody and nothing at this site can serve as Centrifuge."


def test_a_session_at_a_second_site_uses_that_sites_rooms_and_travelling_doctors(world):
    east = a_site(clinic=world.clinic, name="East")
    hours_at(site=east)
    lindqvist = world.doctors[1]
    hours_at(site=east, resource=lindqvist)
    world.treatment_rooms[2].site = east
    world.treatment_rooms[2].save()

    session = booked(world, at("10:00"), site=east)

    assert who(session, "doctor") == {lindqvist.name}
    assert who(session, "treatment-room") == {world.treatment_rooms[2].name}
    assert session.site == east


def test_a_clinic_without_an_open_site_books_nothing(world):
    Site.objects.update(valid_until=OVER)

    with pytest.raises(Unknown) as unknown:
        booked(world, at("10:00"))

    assert unknown.value.code == "unknown_site"


@pytest.mark.parametrize(
    ("missing", "code"),
    [("patient", "unknown_patient"), ("session type", "unknown_session_type"), ("site", "unknown_site")],
)
def test_what_another_clinic_has_is_unknown_here(world, missing, code):
    other = a_course_world()
    session = SingleSession(
        patient=other.patient if missing == "patient" else world.patient,
        session_type=(other if missing == "session type" else world).session_types["consultation"],
        starts_at=at("10:00"),
        site=other.site if missing == "site" else None,
    )

    with pytest.raises(Unknown) as unknown:
        book_session(wanted=session, by=an_actor(clinic=world.clinic), now=NOW)

    assert unknown.value.code == code
    assert not Claim.objects.exists()


def test_two_clinics_do_not_stand_in_each_others_way(world):
    neighbour = a_course_world()
    for one in (world, neighbour):
        booked(one, at("10:00"))
        booked(one, at("10:00"))

    assert Session.objects.filter(status="booked").count() == 4
    assert_diaries_are_sound()
