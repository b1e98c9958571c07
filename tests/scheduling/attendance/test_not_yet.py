"""Nothing is done before its day: it would falsify the rhythm of the course and its windows."""

from datetime import timedelta

import pytest

from clinic.errors import Conflict
from clinic.time.wall_clock import day_starts_at
from scheduling.attendance.attend import arrive, complete, start
from scheduling.attendance.completion import Completion
from scheduling.models import Outcome, SessionStatus
from tests.support.acts.attendance import again
from tests.support.acts.courses import everything_written, times_of

pytestmark = pytest.mark.django_db

ACTS = {
    "arrive": lambda s, w, at: arrive(session=s, by=w.reception, now=at),
    "start": lambda s, w, at: start(session=s, by=w.reception, now=at),
    "complete": lambda s, w, at: complete(
        session=s, completion=Completion(outcome=Outcome.GIVEN), by=w.reception, now=at
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_before_its_local_day_nothing_is_done(world, course, act):
    wrote, begins = everything_written(), day_starts_at(times_of(course[1]).on, world.site.tz)

    with pytest.raises(Conflict) as refusal:
        ACTS[act](course[1], world, begins - timedelta(seconds=1))
    assert (refusal.value.code, refusal.value.details) == ("not_yet", {"on": str(times_of(course[1]).on)})
    assert everything_written() == wrote


@pytest.mark.parametrize("act", ACTS)
def test_from_the_first_minute_of_its_local_day_on_everything_is(world, course, act):
    begins = day_starts_at(times_of(course[0]).on, world.site.tz)

    ACTS[act](course[0], world, begins)
    assert again(course[0]).status not in (SessionStatus.BOOKED, SessionStatus.CONFIRMED)
