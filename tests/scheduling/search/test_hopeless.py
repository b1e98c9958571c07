"""A search that finds nothing whoever changes seats is told from the masks, and reads no booking for it."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.errors import ClinicError
from clinic.hours.working_time import BookableResource
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session
from scheduling.search.candidates import candidates
from scheduling.search.hopeless import is_hopeless, who_might_stand_in
from scheduling.search.propose import Asked, propose, searches_of
from scheduling.search.with_reseating import RoomierSearch
from tests.support.acts.courses import away
from tests.support.builders import a_patient
from tests.support.cast import AMSTERDAM, NOW
from tests.support.worlds import World, a_course_world, a_plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 5)
AT_ELEVEN = Wishes(weekdays=frozenset({2}), after=time(11), before=time(11, 30), hard=True)


@pytest.fixture
def world() -> World:
    return a_course_world(start_grid_minutes=5)


def booked(world: World, clock: str, kind: str) -> Session:
    starts_at = datetime.combine(TUESDAY, time.fromisoformat(clock), AMSTERDAM)
    wanted = SingleSession(a_patient(clinic=world.clinic), world.session_types[kind], starts_at)
    return book_session(wanted=wanted, by=world.reception, now=NOW)


def asked(world: World, wishes: Wishes = AT_ELEVEN):
    plan = a_plan(world=world, sessions=4)
    return plan, Asked(TUESDAY, TUESDAY, wishes, sessions=1)


def test_where_every_doctor_treats_no_booking_is_read(world):
    for doctor in world.doctors:
        away(world, doctor, first=TUESDAY)
    plan, question = asked(world)

    with CaptureQueriesContext(connection) as queries:
        found = propose(plan=plan, asked=question, now=NOW)

    assert not found.proposals
    assert found.problems
    assert not [query for query in queries if "asked_for" in query["sql"]]


def test_where_all_rooms_are_taken_by_others_no_booking_is_read(world):
    away(world, *world.treatment_rooms[1:], first=TUESDAY)
    for clock in ("10:30", "11:15"):
        booked(world, clock, "mesotherapy")
    booked(world, "11:00", "mesotherapy")
    plan, question = asked(world, Wishes(after=time(11), before=time(11, 5), hard=True))

    with CaptureQueriesContext(connection) as queries:
        found = propose(plan=plan, asked=question, now=NOW)

    assert not found.proposals
    assert not [query for query in queries if "asked_for" in query["sql"]]


clocks = st.sampled_from(["10:00", "10:15", "10:30", "10:45", "11:00", "11:15", "11:30"])
kinds = st.sampled_from(["mesotherapy", "prp-mesotherapy", "consultation", "review"])
stays = st.sampled_from([{}, {}, {"is_pinned": True}])


@given(
    st.lists(st.tuples(clocks, kinds, stays), max_size=10),
    st.sets(st.sampled_from(["room 0", "room 1", "room 2", "assistant 0", "assistant 1", "doctor 0"])),
    st.sampled_from(["10:15", "10:30", "11:00"]),
)
@settings(max_examples=25)
def test_what_is_told_from_the_masks_is_what_reading_every_booking_finds(others, gone, clock):
    """Against the plain way: the search among all starts that fit once the booked seats change."""
    with transaction.atomic():
        world = a_course_world(start_grid_minutes=5)
        for at, kind, stands in others:
            try:
                session = booked(world, at, kind)
            except ClinicError:
                continue
            Session.objects.filter(pk=session.pk).update(**stands)
        people = {"room": world.treatment_rooms, "assistant": world.assistants, "doctor": world.doctors}
        for one in sorted(gone):
            kind, _, number = one.partition(" ")
            away(world, people[kind][int(number)], first=TUESDAY)
        first = datetime.combine(TUESDAY, time.fromisoformat(clock), AMSTERDAM)
        hours = Wishes(after=first.time(), before=(first + timedelta(minutes=35)).time(), hard=True)
        plan, question = asked(world, hours)

        for search in searches_of(plan=plan, asked=question, now=NOW):
            if is_hopeless(search):
                assert not list(candidates([RoomierSearch.of(search)]))
        transaction.set_rollback(True)


def a_resource(diary: int, kind: str, *skills: int) -> BookableResource:
    return BookableResource(diary, UUID(int=diary), f"{diary}", kind, diary, None, frozenset(skills))


def test_who_shares_a_skill_might_stand_in_however_many_changes_that_takes():
    resources = [
        a_resource(1, "room", 10),
        a_resource(2, "room", 10, 11),
        a_resource(3, "room", 11),
        a_resource(4, "room", 12),
        a_resource(5, "device", 10),
    ]

    found = who_might_stand_in(resources)

    assert found == {1: (1, 2, 3), 2: (1, 2, 3), 3: (1, 2, 3), 4: (4,), 5: (5,)}
