"""What is counted from the start of a course keeps the window it has, whatever becomes of the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from scheduling.attendance.attend import miss
from scheduling.booking.book_course import book_course
from scheduling.course_changes.amend import Interval
from scheduling.course_changes.cancel import Ending, cancel_rest, cancel_session
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.course_changes.pause import Pause, pause_course, resume_course
from scheduling.courses.course import course_of
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.models import Session
from scheduling.search.propose import Asked, propose
from tests.support.acts.amendments import amend
from tests.support.acts.attendance import done, during
from tests.support.acts.courses import a_booked_course, times_of
from tests.support.acts.holds import a_hold
from tests.support.acts.imports import bookings_brought, course_rows, patients_brought
from tests.support.acts.moves import move
from tests.support.acts.rhythm import as_it_is, assert_rhythm, book_first
from tests.support.cast import NOW
from tests.support.protocols import Steps, a_protocol
from tests.support.worlds import World, a_plan
from treatments.cadence import REVIEW, TREATMENT, Key, Window
from treatments.models import Plan

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TODAY = NOW.date()
FLU = Ending(reason="Flu")
FIRST, REVIEWED = Key(TREATMENT, 1), Key(REVIEW, 1)
WEEKLY_WITH_A_REVIEW: Steps = [
    {"anchor": "start", "later_days": 42},
    {"repeats": True, "interval_days": 7, "earlier_days": 3, "later_days": 4},
    {"kind": "review", "booking": "when_due", "anchor": "start", "interval_days": 84, "later_days": 7},
]
OWN = Window(date(2027, 6, 1), date(2027, 6, 4), date(2027, 6, 11))


@dataclass(frozen=True)
class Begun:
    """Two of four sessions are booked; the first and the review have a window that no rule counts."""

    world: World
    plan: Plan
    first: Session
    second: Session

    def window(self, key: Key) -> Window | None:
        return course_of(plan=as_it_is(self.plan)).by_key[key].window

    def pause(self, until: date | None = None) -> None:
        asked = Pause(reason="Abroad", until=until, give_back=True)
        pause_course(plan=self.plan, pause=asked, by=self.world.reception, now=NOW)

    def resume(self, days: int) -> date:
        """So many days later; on that date."""
        resume_course(plan=self.plan, by=self.world.reception, now=NOW + days * DAY)
        return TODAY + days * DAY


@pytest.fixture
def protocol(world) -> str:
    return a_protocol(world=world, steps=WEEKLY_WITH_A_REVIEW).key


@pytest.fixture
def begun(world, protocol) -> Begun:
    plan = a_plan(world=world, protocol=protocol)
    first, second = book_first(world=world, plan=plan, count=2)
    Session.objects.filter(plan=plan).exclude(kind=TREATMENT, number__gt=1).update(
        earliest_on=OWN.earliest, target_on=OWN.target, latest_on=OWN.latest
    )
    return Begun(world, plan, first, second)


ACTS: dict[str, Callable[[Begun], object]] = {
    "book the rest": lambda b: book_first(world=b.world, plan=b.plan, count=2),
    "hold the rest": lambda b: a_hold(world=b.world, plan=as_it_is(b.plan)),
    "move the first": lambda b: move(b.world, b.first, days=2),
    "move the second alone": lambda b: move(b.world, b.second, days=1, alone=True),
    "cancel the second": lambda b: cancel_session(
        session=b.second, ending=FLU, by=b.world.reception, now=NOW
    ),
    "cancel all times": lambda b: cancel_rest(
        plan=b.plan, ending=FLU, keep_due=True, by=b.world.reception, now=NOW
    ),
    "amend the interval": lambda b: amend(b.world, b.plan, interval=Interval(10)),
    "amend to more sessions": lambda b: amend(b.world, b.plan, session_count=6),
    "pause": lambda b: b.pause(),
    "pause until it is over": lambda b: b.pause(until=OWN.latest + DAY),
    "complete the first": lambda b: done(b.first, b.world),
    "miss the first": lambda b: miss(session=b.first, by=b.world.reception, now=during(b.first)),
    "record the first elsewhere": lambda b: record_elsewhere(
        session=b.first, done=Elsewhere(TODAY, "Utrecht"), by=b.world.reception, now=NOW
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_counts_from_the_start_keeps_its_window_while_the_rest_follows(begun, act):
    ACTS[act](begun)

    assert begun.window(REVIEWED) == OWN
    assert_rhythm(begun.plan)


@pytest.mark.parametrize("act", sorted({*ACTS} - {"cancel all times", "pause", "pause until it is over"}))
def test_the_first_session_keeps_its_window_unless_it_was_cancelled(begun, act):
    ACTS[act](begun)

    assert begun.window(FIRST) == OWN


def test_a_course_that_begins_later_than_advised_is_booked_in_the_window_it_was_searched_in(world, protocol):
    plan = as_it_is(a_plan(world=world, protocol=protocol))
    begins_on = TODAY + 49 * DAY
    [found] = propose(plan=plan, asked=Asked(first_on=begins_on, most=1), now=NOW).proposals

    book_course(plan=plan, proposal=found, by=world.reception, now=NOW)

    window = course_of(plan=plan).by_key[FIRST].window
    assert window is not None
    assert (window.earliest, window.target) == (begins_on, begins_on)


def test_a_window_that_is_open_when_a_course_goes_on_stays_as_it_is(begun):
    begun.pause()

    begun.resume(days=100)

    assert begun.window(REVIEWED) == OWN
    assert_rhythm(begun.plan)


def test_a_window_that_closed_in_a_pause_opens_on_the_day_the_course_goes_on(begun):
    begun.pause()

    went_on = begun.resume(days=200)

    assert begun.window(REVIEWED) == Window(went_on, went_on, went_on + 7 * DAY)
    assert_rhythm(begun.plan)


def test_whoever_comes_back_before_the_pause_was_to_end_finds_the_window_as_it_was(begun):
    begun.pause(until=OWN.latest + 30 * DAY)

    begun.resume(days=10)

    assert begun.window(REVIEWED) == OWN


def test_a_first_session_that_was_missed_before_a_pause_is_due_from_the_day_the_course_went_on(world):
    [first, *_] = a_booked_course(world=world)
    plan = first.plan
    assert plan is not None
    a_day_later = times_of(first).starts_at + DAY
    asked = Pause(reason="Abroad", give_back=True)
    pause_course(plan=plan, pause=asked, by=world.reception, now=a_day_later)
    resume_course(plan=plan, by=world.reception, now=a_day_later + 60 * DAY)

    miss(session=first, by=world.reception, now=a_day_later + 60 * DAY)

    window = course_of(plan=as_it_is(plan)).by_key[FIRST].window
    assert window is not None
    assert window.earliest == (a_day_later + 60 * DAY).date()


def test_an_imported_course_has_the_windows_that_it_was_prescribed_with(world, protocol):
    patients_brought(world)
    dates = ("2026-12-21", "2027-01-11", "2027-01-18")

    bookings_brought(world, *course_rows(*dates, done=1, protocol=protocol, at="11:00"))

    plan = Plan.objects.get()
    began = plan.prescribed_on
    windows = {key: one.window for key, one in course_of(plan=plan).by_key.items()}
    assert windows[FIRST] == Window(began, began, began + 42 * DAY)
    assert windows[REVIEWED] == Window(began + 84 * DAY, began + 84 * DAY, began + 91 * DAY)
    assert_rhythm(plan)
