"""What stands in the way of an act, as the pages list it: each session, and what can be done with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from clinic.audit_trail.write import AuditAction
from clinic.identity.actors import Actor
from clinic.models.tenant import PublicRow
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.web.trail import saw
from clinic.wording import told
from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.models import Session

# What cannot take place is not mailed of (`scheduling.diaries.can_take_place`).
STAYS = _("It stays booked; no mail reminds of it while its time is closed. Move it, or call the patient.")
HELD = _("It is only held. Booked, it would be outside the hours.")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One session in the way, and what to do with it."""

    session: SessionShown
    sentence: str


def obstacles(found: Iterable[tuple[Session, Sentence]], *, today: date) -> list[Obstacle]:
    """For `scheduling/shared/in_the_way.html`. What pages say of the sessions is loaded."""
    return [Obstacle(session_shown(session, today=today), told(sentence)) for session, sentence in found]


def staying(sessions: Iterable[Session], *, today: date, held: Sentence = HELD) -> list[Obstacle]:
    """Sessions that keep their time though it closes; `held` is said of those that are only held."""
    return obstacles(((one, held if one.is_held else STAYS) for one in sessions), today=today)


def seen_sessions(sessions: Sequence[Session], *, by: Actor, about: PublicRow) -> None:
    """Tell the trail whose sessions are shown, if any are."""
    if sessions:
        saw(AuditAction.SAW_SESSIONS, [one.patient.uuid for one in sessions], by=by, about=about)
