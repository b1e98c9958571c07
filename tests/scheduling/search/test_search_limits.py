"""From when until when is searched, what stands already, and why there may be no calendar."""

from datetime import date, datetime, time, timedelta

import pytest

from clinic.errors import Refused, Unknown
from clinic.models import ResourceSkill, Site
from scheduling.booking.book_course import book_course
from scheduling.models import Session
from scheduling.search.propose import Asked, propose
from tests.support.acts.courses import away, dates, offers
from tests.support.cast import AMSTERDAM, NOW, OVER
from tests.support.worlds import a_plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

TODAY = date(2027, 1, 4)


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
    Site.objects.update(valid_until=OVER)

    with pytest.raises(Unknown) as unknown:
        propose(plan=a_plan(world=world), asked=Asked(), now=NOW)

    assert unknown.value.sentence == "This clinic has no site yet. Enter one with its opening hours."


def test_sessions_done_elsewhere_are_constants_and_the_rest_keeps_its_distance_to_them(world):
    plan = a_plan(world=world, sessions=5)
    given_on = [TODAY - timedelta(days=21), TODAY - timedelta(days=7)]
    for number, on in enumerate(given_on, start=1):
        starts_at = datetime.combine(on, time(10), tzinfo=AMSTERDAM)
        Session.objects.filter(plan=plan, number=number).update(
            status="completed",
            is_done_elsewhere=True,
            site=world.site,
            local_date=on,
            local_time=time(10),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=25),
        )

    for proposal in offers(plan=plan):
        assert [placed.number for placed in proposal.sessions] == [3, 4, 5]
        assert 11 <= (dates(proposal)[0] - given_on[1]).days <= 18
