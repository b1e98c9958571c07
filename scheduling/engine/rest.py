"""Rest between the sessions of different courses of one patient in one region. Pure.

A table says how many days there are between two kinds of session; the first line that fits a pair counts.
Inside a course its steps alone rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from clinic.errors import Problem, ProblemKind
from clinic.hours.opening import Horizon
from clinic.sentences import Sentence, counted, joined
from clinic.sentences import sentence as _
from treatments.cadence import Key

# So much too short the desk may let it be, with a reason.
SHORT_DAYS = 3


@dataclass(frozen=True, slots=True)
class RestLine:
    """So many days between two kinds of session, if all that the line names is so: keys of session types."""

    days: int
    either: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    same: bool = False

    def fits(self, earlier: str, later: str) -> bool:
        return (
            (not self.either or not self.either.isdisjoint((earlier, later)))
            and (not self.after or earlier in self.after)
            and (not self.before or later in self.before)
            and (not self.same or earlier == later)
        )


@dataclass(frozen=True, slots=True)
class RestTable:
    """Lines in order; what none of them fits needs no rest."""

    lines: tuple[RestLine, ...] = ()

    def days(self, earlier: str, later: str) -> int:
        return next((line.days for line in self.lines if line.fits(earlier, later)), 0)

    @property
    def longest(self) -> int:
        return max((line.days for line in self.lines), default=0)


@dataclass(frozen=True, slots=True)
class OtherSession:
    """A session of another course or of none, given or booked: what, where on the body, and when."""

    kind: str
    region: str
    on: date
    words: Sentence


@dataclass(frozen=True, slots=True)
class Closing:
    """The dates, both included, that another session closes, and for how long before and after it."""

    other: OtherSession
    days_before: int
    days_after: int

    @classmethod
    def around(cls, other: OtherSession, kind: str, table: RestTable) -> Self:
        return cls(other, table.days(kind, other.kind), table.days(other.kind, kind))

    def short(self, on: date) -> int:
        """How many days of rest are missing on that date. On one date nobody says what comes first."""
        apart = (on - self.other.on).days
        if apart == 0:
            return max(self.days_before, self.days_after)
        return max(0, self.days_after - apart if apart > 0 else self.days_before + apart)

    def words(self, on: date, first_on: date) -> Sentence:
        """“7 days after session 6 of another course; from 4 January”."""
        said: dict[str, Any] = {"other": self.other.words, "first_on": first_on}
        is_after = on > self.other.on or (on == self.other.on and self.days_after >= self.days_before)
        if is_after:
            return counted(
                "{count} day after {other}; from {first_on:j F}",
                "{count} days after {other}; from {first_on:j F}",
                count=self.days_after,
                **said,
            )
        return counted(
            "{count} day before {other}; from {first_on:j F}",
            "{count} days before {other}; from {first_on:j F}",
            count=self.days_before,
            **said,
        )


@dataclass(frozen=True, slots=True)
class ClosedDates:
    """The dates on which a session of one kind cannot be, for want of rest."""

    closings: tuple[Closing, ...] = ()

    @classmethod
    def of(cls, others: Iterable[OtherSession], *, kind: str, region: str, table: RestTable) -> Self:
        near = (Closing.around(other, kind, table) for other in others if other.region == region)
        return cls(tuple(one for one in near if one.days_before or one.days_after))

    def short(self, on: date) -> int:
        """How many days of rest are missing; 0 where it may be."""
        return max((one.short(on) for one in self.closings), default=0)

    def first_open(self, on: date) -> date:
        """The first date from that one on which it may be."""
        while self.short(on):
            on += timedelta(days=1)
        return on

    def mask(self, horizon: Horizon) -> int:
        """Every cell of the horizon on a date that is not closed."""
        if not self.closings:
            return horizon.full
        return horizon.full & ~sum(horizon.day_mask(day) for day in horizon.days if self.short(day.on))

    def words(self, on: date) -> Sentence:
        """Why that date is closed, by the session that misses the most rest."""
        worst = max(self.closings, key=lambda one: (one.short(on), one.other.on))
        return worst.words(on, self.first_open(on))

    def problem(self, key: Key, on: date) -> Problem | None:
        """What stands against that date, waivable by those whom it concerns."""
        if not (short := self.short(on)):
            return None
        reason = self.words(on)
        what = _(
            "{session} on {on:l j F Y} has too little rest: {reason}.",
            session=key.words,
            on=on,
            reason=reason,
        )
        if any(one.other.on == on and one.short(on) for one in self.closings):
            next_step = _("Only a practitioner or the owner may have both on one day.")
            return Problem("rest_same_day", ProblemKind.WAIVABLE, joined([what, next_step]))
        if short <= SHORT_DAYS:
            next_step = _("Give a reason to have it there.")
            return Problem("rest_short", ProblemKind.WAIVABLE, joined([what, next_step]))
        next_step = _("A practitioner may have it there, with a reason.")
        return Problem("rest_far_too_short", ProblemKind.WAIVABLE, joined([what, next_step]))


NEVER_CLOSED = ClosedDates()
