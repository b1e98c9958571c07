"""Holds that ran out and stand in the way of who wants their time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from clinic.time.intervals import Stretch
from scheduling.models import Claim, Hold, Session


def lock_expired_holds(*, clinic_id: int, on: Sequence[Stretch], now: datetime) -> list[Hold]:
    """The holds that ran out on one of the stretches, locked. One query if there is none.

    A hold that somebody else has locked is left to them: its pages tell how that ended.
    """
    keys = list(Hold.objects.of_clinic(clinic_id).expired(now).values_list("pk", flat=True)) if on else []
    if not keys:
        return []
    wanted: dict[int, list[Stretch]] = {}
    for stretch in on:
        wanted.setdefault(stretch.diary_id, []).append(stretch)
    claims = Claim.objects.filter(session__hold__in=keys, diary_id__in=wanted)
    rows = claims.values_list("session__hold_id", "diary_id", "start_cell", "end_cell")
    in_the_way = {
        hold_id
        for hold_id, *cells in rows
        if any(Stretch(*cells).overlaps(stretch) for stretch in wanted[cells[0]])
    }
    # One was given more time before it was locked.
    return [hold for hold in lock_holds(keys=in_the_way, skip_locked=True) if hold.has_run_out(now)]


def lock_held_sessions(holds: Iterable[Hold]) -> list[Session]:
    """The sessions of locked holds, locked by id."""
    rows = Session.objects.select_for_update(no_key=True, of=("self",)).select_related("patient")
    return list(rows.filter(hold__in=holds).order_by("pk"))


def lock_holds(*, keys: Iterable[int], skip_locked: bool = False) -> list[Hold]:
    """Those of the holds that still stand, locked by id, each with its plan and patient.

    With `skip_locked` those that somebody else has locked are passed over: they book or release them.
    """
    rows = Hold.objects.standing().select_for_update(no_key=True, of=("self",), skip_locked=skip_locked)
    rows = rows.select_related("plan__patient", "offer__wait__patient")
    return list(rows.filter(pk__in=keys).order_by("pk"))
