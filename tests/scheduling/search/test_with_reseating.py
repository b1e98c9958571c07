"""Where nothing fits as things stand: the search offers what fits once booked sessions change seats."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.errors import ClinicError
from clinic.models import AuditEntry, Resource
from scheduling.booking.book_course import book_course
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.engine.proposal import Found
from scheduling.models import Claim, Session, SessionStatus
from scheduling.search.propose import Asked, propose
from scheduling.search.tokens import proposal_from, token_of
from tests.support.acts.courses import away, can_be_booked, dates
from tests.support.acts.holds import a_hold
from tests.support.builders import a_patient, a_practitioner
from tests.support.cast import AMSTERDAM, NOW
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 5)
# Two weeks apart and nothing else: four Tuesdays.
LAST = TUESDAY + timedelta(weeks=6)
FIVE_PAST_TEN = Wishes(weekdays=frozenset({2}), after=time(10, 5), before=time(10, 15), hard=True)


@pytest.fixture
def world() -> World:
    """Two rooms, one taken until a quarter past ten and one from then on; a third doctor is free."""
    world = a_course_world(start_grid_minutes=5)
    away(world, world.treatment_rooms[2], first=TUESDAY)
    booked(world, "10:00")
    booked(world, "10:15")
    a_practitioner(clinic=world.clinic, name="Dr Grant", works_at=world.site)
    return world


def booked(world: World, clock: str, kind: str = "mesotherapy", on: date = TUESDAY) -> Session:
    starts_at = datetime.combine(on, time.fromisoformat(clock), AMSTERDAM)
    session = SingleSession(a_patient(clinic=world.clinic), world.session_types[kind], starts_at)
    return book_session(wanted=session, by=world.reception, now=NOW)


def a_course(world: World) -> Plan:
    return a_plan(world=world, protocol="mesotherapy", sessions=4)


def found(plan: Plan, wishes: Wishes = FIVE_PAST_TEN) -> Found:
    return propose(plan=plan, asked=Asked(TUESDAY, LAST, wishes), now=NOW)


def test_a_course_that_fits_only_if_a_session_changes_rooms_is_offered_and_says_so(world):
    answer = found(a_course(world))

    [proposal] = answer.proposals
    assert dates(proposal) == [TUESDAY + timedelta(weeks=n) for n in (0, 2, 4, 6)]
    assert "Other sessions change rooms for session 1" in proposal.costs
    assert (answer.problems, answer.relaxations) == ((), ())


def test_it_is_booked_by_its_token_and_the_session_changes_rooms(world):
    plan = a_course(world)
    [proposal] = found(plan).proposals
    before = list(Session.objects.exclude(plan=plan).order_by("pk").values("pk", "starts_at", "ends_at"))

    token = token_of(proposal, now=NOW)
    offered = proposal_from(token, plan=plan, now=NOW)
    sessions = book_course(plan=plan, proposal=offered, by=world.reception, now=NOW)

    assert [session.cast for session in sessions] == [placed.cast() for placed in proposal.sessions]
    assert AuditEntry.objects.filter(act="reseated_visit").count() == 1
    after = Session.objects.exclude(plan=plan).order_by("pk").values("pk", "starts_at", "ends_at")
    assert list(after) == before


def test_it_is_held_as_it_is_booked(world):
    plan = a_course(world)
    [proposal] = found(plan).proposals

    hold = a_hold(world=world, plan=plan, proposal=proposal)

    assert hold.sessions.count() == 4
    assert AuditEntry.objects.filter(act="reseated_visit").count() == 1


def test_what_the_plan_holds_itself_is_in_nobodys_way(world):
    plan = a_course(world)
    a_hold(world=world, plan=plan, proposal=found(plan).proposals[0])
    plan.refresh_from_db()

    proposal = found(plan).proposals[0]

    assert dates(proposal)[0] == TUESDAY
    book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)


def test_where_a_calendar_fits_as_things_stand_nobody_is_asked_to_change(world):
    from_ten = Wishes(weekdays=frozenset({2}), after=time(10), before=time(10, 45), hard=True)

    proposals = found(a_course(world), from_ten).proposals

    assert proposals
    assert not [cost for proposal in proposals for cost in proposal.costs if "change" in cost]


@pytest.mark.parametrize(
    "stands", [{"status": SessionStatus.ARRIVED}, {"is_pinned": True}, {"status": SessionStatus.IN_TREATMENT}]
)
def test_what_is_pinned_or_has_begun_makes_no_room(world, stands):
    Session.objects.update(**stands)

    answer = found(a_course(world))

    assert not answer.proposals
    assert answer.problems[0].code == "no_time_in_window"


def test_a_room_that_a_person_chose_makes_no_room(world):
    Claim.objects.filter(need__role="treatment-room").update(asked_for=True)

    assert not found(a_course(world)).proposals


def test_whom_a_patient_expects_makes_no_room(world):
    away(world, Resource.objects.get(name="Dr Grant"), *world.doctors[1:], first=TUESDAY)

    assert not found(a_course(world)).proposals


def test_a_wish_for_a_practitioner_is_kept_where_making_room_allows_it(world):
    grant = Resource.objects.get(name="Dr Grant")
    wishes = Wishes(frozenset({2}), time(10, 5), time(10, 15), practitioner=grant.uuid, hard=True)

    [proposal] = found(a_course(world), wishes).proposals

    assert {placed.lead for placed in proposal.sessions} == {"Dr Grant"}
    chosen = {(part.role, part.asked_for) for part in proposal.sessions[0].assignments}
    assert chosen == {("doctor", True), ("treatment-room", False)}


def test_rooms_and_assistants_that_change_are_said_in_one_sentence():
    """Two preparations overlap in all chairs, centrifuges and assistants but the third is away."""
    world = a_course_world(start_grid_minutes=5)
    away(world, world.assistants[2], first=TUESDAY)
    for clock in ("14:00", "14:15"):
        booked(world, clock, "prp")
    plan = a_plan(world=world, protocol="prp", sessions=4)
    at_five_past_two = Wishes(frozenset({2}), time(14, 5), time(14, 30), hard=True)

    answer = propose(plan=plan, asked=Asked(TUESDAY, TUESDAY, at_five_past_two, sessions=1), now=NOW)

    [proposal] = answer.proposals
    [cost] = [cost for cost in proposal.costs if cost.startswith("Other sessions change")]
    assert cost == "Other sessions change rooms, devices and assistants for session 1"


def queries(plan: Plan) -> int:
    plan = Plan.objects.get(pk=plan.pk)
    with CaptureQueriesContext(connection) as captured:
        found(plan)
    return len(captured)


def test_looking_for_room_takes_as_many_queries_however_much_is_booked(world):
    plan = a_course(world)
    few = queries(plan)
    for week in range(1, 6):
        booked(world, "11:00", on=TUESDAY + timedelta(weeks=week))
        booked(world, "14:00", "prp", on=TUESDAY + timedelta(weeks=week))

    assert queries(plan) == few


clocks = st.sampled_from([f"{hour:02}:{minute:02}" for hour in (10, 11) for minute in range(0, 60, 5)])
kinds = st.sampled_from(["mesotherapy", "prp-mesotherapy", "consultation"])
stays = st.sampled_from([{}, {}, {}, {"is_pinned": True}, {"status": SessionStatus.ARRIVED}])


@pytest.mark.slow
@given(
    st.lists(st.tuples(clocks, kinds, stays), min_size=3, max_size=9),
    st.sampled_from(["10:15", "10:30", "11:00"]),
)
@settings(max_examples=25)
def test_what_is_offered_can_be_booked_and_where_nothing_is_offered_nothing_can(others, clock):
    """Against the act of booking itself, at every start that was asked for."""
    with transaction.atomic():
        world = a_course_world(start_grid_minutes=5)
        away(world, world.treatment_rooms[2], world.assistants[2], first=TUESDAY)
        for at, kind, stands in others:
            try:
                session = booked(world, at, kind)
            except ClinicError:
                continue
            Session.objects.filter(pk=session.pk).update(**stands)
        plan = a_plan(world=world, sessions=4)
        first = datetime.combine(TUESDAY, time.fromisoformat(clock), AMSTERDAM)
        hours = Wishes(after=first.time(), before=(first + timedelta(minutes=35)).time(), hard=True)
        answer = propose(plan=plan, asked=Asked(TUESDAY, TUESDAY, hours, sessions=1), now=NOW)

        for proposal in answer.proposals:
            with transaction.atomic():
                book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)
                transaction.set_rollback(True)
        if not answer.proposals:
            starts = [first + timedelta(minutes=minutes) for minutes in (0, 5, 10)]
            assert not any(can_be_booked(world, "prp-mesotherapy", start) for start in starts)
        transaction.set_rollback(True)
