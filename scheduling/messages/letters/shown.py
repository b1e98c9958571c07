"""What the templates of a mail show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduling.icalendar.text import CalendarSession
from scheduling.messages.payload import Comes


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes to whom, and how to answer."""

    patient: str
    clinic: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class TimeShown:
    """A time on the site's clock: `hours` is “14:30–14:55”, or “14:30” where only the start counts.

    On the patient's own clock, if that is another: `elsewhere` is “08:30–08:55 in New York”, `also` the
    sentence that says it. `in_city` is “in Amsterdam” where one clock could be taken for another.
    """

    day: str
    start: str
    hours: str
    in_city: str
    elsewhere: str
    also: str


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class SessionShown:
    """`numbered` is “Visit 2 of 5” and `of_how_many` its “2 of 5”, for a treatment of a course; others have
    none.
    """

    time: TimeShown
    numbered: str
    of_how_many: str
    treatment: str
    place: Place


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A session as it is now and as the patient knows it; `was_place` and `was_with` only if they changed.

    `is_at_same_hours`: only its place or who treats changed, so its time is told once. `is_on_again`: the
    patient believes that it is off.
    """

    now: SessionShown
    was: TimeShown
    was_place: str
    is_at_another_time: bool
    is_at_same_hours: bool
    is_on_again: bool
    was_with: str
    is_with: str


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """The changes of one notice; `place` is where all of them are, if it is one.

    `comes` is what follows on what is cancelled, `following` the next visit of the course.
    """

    moved: Sequence[ChangeShown]
    cancelled: Sequence[ChangeShown]
    place: Place | None
    comes: Comes = Comes.AS_BOOKED
    following: TimeShown | None = None

    @property
    def changes(self) -> Sequence[ChangeShown]:
        return [*self.moved, *self.cancelled]

    @property
    def is_all_moved(self) -> bool:
        return all(change.is_at_another_time for change in self.moved)


@dataclass(frozen=True, slots=True)
class Letter:
    """`words` is what its templates say, by the names they call it; `shown` what they show beside that."""

    head: Letterhead
    words: Mapping[str, str]
    shown: Mapping[str, object]
    calendar: Sequence[CalendarSession] = ()
