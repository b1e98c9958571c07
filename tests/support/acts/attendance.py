"""What becomes of sessions, with words for whatever a test does not care about."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from scheduling.attendance.attend import arrive, complete, confirm_session, miss, start
from scheduling.attendance.completion import Completion
from scheduling.courses.states import SessionAct
from scheduling.diaries.integrity import rebuild_pages
from scheduling.models import Claim, Outcome, Session, SessionStatus
from tests.support.acts.courses import times_of
from tests.support.worlds import World
from treatments.models import Plan

S = SessionStatus


def gave_up(session: Session, status: SessionStatus) -> None:
    """The session was missed, cancelled, or is due again: its time is free, as a use case would leave it."""
    Claim.objects.filter(session=session).delete()
    rebuild_pages()
    no_time = dict.fromkeys(("starts_at", "ends_at", "local_date", "local_time"))
    Session.objects.filter(pk=session.pk).update(
        status=status, **(no_time if status == SessionStatus.DUE else {})
    )


def during(session: Session) -> datetime:
    """Five minutes after it was to begin."""
    return times_of(session).starts_at + timedelta(minutes=5)


def done(
    session: Session,
    world: World,
    *,
    outcome: Outcome = Outcome.GIVEN,
    now: datetime | None = None,
    **said: Any,
) -> Session:
    """The session completed, five minutes after it was to begin unless said."""
    reason = "" if outcome == Outcome.GIVEN else "Failed draw"
    completion = Completion(outcome=outcome, **{"reason": reason, **said})
    return complete(session=session, completion=completion, by=world.reception, now=now or during(session))


def again(session: Session) -> Session:
    """The row as it stands."""
    return Session.objects.select_related("plan", "site", "patient").get(pk=session.pk)


def claims_of(session: Session) -> list[tuple[int, int, int]]:
    return sorted(Claim.objects.filter(session=session).values_list("diary_id", "start_cell", "end_cell"))


def date_of(day: date | None) -> date:
    assert day is not None
    return day


def due_number(plan: Plan, number: int) -> Session:
    return Session.objects.get(plan=plan, kind="treatment", number=number, status=S.DUE)


ACTS: dict[SessionAct, Callable[[Session, World], Session]] = {
    SessionAct.CONFIRM: lambda s, w: confirm_session(session=s, by=w.reception, now=during(s)),
    SessionAct.ARRIVE: lambda s, w: arrive(session=s, by=w.reception, now=during(s)),
    SessionAct.START: lambda s, w: start(session=s, by=w.reception, now=during(s)),
    SessionAct.COMPLETE: done,
    SessionAct.MISS: lambda s, w: miss(session=s, by=w.reception, now=during(s)),
}


def brought_to(status: SessionStatus, session: Session, world: World) -> Session:
    """The session in that state, by the acts that lead there."""
    ways = {
        S.CONFIRMED: [SessionAct.CONFIRM],
        S.ARRIVED: [SessionAct.ARRIVE],
        S.IN_TREATMENT: [SessionAct.START],
        S.COMPLETED: [SessionAct.COMPLETE],
        S.MISSED: [SessionAct.MISS],
    }
    for act in ways.get(status, []):
        ACTS[act](session, world)
    return again(session)
