"""What is booked with the course, and what when it is due, is what its step says."""

from datetime import datetime, time, timedelta

import pytest

from clinic.errors import Refused
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import HoldAsked, book_hold, hold_course
from scheduling.courses.course import course_of, key_of
from scheduling.models import Session, SessionStatus
from scheduling.moving.move import move_session, preview_move
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, RippleAsked
from scheduling.search.propose import Asked, propose
from scheduling.search.tokens import proposal_from, token_of
from tests.support.acts.courses import away, offers
from tests.support.cast import NOW
from tests.support.protocols import a_protocol
from tests.support.worlds import World, a_plan
from treatments.cadence import REVIEW, TREATMENT, Key
from treatments.models import Plan

pytestmark = pytest.mark.django_db

FIRST = {"anchor": "start", "later_days": 42}
FORTNIGHTLY = {"interval_days": 14, "earlier_days": 3, "later_days": 4}
BOOSTER = {"interval_days": 90, "earlier_days": 7, "later_days": 14, "booking": "when_due"}
LOOK = {"kind": "review", "anchor": "last", "interval_days": 30, "earlier_days": 5, "later_days": 5}
WITH_LOOK = {**LOOK, "booking": "with_course"}


def a_course(world: World, *steps, sessions: int) -> Plan:
    protocol = a_protocol(world=world, steps=steps)
    world.protocols["carried"] = protocol
    return a_plan(world=world, protocol="carried", sessions=sessions)


def keys(proposal) -> list[Key]:
    return [placed.key for placed in proposal.sessions]


def treatments(*numbers: int) -> list[Key]:
    return [Key(TREATMENT, number) for number in numbers]


def test_a_treatment_that_is_booked_when_due_is_left_out_with_all_after_it(world):
    plan = a_course(world, FIRST, FORTNIGHTLY, BOOSTER, FORTNIGHTLY, sessions=4)

    found = offers(plan=plan)
    assert {tuple(keys(one)) for one in found} == {tuple(treatments(1, 2))}
    book_course(plan=plan, proposal=found[0], by=world.reception, now=NOW)

    plan.refresh_from_db()
    assert not course_of(plan=plan).due
    assert not course_of(plan=plan).wants_times


def test_it_gets_a_time_of_its_own_in_its_turn_and_the_rest_follows_together(world):
    plan = a_course(world, FIRST, FORTNIGHTLY, BOOSTER, FORTNIGHTLY, sessions=4)
    book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)
    booster, last = Session.objects.filter(plan=plan, status=SessionStatus.DUE).order_by("number")

    def named_a_time(session: Session) -> list[Session]:
        session = Session.objects.to_show().get(pk=session.pk)
        assert session.target_on is not None
        weekend = max(session.target_on.weekday() - 4, 0)
        at = datetime.combine(session.target_on - timedelta(days=weekend), time(10), world.site.tz)
        by, asked = world.reception, RippleAsked()
        ripple = preview_move(session=session, to=Destination(at), asked=asked, by=by, now=NOW)
        return move_session(session=session, ripple=ripple, terms=MoveTerms(), by=by, now=NOW)

    with pytest.raises(Refused) as refusal:
        named_a_time(last)
    assert refusal.value.code == "earlier_visit_due"
    [booked] = named_a_time(booster)
    assert booked.status == SessionStatus.BOOKED
    plan.refresh_from_db()
    assert [key_of(one) for one in course_of(plan=plan).due] == treatments(4)


def test_a_review_that_is_booked_with_the_course_is_on_offer_with_it_and_booked(world):
    plan = a_course(world, FIRST, FORTNIGHTLY, WITH_LOOK, sessions=3)

    for proposal in offers(plan=plan):
        assert keys(proposal) == [*treatments(1, 2, 3), Key(REVIEW, 1)]
        apart = proposal.sessions[3].local_date - proposal.sessions[2].local_date
        assert timedelta(days=25) <= apart <= timedelta(days=35)
    chosen = proposal_from(token_of(offers(plan=plan)[0], now=NOW), plan=plan, now=NOW)
    booked = book_course(plan=plan, proposal=chosen, by=world.reception, now=NOW)
    assert [key_of(one) for one in booked] == keys(chosen)
    assert all(one.window.holds(one.local_date) for one in booked if one.window and one.local_date)


def test_it_is_held_and_booked_from_the_hold_as_well(world):
    plan = a_course(world, FIRST, FORTNIGHTLY, WITH_LOOK, sessions=2)
    offer = offers(plan=plan)[0]

    hold = hold_course(plan=plan, proposal=offer, asked=HoldAsked(), by=world.reception, now=NOW)
    booked = book_hold(hold=hold, by=world.reception, now=NOW)
    assert [one.status for one in booked] == [SessionStatus.BOOKED] * 3


def test_a_review_without_a_time_is_left_due_and_the_calendar_says_so(world):
    plan = a_course(world, FIRST, WITH_LOOK, sessions=1)
    away(world, *world.doctors, first=NOW.date() + timedelta(days=20), days=80)

    [offer, *_] = offers(plan=plan, last_on=NOW.date() + timedelta(days=10))
    assert keys(offer) == treatments(1)
    assert "Review 1 finds no time in its window: book it when it is due" in offer.costs


def test_the_first_sessions_alone_and_reviews_when_due_bring_none_along(world):
    plan = a_course(world, FIRST, FORTNIGHTLY, WITH_LOOK, sessions=3)
    found = propose(plan=plan, asked=Asked(sessions=2), now=NOW)
    assert {tuple(keys(one)) for one in found.proposals} == {tuple(treatments(1, 2))}

    svf = a_plan(world=world, protocol="svf-combination", sessions=1)
    assert {tuple(keys(one)) for one in offers(plan=svf)} == {tuple(treatments(1))}
