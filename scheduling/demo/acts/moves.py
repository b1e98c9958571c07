"""The demo's desk moves a session to a later day, with the rest of its course."""

from datetime import date, datetime, timedelta
from random import Random

from clinic.errors import Conflict, Refused
from scheduling.demo.cast.crew import Crew
from scheduling.models import Session
from scheduling.moving.move import move_session, preview_move
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, RippleAsked
from scheduling.search.free_starts import MOST_STARTS, StartsAsked, free_starts

_PUT_OFF_DAYS = 6


def put_off(crew: Crew, session: Session, terms: MoveTerms, chance: Random, at: datetime) -> bool:
    """To one of the next days; where that does not go it stays. Returns whether it went."""
    assert session.local_date is not None, "it is booked"
    asked = StartsAsked(
        session_type=session.session_type,
        first_on=session.local_date + timedelta(days=1),
        last_on=session.local_date + timedelta(days=_PUT_OFF_DAYS),
        patient=session.patient,
        plan=session.plan,
        leaving=frozenset([session.pk]),
        most=MOST_STARTS,
    )
    of_day: dict[date, list[datetime]] = {}
    for start in free_starts(asked=asked, now=at).starts:
        of_day.setdefault(crew.today(start.starts_at), []).append(start.starts_at)
    if not of_day:
        return False
    to, by = Destination(chance.choice(of_day[chance.choice(list(of_day))])), crew.reception
    try:
        ripple = preview_move(session=session, to=to, asked=RippleAsked(), by=by, now=at)
        move_session(session=session, ripple=ripple, terms=terms, by=by, now=at)
    except (Conflict, Refused):
        # Too far from its window, or in the way of the sessions after it.
        return False
    return True
