"""What a course tried and what came to nothing: sessions missed, cancelled, or held without counting."""

from dataclasses import dataclass
from datetime import date

from clinic.identity.actors import Actor
from scheduling.desk.shared.sessions_shown import SessionShown, cancelled_by, session_shown
from scheduling.models import Outcome, Session, SessionStatus
from treatments.models import Plan


@dataclass(frozen=True, slots=True)
class AttemptShown:
    """A session that stands for its number no more; `why` may be empty."""

    session: SessionShown
    became: str
    why: str


def attempts_of(*, plan: Plan, by: Actor, today: date) -> tuple[AttemptShown, ...]:
    """By date; what never had a time is left out. One query. The plan's patient must be loaded."""
    rows = Session.objects.seen_by(by).filter(plan=plan, local_date__isnull=False).spent()
    found = list(rows.select_related("site", "session_type").order_by("local_date", "local_time", "pk"))
    for session in found:
        session.plan, session.patient = plan, plan.patient
    return tuple(_attempt(session, today) for session in found)


def _attempt(session: Session, today: date) -> AttemptShown:
    shown = session_shown(session, today=today)
    match session.status:
        case SessionStatus.CANCELLED:
            reason = f": {session.cancel_reason}" if session.cancel_reason else ""
            return AttemptShown(shown, shown.status_words, f"{cancelled_by(session).capitalize()}{reason}")
        case SessionStatus.COMPLETED:
            return AttemptShown(shown, Outcome(session.outcome).label, session.outcome_reason)
        case _:
            return AttemptShown(shown, shown.status_words, "")
