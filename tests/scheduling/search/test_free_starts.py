"""When one session can begin: exactly when it can be booked."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.errors import Refused, Unknown
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session
from scheduling.search.free_starts import FreeStart, FreeStarts, StartsAsked, free_starts
from tests.support.acts.absences import at
from tests.support.acts.courses import away, can_be_booked
from tests.support.builders import a_clinic, a_device, a_patient, a_practitioner, a_room, a_site, hours_at
from tests.support.cast import AMSTERDAM, NOW
from tests.support.worlds import World, a_course_world
from treatments.catalogue_files.load import load_catalogue
from treatments.models import SessionType

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 5)
QUARTER = timedelta(minutes=15)


def starts(world: World, kind: str = "consultation", *, now: datetime = NOW, **asked) -> FreeStarts:
    return free_starts(asked=StartsAsked(session_type=world.session_types[kind], **asked), now=now)


def clocks(found: FreeStarts) -> list[str]:
    return [f"{start.starts_at:%H:%M}" for start in found.starts]


def book(world: World, clock: str, kind: str = "consultation", *, patient=None, **fields) -> Session:
    session = SingleSession(
        patient=patient or a_patient(clinic=world.clinic),
        session_type=world.session_types[kind],
        starts_at=at(clock),
        **fields,
    )
    return book_session(wanted=session, by=world.reception, now=NOW)


def test_an_empty_day_has_a_start_each_quarter_until_the_session_would_not_end_in_time():
    world = a_course_world()

    found = starts(world, first_on=TUESDAY, last_on=TUESDAY)

    assert clocks(found)[:3] == ["09:00", "09:15", "09:30"]
    assert clocks(found)[-1] == "16:30"
    assert len(found.starts) == 31
    assert (found.next_at, found.problems) == (None, ())


def test_each_start_says_its_end_its_place_and_who_can_treat_then():
    world = a_course_world()
    away(world, world.doctors[1], first=TUESDAY)

    first = starts(world, first_on=TUESDAY, last_on=TUESDAY).starts[0]

    assert (first.starts_at, first.ends_at) == (at("09:00"), at("09:30"))
    assert first.starts_at.tzinfo == AMSTERDAM
    assert first.site == world.site
    assert [card.name for card in first.practitioners] == ["Dr Osei"]


def test_who_treats_is_who_has_the_last_of_the_patients_time():
    world = a_course_world()

    first = starts(world, "prp-mesotherapy", first_on=TUESDAY, last_on=TUESDAY).starts[0]

    assert {card.name for card in first.practitioners} == {"Dr Osei", "Dr Lindqvist"}


@pytest.mark.parametrize("kind", ["consultation", "prp-mesotherapy"])
def test_a_start_is_offered_exactly_where_the_session_can_be_booked(kind):
    world = a_course_world()
    away(world, world.doctors[1], world.assistants[0], first=TUESDAY)
    book(world, "09:30")
    book(world, "11:00", "prp-mesotherapy")
    book(world, "14:10", patient=world.patient)

    offered = {
        s.starts_at
        for s in starts(world, kind, first_on=TUESDAY, last_on=TUESDAY, patient=world.patient).starts
    }

    every_quarter = [at("07:00") + QUARTER * n for n in range(48)]
    assert offered == {when for when in every_quarter if can_be_booked(world, kind, when)}
    assert 0 < len(offered) < 31


def test_without_dates_the_next_two_weeks_are_looked_at_from_now_on():
    world = a_course_world()

    found = starts(world, most=500, now=at("13:20"))

    assert found.starts[0].starts_at == at("13:30")
    assert found.starts[-1].starts_at.date() == TUESDAY + timedelta(days=14)


def test_the_patients_own_sessions_are_in_the_way_at_every_site():
    world = a_course_world()
    book(world, "10:00", patient=world.patient)

    for_them = starts(world, first_on=TUESDAY, last_on=TUESDAY, patient=world.patient)
    for_anyone = starts(world, first_on=TUESDAY, last_on=TUESDAY)

    assert set(clocks(for_anyone)) - set(clocks(for_them)) == {"09:45", "10:00", "10:15"}


def test_a_practitioner_who_is_asked_for_is_the_one_who_is_free():
    world = a_course_world()
    osei, lindqvist = world.doctors
    book(world, "09:00", practitioner=osei)

    with_osei = starts(world, first_on=TUESDAY, last_on=TUESDAY, practitioner=osei)
    with_lindqvist = starts(world, first_on=TUESDAY, last_on=TUESDAY, practitioner=lindqvist)

    assert clocks(with_osei)[0] == "09:30"
    assert clocks(with_lindqvist)[0] == "09:00"
    assert {card.name for start in with_osei.starts for card in start.practitioners} == {"Dr Osei"}


def test_a_practitioner_who_does_not_serve_in_such_a_session_is_a_problem_and_no_empty_list():
    world = a_course_world()

    found = starts(world, practitioner=world.assistants[0])

    assert found.starts == ()
    assert [(problem.code, problem.sentence) for problem in found.problems] == [
        (
            "resource_cannot_serve",
            "Amara does not serve in this kind of session. Ask for somebody else, or for anyone.",
        )
    ]


def test_a_session_type_that_nobody_can_serve_names_the_skill():
    clinic = a_clinic()
    load_catalogue(clinic=clinic, now=NOW)
    site = a_site(clinic=clinic)
    hours_at(site=site)
    a_practitioner(clinic=clinic, works_at=site)
    consultation = SessionType.objects.get(clinic=clinic, key="consultation")

    found = free_starts(asked=StartsAsked(session_type=consultation), now=NOW)

    assert [problem.code for problem in found.problems] == ["nobody_can"]
    assert "Treatment room" in found.problems[0].sentence


def test_starts_of_all_sites_are_merged_by_the_instant():
    world = a_course_world()
    london = a_site(clinic=world.clinic, name="Marylebone", zone="Europe/London", country="GB")
    hours_at(site=london)
    a_practitioner(clinic=world.clinic, name="Dr Grant", works_at=london)
    a_room(site=london, name="Room in London")

    found = starts(world, first_on=TUESDAY, last_on=TUESDAY)

    instants = [start.starts_at.astimezone(UTC) for start in found.starts]
    assert instants == sorted(instants)
    ten_in_amsterdam = {
        (s.site.name, f"{s.starts_at:%H:%M}") for s in found.starts if s.starts_at == at("10:00")
    }
    assert ten_in_amsterdam == {("Keizersgracht", "10:00"), ("Marylebone", "09:00")}


def test_a_site_where_nobody_can_serve_does_not_spoil_the_others():
    world = a_course_world()
    a_site(clinic=world.clinic, name="Empty")

    found = starts(world, first_on=TUESDAY, last_on=TUESDAY)

    assert len(found.starts) == 31
    assert found.problems == ()


def test_what_is_cut_goes_on_where_it_stopped_and_nothing_is_lost_or_told_twice():
    world = a_course_world()
    twin = a_site(clinic=world.clinic, name="Twin")
    hours_at(site=twin)
    a_practitioner(clinic=world.clinic, name="Dr Grant", works_at=twin)
    a_room(site=twin, name="Room of the twin")
    whole = starts(world, first_on=TUESDAY, last_on=TUESDAY, most=500)

    pieces: list[FreeStart] = []
    next_at = None
    while not pieces or next_at:
        piece = starts(world, first_on=TUESDAY, last_on=TUESDAY, not_before=next_at, most=7)
        pieces, next_at = [*pieces, *piece.starts], piece.next_at

    assert pieces == list(whole.starts)
    assert len(pieces) == 62


def test_the_last_start_that_is_offered_is_the_last_that_can_be_booked():
    world = a_course_world()
    end = (NOW + timedelta(days=730)).date()

    found = starts(world, first_on=end - timedelta(days=4), last_on=end + timedelta(days=30), most=500)

    assert found.starts[-1].starts_at == NOW + timedelta(days=730)
    assert can_be_booked(world, "consultation", found.starts[-1].starts_at)


@pytest.mark.parametrize(
    ("first_on", "last_on", "code"),
    [
        (TUESDAY, date(2027, 1, 4), "horizon_reversed"),
        (None, date(2026, 12, 31), "horizon_reversed"),
        (TUESDAY, TUESDAY + timedelta(days=401), "horizon_too_long"),
        (date(2029, 2, 1), None, "too_far_ahead"),
    ],
)
def test_dates_that_make_no_sense_are_refused(first_on, last_on, code):
    world = a_course_world()

    with pytest.raises(Refused) as refused:
        starts(world, first_on=first_on, last_on=last_on)

    assert refused.value.code == code


def test_on_the_night_the_clock_goes_back_both_hours_are_offered_once_each():
    world = a_course_world()
    night = date(2027, 10, 31)
    hours_at(site=world.site, weekdays=[7], opens=time(0), closes=time(6))
    hours_at(site=world.site, resource=world.doctors[0], weekdays=[7], opens=time(0), closes=time(6))

    found = starts(world, first_on=night, last_on=night, most=500)

    assert clocks(found).count("02:15") == 2
    assert len({start.start_cell for start in found.starts}) == len(found.starts)
    instants = [start.starts_at.astimezone(UTC) for start in found.starts]
    assert instants == sorted(instants)


def test_a_clinic_without_a_site_says_what_to_do():
    clinic = a_clinic()
    load_catalogue(clinic=clinic, now=NOW)
    consultation = SessionType.objects.get(clinic=clinic, key="consultation")

    with pytest.raises(Unknown, match="Enter one with its opening hours"):
        free_starts(asked=StartsAsked(session_type=consultation), now=NOW)


def test_a_busy_year_takes_as_many_queries_as_an_empty_day(django_assert_num_queries):
    world = a_course_world()
    with django_assert_num_queries(13):
        starts(world, first_on=TUESDAY, last_on=TUESDAY, patient=world.patient)
    for clock in ("09:00", "10:00", "11:00"):
        book(world, clock)
    a_device(site=world.site, name="Centrifuge 3")

    with django_assert_num_queries(13):
        starts(world, first_on=TUESDAY, last_on=TUESDAY + timedelta(days=400), patient=world.patient)
