"""The search: whole calendars that really fit, or a reason why there is none."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.cells import instant_of
from clinic.errors import Refused, Unknown
from clinic.models import Resource, ResourceSkill, Site
from clinic.rota import NewClosure, NewLeave, close_site, grant_leave
from scheduling.booking import book_course
from scheduling.models import Session
from scheduling.proposals import PlacedSession, Proposal
from scheduling.search import Asked, propose
from scheduling.visits import Visit, book_visit
from tests.builders import (
    World,
    a_course_world,
    a_device,
    a_patient,
    a_plan,
    a_practitioner,
    a_room,
    a_site,
    hours_at,
)
from tests.cast import AMSTERDAM, CLOSES, NOW, OPENS
from tests.courses import everything_written, names_in, offers, served_by
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

TODAY = date(2027, 1, 4)
EASTER_MONDAY, KINGS_DAY = date(2027, 3, 29), date(2027, 4, 27)


@pytest.fixture
def world() -> World:
    return a_course_world()


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


def dates(proposal: Proposal) -> list[date]:
    return [placed.local_date for placed in proposal.sessions]


def midnight(on: date) -> datetime:
    return datetime.combine(on, time(0), tzinfo=AMSTERDAM)


def away(world: World, *resources: Resource, first: date, days: int) -> None:
    for resource in resources:
        leave = NewLeave(resource, midnight(first), midnight(first + timedelta(days=days)))
        grant_leave(new=leave, by=world.reception)


# --- whole courses ---------------------------------------------------------------------------------


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

    starts = [tuple(placed.start_cell for placed in proposal.sessions) for proposal in found]
    assert len(set(starts)) == len(found)
    assert found[0].label == "Soonest: starts Monday 4 January"
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
    visit = Visit(world.patient, world.session_types["consultation"], NOW)
    book_visit(visit=visit, by=world.reception, now=NOW)

    soonest = offers(plan=a_plan(world=world))[0]

    assert soonest.sessions[0].starts_at == NOW + timedelta(minutes=30)


# --- hours, leave, holidays ------------------------------------------------------------------------


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
    close_site(new=shut, by=world.reception)

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


# --- wishes ----------------------------------------------------------------------------------------


def keeps(placed: PlacedSession, wishes: Wishes) -> bool:
    start, end = placed.starts_at, placed.ends_at
    return (
        (not wishes.weekdays or start.isoweekday() in wishes.weekdays)
        and (wishes.after is None or start.time() >= wishes.after)
        and (wishes.before is None or end.time() <= wishes.before)
    )


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(weekdays=frozenset({2, 4}), hard=True),
        Wishes(after=time(15, 30), hard=True),
        Wishes(before=time(10), hard=True),
        Wishes(weekdays=frozenset({5}), after=time(11), before=time(13), hard=True),
    ],
)
def test_hard_wishes_are_kept_by_every_session(world, wishes):
    found = offers(plan=a_plan(world=world, wishes=wishes))

    assert all(keeps(placed, wishes) for proposal in found for placed in proposal.sessions)


def test_soft_wishes_are_kept_where_they_can_be_and_given_up_where_not(world):
    wishes = Wishes(weekdays=frozenset({2}))
    second = TODAY + timedelta(days=15)
    away(world, *world.doctors, first=second, days=1)

    best = offers(plan=a_plan(world=world, wishes=wishes), first_on=TODAY + timedelta(days=1))[0]

    assert dates(best)[0] == TODAY + timedelta(days=1)
    assert second not in dates(best)
    assert sum(keeps(placed, wishes) for placed in best.sessions) == 3


def test_wishes_said_for_one_search_stand_in_for_the_stored_ones(world):
    plan = a_plan(world=world, wishes=Wishes(weekdays=frozenset({2}), hard=True))

    stored = offers(plan=plan)
    said = offers(plan=plan, wishes=Wishes(weekdays=frozenset({3}), hard=True))

    assert {on.isoweekday() for proposal in stored for on in dates(proposal)} == {2}
    assert {on.isoweekday() for proposal in said for on in dates(proposal)} == {3}


def test_a_wished_doctor_is_asked_for_and_named_as_such(world):
    osei = world.doctors[1]

    best = offers(plan=a_plan(world=world, wishes=Wishes(practitioner=osei.uuid)))[0]

    doctors = [part for placed in best.sessions for part in placed.assignments if part.role == "doctor"]
    assert {part.resource.name for part in doctors} == {osei.name}
    assert all(part.asked_for for part in doctors)


def test_a_wished_doctor_on_leave_is_replaced_if_the_wish_is_soft_and_waited_for_if_it_is_hard(world):
    osei = world.doctors[1]
    away(world, osei, first=TODAY, days=14)
    back_on = TODAY + timedelta(days=14)
    plan = a_plan(world=world)

    soft = offers(plan=plan, wishes=Wishes(practitioner=osei.uuid))[0]
    hard = offers(plan=plan, wishes=Wishes(practitioner=osei.uuid, hard=True))[0]

    assert dates(soft)[0] == TODAY
    assert dates(hard)[0] == back_on
    assert all(osei.name in names_in(placed) for placed in hard.sessions)


def test_a_doctor_who_left_cannot_be_wished_for(world):
    Resource.objects.filter(pk=world.doctors[0].pk).update(is_active=False)
    plan = a_plan(world=world, prescribed_by=world.doctors[1])

    with pytest.raises(Unknown) as unknown:
        propose(plan=plan, asked=Asked(wishes=Wishes(practitioner=world.doctors[0].uuid)), now=NOW)

    assert unknown.value.code == "unknown_practitioner"


@pytest.fixture
def east(world) -> Site:
    """A second site with everything a PRP + mesotherapy needs, and a doctor who is only there."""
    east = a_site(clinic=world.clinic, name="East")
    hours_at(site=east)
    a_practitioner(clinic=world.clinic, name="Dr East", works_at=east)
    a_practitioner(clinic=world.clinic, name="Eve", skills=["assistant"], works_at=east)
    a_room(site=east, name="East room")
    a_room(site=east, name="East chair", skills=["draw-chair"])
    a_device(site=east, name="East centrifuge")
    return east


def test_a_wished_site_is_the_only_one_searched(world, east):
    found = offers(plan=a_plan(world=world, wishes=Wishes(site=east.uuid)))

    assert {placed.site_id for proposal in found for placed in proposal.sessions} == {east.pk}
    assert {name for p in found for placed in p.sessions for name in names_in(placed)} == {
        "Dr East",
        "Eve",
        "East room",
        "East chair",
        "East centrifuge",
    }


def test_a_course_stays_at_one_site(world, east):
    found = offers(plan=a_plan(world=world))

    assert all(len({placed.site_id for placed in proposal.sessions}) == 1 for proposal in found)


def test_a_site_that_is_closed_for_good_cannot_be_wished_for(world, east):
    Site.objects.filter(pk=east.pk).update(is_active=False)

    with pytest.raises(Unknown) as unknown:
        propose(plan=a_plan(world=world), asked=Asked(wishes=Wishes(site=east.uuid)), now=NOW)

    assert unknown.value.code == "unknown_site"


# --- from when until when --------------------------------------------------------------------------


def test_first_and_last_date_are_both_included(world):
    plan = a_plan(world=world)
    # Two Mondays; three gaps of 11 days would end on the Saturday before.
    first, last = TODAY + timedelta(days=7), TODAY + timedelta(days=7 + 35)

    tightest = offers(plan=plan, first_on=first, last_on=last)

    assert all(dates(proposal)[0] == first and dates(proposal)[-1] == last for proposal in tightest)
    assert not propose(plan=plan, asked=Asked(first, last - timedelta(days=1)), now=NOW).proposals


def test_a_search_from_the_past_begins_today(world):
    soonest = offers(plan=a_plan(world=world), first_on=TODAY - timedelta(days=30))[0]

    assert dates(soonest)[0] == TODAY


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (TODAY, TODAY - timedelta(days=1), "horizon_reversed"),
        (date(2020, 1, 1), date(2020, 2, 1), "horizon_reversed"),
        (TODAY, TODAY + timedelta(days=401), "horizon_too_long"),
        (date(9999, 1, 1), None, "too_far_ahead"),
        (TODAY, date.max, "horizon_too_long"),
    ],
)
def test_a_horizon_that_makes_no_sense_is_refused(world, first, last, code):
    with pytest.raises(Refused) as refused:
        propose(plan=a_plan(world=world), asked=Asked(first, last), now=NOW)

    assert refused.value.code == code


def test_four_hundred_days_can_be_searched(world):
    last = TODAY + timedelta(days=400)

    assert offers(plan=a_plan(world=world), last_on=last)


# --- why not ---------------------------------------------------------------------------------------


def problem(plan, **asked) -> tuple[str, str]:
    """Code and sentence of the one reason why there is no calendar."""
    found = propose(plan=plan, asked=Asked(**asked), now=NOW)
    assert not found.proposals
    [only] = found.problems
    return only.code, only.sentence


def test_the_session_and_the_need_that_close_the_window_are_named(world):
    away(world, *world.centrifuges, first=TODAY + timedelta(days=1), days=60)

    code, sentence = problem(a_plan(world=world), last_on=TODAY + timedelta(days=50))

    assert code == "no_time_in_window"
    assert sentence == (
        "Session 2 finds no free time between 15 January 2027 and 22 January 2027: "
        "Centrifuge is booked or away. Try later dates."
    )


def test_a_need_that_nobody_can_fill_is_named(world):
    ResourceSkill.objects.filter(skill__key="draw-chair").delete()

    code, sentence = problem(a_plan(world=world))

    assert code == "nobody_can"
    assert sentence == "Session 1 needs Draw chair, and nobody and nothing here has that skill."


def test_hard_wishes_that_rule_everything_out_are_named(world):
    wishes = Wishes(weekdays=frozenset({6, 7}), hard=True)

    code, sentence = problem(a_plan(world=world, wishes=wishes))

    assert code == "wishes_rule_out"
    assert sentence.endswith("but none that keeps every wish. Drop a wish.")


def test_a_search_too_short_for_the_course_says_which_session_finds_no_date(world):
    code, sentence = problem(a_plan(world=world), last_on=TODAY + timedelta(days=13))

    assert code == "no_time_in_window"
    assert sentence == (
        "Session 3 cannot be before 26 January 2027, and the search ends on 17 January 2027. "
        "Search further ahead."
    )


def test_a_course_that_has_its_times_is_not_searched_again(world):
    plan = a_plan(world=world)
    book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)
    plan.refresh_from_db()

    found = propose(plan=plan, asked=Asked(), now=NOW)

    assert not found.proposals
    assert [(one.code, one.kind) for one in found.problems] == [("nothing_due", "warning")]


def test_a_clinic_without_a_site_is_told_to_open_one(world):
    Site.objects.update(is_active=False)

    with pytest.raises(Unknown) as unknown:
        propose(plan=a_plan(world=world), asked=Asked(), now=NOW)

    assert unknown.value.sentence == "This clinic has no site yet. Enter one with its opening hours."


# --- what stands already ---------------------------------------------------------------------------


def test_sessions_that_happened_are_constants_and_the_rest_keeps_its_distance_to_them(world):
    plan = a_plan(world=world, sessions=5)
    given_on = [TODAY - timedelta(days=21), TODAY - timedelta(days=7)]
    for number, on in enumerate(given_on, start=1):
        starts_at = midnight(on) + timedelta(hours=10)
        Session.objects.filter(plan=plan, number=number).update(
            status="completed",
            site=world.site,
            local_date=on,
            local_time=time(10),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=25),
        )

    for proposal in offers(plan=plan):
        assert [placed.number for placed in proposal.sessions] == [3, 4, 5]
        assert 11 <= (dates(proposal)[0] - given_on[1]).days <= 18


# --- cost ------------------------------------------------------------------------------------------


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

    assert len(Counter(counts)) == 1
    assert counts[0] <= 15
