"""Calendars that fit once booked sessions change seats, where nothing fits as things stand. Reads.

Only unasked-for rooms, devices and assistants change, at the same minutes, to equal ones; whoever books the
calendar changes them in the same transaction (`scheduling.reseating.apply`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from clinic.models import ResourceKind
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.time.cells import instant_of
from clinic.time.wall_clock import local_date
from scheduling.diaries.assignment import Rank
from scheduling.engine.availability import SessionRequirements
from scheduling.engine.reseating import Reseating, possible_starts
from scheduling.reseating.movable import BookedSeats, booked_seats
from scheduling.search.candidates import Candidate, candidates
from scheduling.search.site_search import SiteSearch

MOST_CALENDARS = 2
# So often a start is taken out that fits at each minute but not as a whole.
_MOST_ROUNDS = 20
_CHANGED = {
    ResourceKind.ROOM: _("rooms"),
    ResourceKind.DEVICE: _("devices"),
    ResourceKind.PRACTITIONER: _("assistants"),
}


@dataclass
class RoomierSearch(SiteSearch):
    """The same search among starts that may fit once others change seats.

    `refused` are starts that turned out not to, by shape: whoever adds to them searches `again`.
    """

    refused: dict[SessionRequirements, int] = field(default_factory=dict)

    @classmethod
    def of(cls, search: SiteSearch) -> "RoomierSearch":
        """Whatever the search has read is not read again."""
        roomier = cls(search.quest, search.site, search.first_on, search.last_on)
        roomier.diaries, roomier.kernel, roomier.shapes = search.diaries, search.kernel, search.shapes
        return roomier

    def again(self) -> "RoomierSearch":
        """Without the starts that were refused meanwhile; nothing is read again."""
        another = self.of(self)
        another.refused, another.booked = self.refused, self.booked
        another._possible, another._reseatings = self._possible, self._reseatings
        return another

    @cached_property
    def booked(self) -> BookedSeats:
        dates = (self.first_on, self.last_on)
        return booked_seats(diaries=self.diaries, dates=dates, now=self.quest.now)

    def starts_of(self, shape: SessionRequirements) -> int:
        """The starts that may fit, but for those of which it is known that they do not."""
        if shape not in self._possible:
            self._possible[shape] = self._grid & possible_starts(
                shape=shape,
                booked=self.booked.merged,
                open_at=self.diaries.open,
                patient_free=self._patient_free,
            )
        possible = self._possible[shape] & self.rested(shape.session_type_id)
        return possible & ~self.refused.get(shape, 0)

    def shape_at(
        self, start: int, session_type_id: int, practitioner: int | None = None
    ) -> SessionRequirements:
        """With the wished practitioner where that may fit: others are asked first only where it does not."""
        shape, wished = self.shape_for(session_type_id, practitioner), self.quest.practitioner_diary
        if wished is None:
            return shape
        with_wished = shape.narrowed_to(wished)
        return with_wished if self.starts_of(with_wished) >> start & 1 else shape

    def cast(self, shape: SessionRequirements, start: int, rank: Rank) -> Mapping[str, int]:
        if self._fits_as_things_stand(shape, start):
            return super().cast(shape, start, rank)
        found = self._reseating(shape, start)
        assert found is not None, "only calendars that stand are named"
        return found.taken

    def making_room(self, shape: SessionRequirements, start: int) -> set[Sentence]:
        if self._fits_as_things_stand(shape, start):
            return set()
        found, cards = self._reseating(shape, start), self.diaries.cards
        moved = found.moved.values() if found else ()
        return {_CHANGED[ResourceKind(cards[diary].kind)] for diary in moved}

    def stands(self, candidate: Candidate) -> bool:
        """Whether every session of the calendar really fits; starts that do not are refused from now on."""
        placed = [
            (self.shape_at(start, rule.session_type_id, candidate.practitioner), start)
            for rule, start, _ in candidate.placed
        ]
        failing = [
            (shape, start)
            for shape, start in placed
            if not self._fits_as_things_stand(shape, start) and self._reseating(shape, start) is None
        ]
        for shape, start in failing:
            self.refused[shape] = self.refused.get(shape, 0) | 1 << start
        return not failing

    def _fits_as_things_stand(self, shape: SessionRequirements, start: int) -> bool:
        return bool(super().starts_of(shape) >> start & 1)

    def _reseating(self, shape: SessionRequirements, start: int) -> Reseating | None:
        """How it fits exactly as it is named: that is what the booking looks for."""
        key = (shape, start)
        if key not in self._reseatings:
            on = local_date(instant_of(self.diaries.horizon.first_cell + start), self.site.tz)
            found = self.booked.reseated(shape=shape, start=start, on=on)
            if found is not None:
                found = self.booked.reseated(shape=shape.with_cast(found.taken), start=start, on=on)
            self._reseatings[key] = found
        return self._reseatings[key]

    @cached_property
    def _possible(self) -> dict[SessionRequirements, int]:
        return {}

    @cached_property
    def _reseatings(self) -> dict[tuple[SessionRequirements, int], Reseating | None]:
        return {}


def roomier_candidates(searches: Sequence[SiteSearch]) -> Iterator[Candidate]:
    """At most two calendars that fit once others make room: the soonest and the steadiest.

    One query a site, two more for session types that are not in use.
    """
    roomier = [RoomierSearch.of(search) for search in searches]
    standing: list[Candidate] = []
    for __ in range(_MOST_ROUNDS):
        found = list(islice(candidates(roomier), MOST_CALENDARS))
        standing = [candidate for candidate in found if _stands(candidate)]
        if len(standing) == len(found):
            break
        roomier = [search.again() for search in roomier]
    yield from standing


def _stands(candidate: Candidate) -> bool:
    assert isinstance(candidate.search, RoomierSearch)
    return candidate.search.stands(candidate)
