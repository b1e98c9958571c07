"""Time that another system says is taken: it is closed, and who is booked there is told of, never refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.hours import busy_elsewhere
from clinic.hours.busy_elsewhere import NewBusyTime
from clinic.identity.actors import Actor
from clinic.models import BusyTime
from scheduling.disruption.affected_sessions import sessions_overlapping
from scheduling.disruption.substitutes import Away
from scheduling.models import Session


@dataclass(frozen=True, slots=True)
class Noted:
    """The busy time, whether it was not known before, and the sessions that are booked there."""

    busy: BusyTime
    is_new: bool
    conflicts: Sequence[Session]


def note_busy(*, new: NewBusyTime, by: Actor, now: datetime) -> Noted:
    """Close time of a resource that is busy elsewhere. The same twice changes nothing.

    Raises what `clinic.hours.busy_elsewhere.note_busy` raises.
    """
    # Once it is in, no booking is under way: what came before is seen, what comes after sees it.
    noted = busy_elsewhere.note_busy(new=new, by=by, now=now)
    away = Away(by.clinic_id, new.starts_at, new.ends_at, diary_id=new.resource.diary_id)
    return Noted(noted.busy, noted.is_new, sessions_overlapping(away=away, by=by, now=now))
