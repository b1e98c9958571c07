"""Booked time that cannot stay: the sessions in the way of leave, a closure or a broken device. Reads."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet

from clinic.identity.actors import Actor
from clinic.sentences import NOTHING, Sentence
from clinic.sentences import sentence as _
from clinic.time.cells import cell_after, cell_at
from scheduling.disruption.substitutes import Away, SwapBlocker, Swaps, Wanted, swaps_for
from scheduling.models import AHEAD, Claim, Session, SessionStatus

# What has a time and is not over.
STANDING = (*AHEAD, SessionStatus.HELD, SessionStatus.ARRIVED, SessionStatus.IN_TREATMENT)
_SENTENCES = {
    SwapBlocker.SITE_CLOSED: _("The site is closed then. Move the session to another time."),
    SwapBlocker.BEGUN: _("The session has begun. Settle it with the patient."),
    SwapBlocker.PINNED: _("The session is pinned. Swap it with the patient’s consent, or move it."),
    SwapBlocker.ASKED_FOR: _(
        "A person chose who or what serves. Swap it with the patient’s consent, or move it."
    ),
    SwapBlocker.TREATS: _("Another person would treat the patient. Swap it and tell them, or move it."),
    SwapBlocker.NONE_FREE: _("Nobody and nothing equal is free at that time. Move the session."),
    SwapBlocker.CHANGED: _("Somebody else changed a session of that day. Look again."),
}


class Remedy(StrEnum):
    """What can be done with a session in the way."""

    SWAP = "swap"
    RIPPLE = "ripple"
    # It is only held: entering the absence ends its hold.
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class InTheWay:
    """One session with claims in the way; its patient, plan, site and session type are loaded."""

    session: Session
    remedy: Remedy
    snag: SwapBlocker | None = None

    @property
    def sentence(self) -> Sentence:
        """Why it is not simply swapped, and what to do; empty if it can be."""
        if self.remedy is Remedy.RELEASE:
            return _("It is only held, for a patient who has not decided. Its hold ends.")
        return _SENTENCES[self.snag] if self.snag else NOTHING


def sessions_in_the_way(*, away: Away, by: Actor, now: datetime) -> list[InTheWay]:
    """Every session that the absence leaves without somebody or something, by its start.

    What was over before `now` is in nobody's way. The absence need not be entered yet. A fixed number of
    queries for each site.
    """
    sessions = sessions_overlapping(away=away, by=by, now=now)
    held = [session for session in sessions if session.is_held]
    wanted = Wanted(away, now, leaving=[session.pk for session in held])
    swaps = swaps_for(sessions=[session for session in sessions if not session.is_held], wanted=wanted)
    return [
        InTheWay(session, Remedy.RELEASE) if session.is_held else as_found(session, swaps=swaps)
        for session in sessions
    ]


def as_found(session: Session, *, swaps: Swaps, were_tried: bool = False) -> InTheWay:
    """What can be done with the session; a swap that was found and tried came to nothing."""
    snag = swaps.left.get(session.pk, SwapBlocker.CHANGED if were_tried else None)
    return InTheWay(session, Remedy.RIPPLE if snag else Remedy.SWAP, snag)


def sessions_overlapping(*, away: Away, by: Actor, now: datetime) -> list[Session]:
    """The sessions whose claims the absence overlaps, held ones too. One query."""
    rows = Session.objects.seen_by(by).filter(pk__in=_claims(away, now).values("session_id"))
    rows = rows.filter(status__in=STANDING).to_show()
    return list(rows.order_by("starts_at", "pk"))


def _claims(away: Away, now: datetime) -> QuerySet[Claim]:
    first_cell = cell_at(max(away.starts_at, now))
    rows = Claim.objects.of_clinic(away.clinic_id).filter(end_cell__gt=first_cell)
    if away.ends_at is not None:
        rows = rows.filter(start_cell__lt=cell_after(away.ends_at))
    if away.diary_id is not None:
        return rows.filter(diary_id=away.diary_id)
    return rows.filter(session__site=away.site_id)
