"""What a web process remembers for pages that ask whether anything has changed.

Two hundred pages that ask every two seconds are a hundred requests a second. So the counters of all clinics
with such pages are read together, and who asks is looked up once and then checked with all others: at most
one statement in EVERY_SECONDS, however many ask. Only a session that the process does not know is looked up
by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

from clinic.changelog.numbers import last_numbers
from clinic.errors import Conflict, NotAllowed
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.identity.tokens import digest_of
from clinic.sentences import sentence as _
from clinic.web.live.seats import MOST_STATEMENTS, Seat, seats_of

EVERY_SECONDS = 0.5
# How long a seat is good for: a check is due after the first, and without one it is after the second.
CHECK_SECONDS, LONGEST_SECONDS = 10.0, 15.0
# A page that asked no more for so long is closed, or hidden.
FORGET_SECONDS = 300.0
MOST_SESSIONS = 5000
_LONGEST_KEY = 40


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: the secrets of the browser's cookies, and the clinic that the page shows, if it says so."""

    session_key: str
    device_secret: str = ""
    clinic: str = ""


@dataclass(slots=True)
class _Known:
    """A seat, when it was read and when its page asked last, by the clock that nobody sets."""

    seat: Seat
    read: float
    asked: float


class Watch:
    """One for a process; its threads share it."""

    def __init__(self) -> None:
        self._turn = Lock()
        self.forget()

    def forget(self) -> None:
        """For tests: their rows come and go under the same numbers."""
        self._known: dict[str, _Known] = {}
        self._numbers: dict[int, int] = {}
        self._next = self._next_check = 0.0

    def number_for(self, asking: Asking, *, now: datetime) -> int:
        """The last change of the clinic at whose desk they sit, at most EVERY_SECONDS old, or three times
        that while seats are checked.

        Raises NotAllowed (`not_at_desk`, `desk_locked`, `not_allowed`) and Conflict (`clinic_switched`).
        """
        self._keep_up(now)
        return self._told(self._seat(asking.session_key, now), asking, now)

    def number_at_hand(self, asking: Asking, *, now: datetime) -> int | None:
        """The same if nothing has to be read for it, else None. Raises what `number_for` raises."""
        at = monotonic()
        known = self._known_at(asking.session_key, at, now)
        if known is None or at >= self._next:
            return None
        known.asked = at
        return self._told(known.seat, asking, now)

    def _told(self, seat: Seat | None, asking: Asking, now: datetime) -> int:
        if seat is None or (seat.device and digest_of(asking.device_secret) != seat.device):
            raise NotAllowed("not_at_desk", _("Nobody is signed in at this desk any more. Reload the page."))
        if seat.is_locked(now):
            raise NotAllowed("desk_locked", _("This desk is locked. Unlock it, then the page goes on."))
        refuse_unless_may(by=seat.actor, act=Act.SEE_CALENDAR)
        if asking.clinic and asking.clinic != seat.clinic:
            sentence = _("You work in another clinic now. Reload the page, and it shows that one.")
            raise Conflict("clinic_switched", sentence)
        return self._numbers.setdefault(seat.actor.clinic_id, seat.number)

    def _seat(self, session_key: str, now: datetime) -> Seat | None:
        at = monotonic()
        known = self._known_at(session_key, at, now)
        if known is not None:
            known.asked = at
            return known.seat
        if not 0 < len(session_key) <= _LONGEST_KEY:
            return None
        seat = seats_of(session_keys=[session_key], now=now).get(session_key)
        if seat is not None:
            if len(self._known) >= MOST_SESSIONS:
                self._known.pop(next(iter(self._known)), None)
            if not self._known:
                self._next_check = at + CHECK_SECONDS
            self._known[session_key] = _Known(seat, at, at)
            self._numbers[seat.actor.clinic_id] = seat.number
        return seat

    def _known_at(self, session_key: str, at: float, now: datetime) -> _Known | None:
        known = self._known.get(session_key)
        if known is None or at - known.read >= LONGEST_SECONDS or known.seat.may_have_been_used(now):
            return None
        return known

    def _keep_up(self, now: datetime) -> None:
        """Read what is due. Of threads that find it due at once one reads, the others go by what is known."""
        if monotonic() < self._next or not self._turn.acquire(blocking=False):
            return
        try:
            at = monotonic()
            if at < self._next:
                return
            # Put off before anything is asked: a database that is away is not asked by everyone.
            self._next = at + EVERY_SECONDS
            if self._known and at >= self._next_check:
                self._next = at + EVERY_SECONDS * MOST_STATEMENTS
                self._check(at, now)
            elif self._numbers:
                self._numbers |= last_numbers(clinic_ids=[*self._numbers])
        finally:
            self._turn.release()

    def _check(self, at: float, now: datetime) -> None:
        """Look up everyone again, and with them the numbers of their clinics."""
        asked = {key: one.asked for key, one in [*self._known.items()] if at - one.asked < FORGET_SECONDS}
        seats = seats_of(session_keys=asked, now=now) if asked else {}
        self._known = {key: _Known(seat, at, asked[key]) for key, seat in seats.items()}
        self._numbers = {seat.actor.clinic_id: seat.number for seat in seats.values()}
        self._next_check = at + CHECK_SECONDS
