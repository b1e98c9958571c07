"""Proposals as cards: what the desk compares and the patient hears on the phone. No queries.

The thread of a card shows its sessions as beads on one scale of days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext

from clinic.models import Site
from clinic.wording import told
from scheduling.desk.shared.month import Month, months_of
from scheduling.desk.shared.sessions_shown import stage_lines
from scheduling.desk.shared.wording import span_words
from scheduling.engine.placed import PlacedSession
from scheduling.engine.proposal import Proposal
from scheduling.search.tokens import token_of
from treatments.cadence import REVIEW, TREATMENT, Key, Window

_FIRST = Key(TREATMENT, 1)
WIDTH, EDGE = 220, 11


@dataclass(frozen=True, slots=True)
class Bead:
    """One session: where it hangs, and the window it may hang in, in picture units."""

    number: str
    x: int
    window_x: int = 0
    window_width: int = 0
    best_x: int | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """From the first date to the last, the same for all threads that are compared."""

    first: date
    last: date

    def x(self, on: date) -> int:
        days = max((self.last - self.first).days, 1)
        share = min(max((on - self.first).days / days, 0), 1)
        return round(EDGE + share * (WIDTH - 2 * EDGE))


@dataclass(frozen=True, slots=True)
class OfferedSession:
    """One session of a calendar on offer."""

    number: str
    starts: datetime
    ends: datetime
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """One calendar on offer; `token` is what booking it sends."""

    token: str
    name: str
    reason: str
    span: str
    advantages: tuple[str, ...]
    costs: tuple[str, ...]
    months: tuple[Month, ...]
    sessions: tuple[OfferedSession, ...]
    thread: tuple[Bead, ...]
    place: str = ""


def offers_of(
    proposals: Sequence[Proposal], *, sites: Sequence[Site], today: date, now: datetime
) -> list[Offer]:
    """Cards whose threads have one scale, so that they can be compared by eye.

    Of a clinic with several sites each card says where.
    """
    dates = [placed.local_date for proposal in proposals for placed in proposal.sessions]
    if not dates:
        return []
    scale = Scale(min(dates), max(dates))
    months = [on.replace(day=1) for on in dates]
    places = {site.pk: site.name for site in sites} if len(sites) > 1 else {}
    return [
        replace(
            _offer(proposal, scale, today, now),
            months=tuple(months_of(_marks(proposal), beside=months)),
            place=places.get(proposal.sessions[0].site_id, ""),
        )
        for proposal in proposals
    ]


def _offer(proposal: Proposal, scale: Scale, today: date, now: datetime) -> Offer:
    name, __, reason = told(proposal.label).partition(": ")
    # The card says its dates itself.
    is_about_dates = ": starts " in proposal.label
    sessions = proposal.sessions
    shown = tuple(_session(placed) for placed in sessions)
    # The first session has no rhythm to keep: its window is only how long it may wait.
    hung = [
        (_number(placed), placed.local_date, None if placed.key == _FIRST else placed.window)
        for placed in sessions
    ]
    return Offer(
        token=token_of(proposal, now=now),
        name=name,
        reason="" if is_about_dates else reason,
        span=span_words([placed.local_date for placed in sessions], today=today),
        advantages=tuple(told(words) for words in proposal.advantages),
        costs=tuple(told(words) for words in proposal.costs),
        months=(),
        sessions=shown,
        thread=tuple(thread_of(hung, scale=scale)) if len(sessions) > 1 else (),
    )


def _marks(proposal: Proposal) -> dict[date, str]:
    return {placed.local_date: _number(placed) for placed in proposal.sessions}


def _number(placed: PlacedSession) -> str:
    """“3”, and of the first review “R1”."""
    is_review = placed.key.kind == REVIEW
    return gettext("R{number}").format(number=placed.number) if is_review else str(placed.number)


def _session(placed: PlacedSession) -> OfferedSession:
    stages = stage_lines(placed.cast(), starts=placed.starts_at)
    return OfferedSession(
        number=_number(placed),
        starts=placed.starts_at,
        ends=placed.ends_at,
        people=tuple(dict.fromkeys(name for stage in stages for name in stage.people)),
    )


def thread_of(sessions: Sequence[tuple[str, date, Window | None]], *, scale: Scale) -> list[Bead]:
    """One bead for each (number, date, window)."""
    return [_bead(number, on, window, scale) for number, on, window in sessions]


def _bead(number: str, on: date, window: Window | None, scale: Scale) -> Bead:
    if window is None:
        return Bead(number, scale.x(on))
    low, high = scale.x(window.earliest), scale.x(window.latest)
    return Bead(number, scale.x(on), low, max(high - low, 2), scale.x(window.target))
