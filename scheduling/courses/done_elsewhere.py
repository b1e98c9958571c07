"""Sessions done elsewhere: what they are, and what stands against recording one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from clinic.errors import Problem, ProblemKind
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _
from scheduling.models import Outcome, Session, SessionStatus

LONGEST_PLACE = 200


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """On which date, and at which place."""

    on: date
    place: str


def place_problems(done: Elsewhere, *, today: date) -> Iterator[Problem]:
    if done.on > today:
        yield Problem(
            "done_in_the_future",
            ProblemKind.BLOCKER,
            _("That date has not come yet. Enter when the session was done."),
        )
    missing = _("Enter where the session was done.")
    yield from text_problems(one_line(done.place), "place", missing=missing, most=LONGEST_PLACE)


def set_done(session: Session, done: Elsewhere) -> None:
    """The session as it was done there; not written yet."""
    session.status, session.outcome, session.counts = SessionStatus.COMPLETED, Outcome.GIVEN, True
    session.is_done_elsewhere, session.done_at = True, one_line(done.place)
    session.site, session.cast, session.is_pinned = None, [], False
    session.local_date = done.on
    session.local_time = session.starts_at = session.ends_at = None
