"""The ripple against an oracle: the fewest moves, then the fewest days, whatever else could be had."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.hours.working_time import forget_hours
from scheduling.courses.course import course_of
from scheduling.engine.placement import Course
from scheduling.moving.ripple import RippleAsked, ripple_after
from scheduling.moving.ripple_search import RippleSearch
from scheduling.search.site_search import OptionsByType
from tests.support.acts.courses import a_booked_course, away, times_of
from tests.support.acts.moves import move, plan_of
from tests.support.cast import NOW
from treatments.cadence import TREATMENT, Rule

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
AROUND = 8
# The first session of the course is at nine today, and has not begun.
BEFORE_OPENING = NOW - timedelta(hours=2)


def every_calendar(rules: Sequence[Rule], was: Sequence[date], open_on: set[date]) -> Iterator[list[date]]:
    """Every way to give the sessions dates near their own that keep the rhythm."""

    def further(so_far: list[date]) -> Iterator[list[date]]:
        if len(so_far) == len(was):
            yield so_far
            return
        rule, old = rules[len(so_far)], was[len(so_far)]
        for on in (old + offset * DAY for offset in range(-AROUND, AROUND + 1)):
            fits = not so_far or (on > so_far[-1] and rule.window(so_far[-1]).holds(on))
            if on in open_on and fits:
                yield from further([*so_far, on])

    return further([])


def price(was: Sequence[date], now_on: Sequence[date]) -> tuple[int, int]:
    moved = [abs((new - old).days) for new, old in zip(now_on, was, strict=True)]
    return sum(days > 0 for days in moved), sum(moved)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(away_on=st.sets(st.integers(0, 50), max_size=12))
def test_what_must_move_moves_as_little_as_can_be(world, away_on):
    with transaction.atomic():
        course = a_booked_course(world=world, sessions=4)
        plan = plan_of(course)
        was = [times_of(session).on for session in course]
        gone = {was[0] + offset * DAY for offset in away_on}
        for on in gone:
            away(world, *world.doctors, first=on)
        ahead = (NOW.date() + offset * DAY for offset in range(90))
        open_on = {on for on in ahead if on.isoweekday() < 6 and on not in gone}

        as_booked = course_of(plan=plan)

        found = ripple_after(course=as_booked, first=None, asked=RippleAsked(), now=BEFORE_OPENING)

        rules = [rule for rule in as_booked.rules if rule.key.kind == TREATMENT]
        prices = [price(was, dates) for dates in every_calendar(rules, was, open_on)]
        new = {session.number: placed.local_date for session, placed in found.moved}
        dates = [new.get(number, on) for number, on in enumerate(was, start=1)]
        if prices:
            assert price(was, dates) == min(prices)
        transaction.set_rollback(True)
    forget_hours()


def test_what_a_site_has_on_offer_is_reckoned_once_however_many_sessions_move(world, monkeypatch):
    course = a_booked_course(world=world, sessions=4)
    reckoned: list[OptionsByType] = []
    whole = RippleSearch.course

    def counted(search: RippleSearch, options: OptionsByType) -> Course:
        reckoned.append(options)
        return whole(search, options)

    monkeypatch.setattr(RippleSearch, "course", counted)

    move(world, course[0], days=3)

    assert len(reckoned) == 1
