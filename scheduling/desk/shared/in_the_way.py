"""What stands in the way of an act, as the pages list it: each session, and what can be done with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from clinic.sentences import Sentence
from clinic.wording import told
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.models import Session


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One session in the way, and what to do with it."""

    session: SessionShown
    sentence: str


def obstacles(found: Iterable[tuple[Session, Sentence]], *, today: date) -> list[Obstacle]:
    """For `scheduling/shared/in_the_way.html`. What pages say of the sessions is loaded."""
    return [Obstacle(session_shown(session, today=today), told(sentence)) for session, sentence in found]
