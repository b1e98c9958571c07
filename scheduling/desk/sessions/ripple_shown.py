"""A ripple line by line, for the page that moves a session and the one of a course."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext

from clinic.web.desk.inputs import WordFields
from clinic.web.templatetags.desk import clock
from clinic.wording import told
from scheduling.desk.shared.sessions_shown import about_session
from scheduling.desk.shared.wording import date_words, window_words
from scheduling.engine.placed import PlacedSession
from scheduling.models import Session
from scheduling.moving.ripple import Ripple


@dataclass(frozen=True, slots=True)
class MoveShown:
    """One line of what would change, in the site's time."""

    about: str
    was: str
    becomes: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RippleShown:
    """What moves and what stays; `may_do` is whether the actor can have it so, if need be with a reason, or
    on somebody's word.
    """

    moves: tuple[MoveShown, ...]
    kept: tuple[str, ...]
    problems: tuple[str, ...]
    may_do: bool


def ripple_shown(ripple: Ripple, *, form: WordFields, today: date) -> RippleShown:
    """As who has the form may do it. Sessions must have their plan, site and session type loaded."""
    moved = {session.pk for session, _ in ripple.moved}
    return RippleShown(
        moves=tuple(_line(session, placed, today) for session, placed in ripple.moved),
        kept=tuple(about_session(session) for session in ripple.kept if session.pk not in moved),
        problems=tuple(told(problem.sentence) for problem in ripple.problems),
        may_do=bool(ripple.moved) and form.could_pass(ripple.problems),
    )


def standing_words(session: Session, *, today: date) -> str:
    """“now Mon 11 Jan, 09:00”, or when it is due."""
    if session.starts_at is not None:
        return gettext("now {time}").format(time=_when(session.starts_at, session, today))
    if session.window is None:
        return gettext("due")
    return gettext("due {window}").format(window=window_words(session.window, today=today))


def _line(session: Session, placed: PlacedSession, today: date) -> MoveShown:
    people = (a.resource.name for a in placed.assignments if a.resource.kind == "practitioner")
    return MoveShown(
        about=about_session(session),
        was=_when(session.starts_at, session, today),
        becomes=f"{date_words(placed.local_date, today=today)}, {clock(placed.starts_at)}",
        people=tuple(dict.fromkeys(people)),
    )


def _when(at: datetime | None, session: Session, today: date) -> str:
    if at is None or session.site is None:
        return gettext("no time yet")
    local = at.astimezone(session.site.tz)
    return f"{date_words(local.date(), today=today)}, {clock(local)}"
