"""What an act leaves to be sent: reminders of the sessions ahead, and notices of what patients notice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from scheduling.courses.open_act import OpenAct
from scheduling.messages.notices import TimeChange, tell_cancelled, tell_moved
from scheduling.messages.reminders import plan_reminders, void_reminders
from scheduling.models import AHEAD, PROMISED, Session

_Changed = tuple[Session, Session]


def tell(act: OpenAct, sessions: Sequence[Session]) -> None:
    """Reminders and notices of sessions that were written; `act.stood` is what their patients knew."""
    own = [(session, act.stood[session.pk]) for session in sessions if session.pk in act.own]
    off = [(session, was) for session, was in own if _is_off(session, was)]
    moved = [(session, was) for session, was in own if _is_moved(session, was)]
    new = [session for session, was in own if session.status in AHEAD and was.status not in AHEAD]
    for of_course in _by_course(off):
        _tell_cancelled(act, of_course)
    for of_course in _by_course(moved):
        _tell_moved(act, of_course)
    if new:
        plan_reminders(sessions=new, clinic=act.patient(new[0]).clinic, now=act.now)


def _is_off(session: Session, was: Session) -> bool:
    """What was promised does not take place: cancelled, or done elsewhere."""
    was_promised = was.status in PROMISED and was.starts_at is not None
    return was_promised and session.sequence != was.sequence and session.status not in PROMISED


def _is_moved(session: Session, was: Session) -> bool:
    is_ahead = session.status in AHEAD and was.status in AHEAD
    return is_ahead and _noticed(session) != _noticed(was)


def _noticed(session: Session) -> tuple[object, ...]:
    """What a patient notices of a session."""
    return session.site_id, session.starts_at, session.ends_at, session.lead


def _by_course(changed: Iterable[_Changed]) -> Iterable[list[_Changed]]:
    """Those of one patient and course together: one message is about all of them."""
    found: dict[tuple[int, int | None], list[_Changed]] = defaultdict(list)
    for session, was in sorted(changed, key=lambda pair: (pair[0].kind != "treatment", pair[0].number)):
        found[session.patient_id, session.plan_id].append((session, was))
    return found.values()


def _tell_cancelled(act: OpenAct, off: Sequence[_Changed]) -> None:
    sessions = [session for session, _ in off]
    first = sessions[0]
    if act.is_told:
        tell_cancelled(patient=act.patient(first), plan=first.plan, cancelled=sessions, now=act.now)
    else:
        void_reminders(sessions=sessions, now=act.now)


def _tell_moved(act: OpenAct, moved: Sequence[_Changed]) -> None:
    sessions = [session for session, _ in moved]
    first = sessions[0]
    if not act.is_told:
        void_reminders(sessions=sessions, now=act.now)
        plan_reminders(sessions=sessions, clinic=act.patient(first).clinic, is_told=True, now=act.now)
        return
    changes = [
        TimeChange(
            session,
            was.starts_at,
            was_until=was.ends_at,
            was_site=was.site,
            was_with=was.lead if was.lead != session.lead else "",
        )
        for session, was in moved
        if was.starts_at is not None
    ]
    tell_moved(patient=act.patient(first), plan=first.plan, moved=changes, now=act.now)
