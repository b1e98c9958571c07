"""Whatever is done, in any order: each session has its reminders, and each goes out once."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.errors import ClinicError
from scheduling.attendance.attend import arrive, confirm_session
from scheduling.attendance.undo import undo
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.courses.course import course_of
from scheduling.messages.reminder_times import APART, reminder_key, reminder_times
from scheduling.messages.reminders import rule_of
from scheduling.models import AHEAD, SCHEDULED, CancelledBy, Message, MessageState, Session
from scheduling.moving.ripple import Destination
from tests.support.acts.absences import another_doctor
from tests.support.acts.attendance import again
from tests.support.acts.mailing import forget_the_ledger, reminders_of, send_until
from tests.support.acts.moves import later, plan_of, put, whole
from tests.support.cast import NOW
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - timedelta(days=99)


def wrong(now: datetime, known_since: dict[tuple[int, int], datetime]) -> Iterator[str]:
    """What does not stand as it is ruled, counted from nothing but the session and the clinic's numbers.

    `known_since`: since when each session (its key) is at its time (its sequence).
    """
    for session in Session.objects.select_related("site__clinic"):
        at_its_time = known_since.setdefault((session.pk, session.sequence), now)
        waiting = {row.key: row.due_at for row in reminders_of(session) if row.state == MessageState.WAITING}
        if session.status not in AHEAD or session.starts_at is None or session.site is None:
            if waiting and session.status not in SCHEDULED:
                yield f"{session} is reminded of"
            continue
        asked = reminder_times(
            starts_at=session.starts_at,
            zone=session.site.tz,
            rule=rule_of(session.site.clinic),
            now=LONG_AGO,
        )
        for at in asked:
            key = reminder_key(session=session.uuid, offset=at.offset, sequence=session.sequence)
            due_at = waiting.pop(key, None)
            if at.due_at >= at_its_time + APART:
                sent = Message.objects.filter(key=key, state=MessageState.SENT).count()
                if (due_at, sent) != ((at.due_at, 0) if at.due_at > now else (None, 1)):
                    yield f"{session} lacks the reminder of {at.due_at}, waiting {due_at}, sent {sent}"
        if waiting:
            yield f"{session} has more reminders: {waiting}"


def confirms(world: World, session: Session, _: int, now: datetime) -> None:
    confirm_session(session=again(session), by=world.reception, now=now)


def comes_by_mistake(world: World, session: Session, _: int, now: datetime) -> None:
    arrive(session=again(session), by=world.reception, now=now)
    undo(session=again(session), by=world.reception, now=now)


def moves(world: World, session: Session, steps: int, now: datetime) -> None:
    to = later(whole(session), steps % 5 - 2, minutes=5 * (steps % 7))
    put(world, session, Destination(to), now=now, alone=True)


def moves_and_comes_back(world: World, session: Session, steps: int, now: datetime) -> None:
    was = later(whole(session))
    put(world, session, Destination(was + timedelta(minutes=5 + 5 * steps)), now=now, alone=True)
    put(world, session, Destination(was), now=now, alone=True)


def gets_another_doctor(world: World, session: Session, _: int, now: datetime) -> None:
    doctor = another_doctor(world, session)
    put(world, session, Destination(later(whole(session)), practitioner=doctor), now=now, alone=True)


def cancels(world: World, session: Session, steps: int, now: datetime) -> None:
    if steps % 4 == 0:
        cancel_session(
            session=whole(session), ending=Ending(CancelledBy.PATIENT, "Ill"), by=world.doctor, now=now
        )


ACTS: list[Callable[[World, Session, int, datetime], None]] = [
    confirms,
    comes_by_mistake,
    moves,
    moves_and_comes_back,
    gets_another_doctor,
    cancels,
]


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    story=st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.integers(0, 12), st.integers(0, 90)),
        min_size=4,
        max_size=10,
    )
)
def test_whatever_is_done_each_session_has_its_reminders_and_each_goes_out_once(world, course, story):
    now, known_since = NOW, {(session.pk, 0): NOW for session in course}
    with transaction.atomic():
        for act, which, steps, hours in story:
            now += timedelta(hours=hours)
            send_until(now)
            ahead = [one for one in course_of(plan=plan_of(course)).sessions if one.status in AHEAD]
            if ahead:
                try:
                    with transaction.atomic():
                        act(world, ahead[which % len(ahead)], steps, now)
                except ClinicError:
                    # A rule forbade it, and nothing changed.
                    pass
            assert list(wrong(now, known_since)) == []
        transaction.set_rollback(True)
    forget_the_ledger()
