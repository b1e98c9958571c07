"""Proposals as cards: what the desk compares and the patient hears on the phone. No queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from clinic.models import Site
from scheduling.desk.threads import Bead, Scale, thread_of
from scheduling.desk.visits_shown import stage_lines
from scheduling.desk.wording import off_target_words, span_words
from scheduling.proposal_tokens import token_of
from scheduling.proposals import PlacedSession, Proposal


@dataclass(frozen=True, slots=True)
class OfferedVisit:
    """One session of a calendar on offer."""

    number: int
    starts: datetime
    ends: datetime
    people: tuple[str, ...]
    off_target: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One calendar on offer; `token` is what booking it sends."""

    token: str
    name: str
    reason: str
    span: str
    rhythm: str
    visits: tuple[OfferedVisit, ...]
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
    places = {site.pk: site.name for site in sites} if len(sites) > 1 else {}
    return [
        replace(_offer(proposal, scale, today, now), place=places.get(proposal.sessions[0].site_id, ""))
        for proposal in proposals
    ]


def _offer(proposal: Proposal, scale: Scale, today: date, now: datetime) -> Offer:
    name, _, reason = proposal.label.partition(": ")
    if reason.startswith("starts "):
        # The card says its dates itself.
        reason = ""
    sessions = proposal.sessions
    # The first session has no rhythm to keep: its window is only how long it may wait.
    hung = [
        (placed.number, placed.local_date, None if placed.number == 1 else placed.window)
        for placed in sessions
    ]
    return Offer(
        token=token_of(proposal, now=now),
        name=name,
        reason=reason,
        span=span_words([placed.local_date for placed in sessions], today=today),
        rhythm=_rhythm(sessions),
        visits=tuple(_visit(placed) for placed in sessions),
        thread=tuple(thread_of(hung, scale=scale)) if len(sessions) > 1 else (),
    )


def _visit(placed: PlacedSession) -> OfferedVisit:
    stages = stage_lines(placed.cast(), starts=placed.starts_at)
    return OfferedVisit(
        number=placed.number,
        starts=placed.starts_at,
        ends=placed.ends_at,
        people=tuple(dict.fromkeys(name for stage in stages for name in stage.people)),
        off_target="" if placed.number == 1 else off_target_words(placed.local_date, placed.window),
    )


def _rhythm(sessions: Sequence[PlacedSession]) -> str:
    """How well the calendar keeps its rhythm, in one line; a single visit has none."""
    off = [
        abs((placed.local_date - placed.window.target).days)
        for placed in sessions
        if placed.number > 1 and placed.window is not None
    ]
    if not off:
        return ""
    if max(off) == 0:
        return "Every visit on its best day"
    return f"Never more than {max(off)} {'day' if max(off) == 1 else 'days'} off the best day"
