"""Leave, closures and broken devices over booked time: nothing that is booked is kept or dropped in silence.

Whoever enters an absence is told every session in its way. Only held time gives way by itself; the rest is
swapped at its own minutes, or moved one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from clinic.audit_trail.write import AuditAction, AuditRecord
from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.hours import absences
from clinic.hours.rota import NewClosure, NewLeave, close_site, grant_leave, refuse_new_absence
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import find
from clinic.models import Closure, Leave, LeaveState
from clinic.plain_text import one_line, text_problems
from clinic.sentences import sentence as _
from scheduling.disruption.clear_absence import Cleared, Clearing, clear
from scheduling.disruption.substitutes import away_of
from scheduling.models import Telling

LONGEST_REASON = 200


class OnConflict(StrEnum):
    """What becomes of booked sessions in the way: they are listed, or swapped as far as nobody minds."""

    LIST = "list"
    SWAP = "swap"


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered, and what became of all that was in its way."""

    absence: Leave | Closure
    cleared: Cleared


def enter_leave(*, new: NewLeave, on_conflict: OnConflict, by: Actor, now: datetime) -> Entered:
    """Enter granted leave, or that a room or device is broken; the answer lists all that was in its way.

    The hours are written alone; then comes the act on what is in the way, which is undone with them. Raises
    NotAllowed, Refused (`absence_reversed`, `reason_too_long`) and Unknown. Locks: site hours; then holds,
    sessions, pages, change counter.
    """
    _refuse_unless_may(on_conflict, by)
    new = replace(new, reason=one_line(new.reason))
    refuse_if_any(text_problems(new.reason, "reason", most=LONGEST_REASON))
    # Once it is in, no booking is under way: what came before is seen, what comes after sees the leave.
    leave = grant_leave(new=new, by=by, now=now)
    clearing = Clearing(away_of(leave), swaps=on_conflict is OnConflict.SWAP, entered=leave)
    return Entered(leave, clear(clearing, by=by, now=now))


def refuse_absence(*, new: NewLeave | NewClosure, by: Actor) -> None:
    """Raise what keeps the actor from entering it, before anything is."""
    _refuse_unless_may(OnConflict.LIST, by)
    refuse_if_any(text_problems(one_line(new.reason), "reason", most=LONGEST_REASON))
    refuse_new_absence(new=new, by=by)


def grant_asked(*, leave: Leave, on_conflict: OnConflict, by: Actor, now: datetime) -> Entered:
    """The same for leave that was asked for. Granting it twice is harmless. Raises NotAllowed, Unknown."""
    _refuse_unless_may(on_conflict, by)
    leave = absences.grant_asked_leave(leave=leave, by=by, now=now)
    return _entered(leave, on_conflict, by=by, now=now)


def enter_closure(*, new: NewClosure, by: Actor, now: datetime) -> Entered:
    """Shut a site for a while; the answer lists all that was in the way, which nobody can swap.

    Raises and locks what `enter_leave` does.
    """
    _refuse_unless_may(OnConflict.LIST, by)
    new = replace(new, reason=one_line(new.reason))
    refuse_if_any(text_problems(new.reason, "reason", most=LONGEST_REASON))
    closure = close_site(new=new, by=by, now=now)
    return _entered(closure, OnConflict.LIST, by=by, now=now)


def swap_all(
    *,
    leave: Leave,
    also_practitioners: bool,
    told: Telling = Telling.BY_MAIL,
    by: Actor,
    now: datetime,
) -> Cleared:
    """Give every session in the way of granted leave an equal resource at its own minutes, in one act.

    With `also_practitioners` also those who treat the patient, whom somebody asked for, and what is pinned:
    then patients who notice hear of it once, as `told` says. Whoever it cannot help is listed. Raises
    NotAllowed, Refused (`leave_not_granted`) and Unknown. Locks: plans of those who notice, site hours,
    sessions, pages, change counter.
    """
    refuse_unless_may(by=by, act=Act.BOOK)
    leaves = Leave.objects.seen_by(by).select_related("resource__site")
    leave = find(leaves, uuid=leave.uuid)
    refuse_if_any(_asked_problems(leave))
    asked = {"starts_at": leave.starts_at, "also_practitioners": also_practitioners}
    about = AuditRecord(AuditAction.SWAPPED_SESSIONS, leave.resource, after=asked)
    clearing = Clearing(away_of(leave), swaps=True, is_noticed=also_practitioners, told=told)
    return clear(clearing, about=about, by=by, now=now)


def end_leave(*, leave: Leave, at: datetime, by: Actor, now: datetime) -> Leave | None:
    """The resource is back from `at` (aware) on; at the start of the leave or before, it never was away.

    What was swapped stays swapped. Raises what `clinic.hours.absences.end_leave` raises.
    """
    return absences.end_leave(leave=leave, at=at, by=by, now=now)


def reopen(*, closure: Closure, at: datetime, by: Actor, now: datetime) -> Closure | None:
    """The site is open again from `at` on. Raises what `clinic.hours.absences.reopen` raises."""
    return absences.reopen(closure=closure, at=at, by=by, now=now)


def _entered(absence: Leave | Closure, on_conflict: OnConflict, *, by: Actor, now: datetime) -> Entered:
    clearing = Clearing(away_of(absence), swaps=on_conflict is OnConflict.SWAP)
    return Entered(absence, clear(clearing, by=by, now=now))


def _refuse_unless_may(on_conflict: OnConflict, by: Actor) -> None:
    refuse_unless_may(by=by, act=Act.MANAGE_PLACES)
    if on_conflict is OnConflict.SWAP:
        refuse_unless_may(by=by, act=Act.BOOK)


def _asked_problems(leave: Leave) -> Iterator[Problem]:
    if leave.state != LeaveState.GRANTED:
        yield Problem(
            "leave_not_granted", ProblemKind.BLOCKER, _("This leave is only asked for. Grant it first.")
        )
