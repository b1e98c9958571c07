"""The search: whole calendars that really fit, found at a constant cost."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.hours.rota import NewClosure, close_site
from clinic.models import Site
from clinic.time.cells import instant_of
from scheduling.booking.book_course import book_course
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.engine.placed import PlacedSession
from scheduling.search.propose import Asked, propose
from tests.support.acts.courses import away, dates, everything_written, names_in, offers, served_by
from tests.support.acts.holds import a_hold
from tests.support.builders import a_patient, hours_at
from tests.support.cast import CLOSES, NOW, OPENS
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

TODAY = date(2027, 1, 4)
EASTER_MONDAY, KINGS_DAY = date(2027, 3, 29), date(2027, 4, 27)


@dataclass(frozen=True)
class Part:
    """One need of one placed session, on the wall clock of its site."""

    stage: str
    role: str
    starts_at: datetime
    ends_at: datetime


def parts(placed: PlacedSession) -> list[Part]:
    return [
        Part(
            one.stage,
            one.role,
            instant_of(one.start_cell).astimezone(placed.zone),
            instant_of(one.end_cell).astimezone(placed.zone),
        )
        for one in placed.assignments
    ]


@pytest.mark.parametrize("sessions", [4, 5, 6])
def test_every_proposal_is_a_whole_course_in_its_rhythm(world, sessions):
    plan = a_plan(world=world, sessions=sessions)

    found = offers(plan=plan)

    assert 1 <= len(found) <= 5
    for proposal in found:
        assert [placed.number for placed in proposal.sessions] == list(range(1, sessions + 1))
        gaps = [(later - earlier).days for earlier, later in pairwise(dates(proposal))]
        assert all(11 <= gap <= 18 for gap in gaps)
        assert all(placed.window and placed.window.holds(placed.local_date) for placed in proposal.sessions)


def test_the_proposals_are_different_calendars_the_soonest_first(world):
    found = offers(plan=a_plan(world=world))

    told_apart = [tuple((placed.start_cell, placed.lead) for placed in one.sessions) for one in found]
    assert len(set(told_apart)) == len(found)
    assert found[0].label == "Soonest: starts today"
    assert min(dates(proposal)[0] for proposal in found) == dates(found[0])[0]


def test_a_search_writes_nothing(world):
    plan = a_plan(world=world)
    before = everything_written()

    offers(plan=plan)

    assert everything_written() == before


def test_stages_have_their_people_and_rooms_at_their_minutes(world):
    placed = offers(plan=a_plan(world=world))[0].sessions[0]

    arrival = placed.starts_at
    minutes = {
        (part.stage, part.role): (
            (part.starts_at - arrival).seconds // 60,
            (part.ends_at - arrival).seconds // 60,
        )
        for part in parts(placed)
    }
    assert minutes == {
        ("Preparation", "assistant"): (0, 15),
        ("Preparation", "centrifuge"): (0, 15),
        ("Preparation", "draw-chair"): (0, 15),
        ("Injection", "doctor"): (15, 25),
        ("Injection", "treatment-room"): (15, 25),
        ("Turnover", "treatment-room"): (25, 30),
    }
    served = served_by(placed)
    assert served["Injection", "treatment-room"] == served["Turnover", "treatment-room"]


def test_svf_names_two_centrifuges_and_two_assistants_at_once(world):
    plan = a_plan(world=world, protocol="svf-combination", sessions=1)

    [placed] = offers(plan=plan)[0].sessions

    served = served_by(placed)
    assert served["Processing", "centrifuge"] != served["PRP preparation", "prp-centrifuge"]
    assert served["Processing", "assistant"] != served["PRP preparation", "prp-assistant"]
    assert served["Harvest", "doctor"] == served["Injection", "doctor"]


def test_a_start_stands_on_the_clinics_grid(world):
    world.clinic.start_grid_minutes = 20
    world.clinic.save()

    found = offers(plan=a_plan(world=world))

    assert {placed.starts_at.minute % 20 for proposal in found for placed in proposal.sessions} == {0}


def test_what_one_course_was_booked_with_is_offered_to_no_other(world):
    mine = a_plan(world=world)
    booked = offers(plan=mine)[0]
    book_course(plan=mine, proposal=booked, by=world.reception, now=NOW)
    held = [part.stretch for placed in booked.sessions for part in placed.assignments]

    found = offers(plan=a_plan(world=world, patient=a_patient(clinic=world.clinic)))

    offered = [part.stretch for p in found for placed in p.sessions for part in placed.assignments]
    assert not any(one.overlaps(other) for one in offered for other in held)


def test_a_patient_who_is_here_for_something_else_is_not_asked_to_be_in_two_places(world):
    session = SingleSession(world.patient, world.session_types["consultation"], NOW)
    book_session(wanted=session, by=world.reception, now=NOW)

    soonest = offers(plan=a_plan(world=world))[0]

    assert soonest.sessions[0].starts_at == NOW + timedelta(minutes=30)


def test_everyone_is_asked_for_within_hours_only(world):
    late = Wishes(after=time(16, 30), hard=True)
    plan = a_plan(world=world, sessions=6)

    found = [*offers(plan=plan), *offers(plan=plan, wishes=late)]

    times = [part for proposal in found for placed in proposal.sessions for part in parts(placed)]
    assert min(part.starts_at.time() for part in times) >= OPENS
    assert max(part.ends_at.time() for part in times) == CLOSES
    assert {part.starts_at.isoweekday() for part in times} <= {1, 2, 3, 4, 5}


def test_no_session_begins_before_now(world):
    now = datetime(2027, 1, 4, 12, 34, 56, tzinfo=UTC)

    soonest = offers(plan=a_plan(world=world), now=now)[0]

    assert soonest.sessions[0].starts_at == datetime(2027, 1, 4, 12, 45, tzinfo=UTC)


def test_a_doctor_is_not_asked_for_while_on_leave(world):
    lindqvist, osei = world.doctors
    away(world, lindqvist, first=TODAY, days=21)

    found = offers(plan=a_plan(world=world))

    early = [placed for p in found for placed in p.sessions if placed.local_date < TODAY + timedelta(days=21)]
    assert early
    assert all(osei.name in names_in(placed) for placed in early)


def test_a_course_steps_around_weeks_in_which_nobody_is_there(world):
    closed = [TODAY + timedelta(days=n) for n in range(10, 17)]
    away(world, *world.doctors, first=closed[0], days=7)

    found = offers(plan=a_plan(world=world))

    assert not {on for proposal in found for on in dates(proposal)} & set(closed)


def test_a_closure_of_an_hour_closes_only_that_hour(world):
    shut = NewClosure(world.site, NOW, NOW + timedelta(hours=1))
    close_site(new=shut, by=world.owner, now=NOW)

    soonest = offers(plan=a_plan(world=world))[0]

    assert soonest.sessions[0].starts_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("holiday", [EASTER_MONDAY, KINGS_DAY])
def test_public_holidays_are_closed_and_the_rhythm_bends_around_them(world, holiday):
    wish = Wishes(weekdays=frozenset({holiday.isoweekday()}))
    first = holiday - timedelta(days=28)

    found = offers(plan=a_plan(world=world), first_on=first, last_on=first + timedelta(days=90), wishes=wish)

    assert not any(holiday in dates(proposal) for proposal in found)
    assert any(dates(proposal)[0] == first for proposal in found)


def test_a_site_without_a_country_knows_no_holidays(world):
    Site.objects.update(country="")

    plan = a_plan(world=world, protocol="svf-combination", sessions=1)
    found = offers(plan=plan, first_on=KINGS_DAY, last_on=KINGS_DAY)

    assert dates(found[0]) == [KINGS_DAY]


@pytest.mark.parametrize(
    ("zone", "changes_on"),
    [
        ("Europe/Amsterdam", date(2027, 3, 28)),
        ("Australia/Lord_Howe", date(2027, 4, 4)),
        ("America/Santiago", date(2027, 4, 4)),
        ("Africa/Cairo", date(2027, 4, 30)),
    ],
)
def test_around_the_night_the_clock_changes_hours_are_the_walls(zone, changes_on):
    world = a_course_world(zone=zone, country="")
    site = world.site
    for resource in (None, *world.doctors, *world.assistants):
        hours_at(site=site, resource=resource, weekdays=range(1, 8))
    plan = a_plan(world=world, protocol="svf-combination", sessions=1)

    for on in (changes_on - timedelta(days=1), changes_on, changes_on + timedelta(days=1)):
        [placed] = offers(plan=plan, first_on=on, last_on=on)[0].sessions
        assert (placed.local_date, placed.starts_at.time()) == (on, OPENS)
        assert placed.ends_at - placed.starts_at == timedelta(minutes=135)


def test_the_number_of_queries_depends_neither_on_the_days_nor_on_the_sessions_nor_on_history(world):
    def queries(plan, days: int) -> int:
        plan = Plan.objects.get(pk=plan.pk)
        with CaptureQueriesContext(connection) as captured:
            propose(plan=plan, asked=Asked(last_on=TODAY + timedelta(days=days)), now=NOW)
        return len(captured)

    short = a_plan(world=world, sessions=4)
    long = a_plan(world=world, sessions=6, patient=a_patient(clinic=world.clinic))
    counts = [queries(short, 50), queries(short, 400), queries(long, 120)]
    for _ in range(3):
        other = a_plan(world=world, sessions=6, patient=a_patient(clinic=world.clinic))
        book_course(plan=other, proposal=offers(plan=other)[0], by=world.reception, now=NOW)
    counts.append(queries(short, 120))
    for patient in (None, a_patient(clinic=world.clinic), a_patient(clinic=world.clinic)):
        a_hold(world=world, plan=a_plan(world=world, patient=patient))
    counts.append(queries(short, 120))

    # Of the seats of what is booked none is read while calendars fit as things stand.
    # In a transaction, as here, hours are read anew after a look for what is remembered of them.
    assert set(counts) == {18}
