"""Buttons of a session as it stands, on the day sheet and on its own page. No queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext

from scheduling.desk.shared.sessions_shown import SessionShown, session_shown
from scheduling.models import AHEAD, HERE, Session, SessionStatus


@dataclass(frozen=True, slots=True)
class DeskAct:
    """One button: the page it is sent to, and what it says; one that `asks` leads to a form."""

    page: str
    label: str
    asks: bool = False


CONFIRM = "session-confirm"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of the day sheet; `here_since` is when who has no time arrived."""

    session: SessionShown
    uuid: UUID
    here_since: datetime | None
    acts: tuple[DeskAct, ...]


def sheet_row(session: Session, *, today: date, now: datetime, can_undo: bool) -> SheetRow:
    """Needs `patient`, `plan`, `site` and `session_type` loaded with the session."""
    zone = session.site.tz if session.site else None
    # Today the desk waits for them to come.
    is_today = session.local_date == today
    acts = desk_acts(session, today=today, now=now, can_undo=can_undo)
    return SheetRow(
        session=session_shown(session, today=today),
        uuid=session.uuid,
        here_since=session.arrived_at.astimezone(zone) if session.arrived_at and zone else None,
        acts=tuple(act for act in acts if not (is_today and act.page == CONFIRM)),
    )


def desk_acts(session: Session, *, today: date, now: datetime, can_undo: bool) -> Iterator[DeskAct]:
    """What one click does to the session as it stands. Its site must be loaded."""
    status, is_today = session.status, session.local_date == today
    is_over = session.local_date is not None and session.local_date < today
    has_begun = session.starts_at is not None and session.starts_at <= now
    if status in AHEAD and is_today:
        yield DeskAct("session-arrive", gettext("Arrived"))
    if status in AHEAD and has_begun:
        yield DeskAct("session-miss", gettext("Missed"))
    if status == SessionStatus.BOOKED and not has_begun:
        yield DeskAct(CONFIRM, gettext("Confirmed"))
    if status == SessionStatus.MISSED and is_today:
        yield DeskAct("session-arrive", gettext("Came after all"))
    if status == SessionStatus.ARRIVED:
        yield DeskAct("session-start", gettext("Start"))
        if session.starts_at is None and is_today:
            yield DeskAct("session-give-time", gettext("Next free time"))
    if status in HERE or (status in AHEAD and is_over):
        yield DeskAct("session-complete", gettext("Done"), asks=True)
    if can_undo:
        yield DeskAct("session-undo", gettext("Undo"))
