"""Searches that find nothing whoever changes seats: told from the masks alone, before any booking is read.

The seats of a site are as they are in its diaries' masks: each busy cell is somebody's, and whoever may move
moves to a diary that shares a skill. If no calendar fits even where all of them may, none fits at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from clinic.hours.working_time import BookableResource
from scheduling.engine.availability import SessionRequirements
from scheduling.engine.reseating import Seat, possible_starts
from scheduling.search.candidates import soonest
from scheduling.search.site_search import SiteSearch


@dataclass
class HopefulSearch(SiteSearch):
    """The same search among starts that might fit if everybody who is booked might change seats."""

    @classmethod
    def of(cls, search: SiteSearch) -> "HopefulSearch":
        """Whatever the search has read is not read again."""
        hopeful = cls(search.quest, search.site, search.first_on, search.last_on)
        hopeful.diaries, hopeful.kernel, hopeful.shapes = search.diaries, search.kernel, search.shapes
        return hopeful

    def starts_of(self, shape: SessionRequirements) -> int:
        if shape not in self._hoped_for:
            self._hoped_for[shape] = self._grid & possible_starts(
                shape=shape, booked=self._seats, open_at=self.diaries.open, patient_free=self._patient_free
            )
        return self._hoped_for[shape]

    @cached_property
    def _hoped_for(self) -> dict[SessionRequirements, int]:
        return {}

    @cached_property
    def _seats(self) -> list[Seat]:
        """One seat for all that is booked in a diary."""
        alike = who_might_stand_in(self.diaries.resources)
        return [
            Seat(f"booked {diary}", busy, pool, diary, may_move=len(pool) > 1)
            for diary, busy in self.diaries.busy.items()
            if busy
            for pool in [alike.get(diary, (diary,))]
        ]


def is_hopeless(search: SiteSearch) -> bool:
    """Whether the search finds no calendar, whoever changes seats. Reads nothing."""
    return soonest(HopefulSearch.of(search)) is None


def who_might_stand_in(resources: Iterable[BookableResource]) -> Mapping[int, tuple[int, ...]]:
    """Diary → all that it may come to by ever changing to one of the same kind that shares a skill.

    Whatever a session type asks for, those who can play one role share its skill. Nobody loses a skill while
    they are booked for it.
    """
    together: dict[int, set[int]] = {}
    by_skill: dict[tuple[str, int], list[int]] = defaultdict(list)
    for resource in resources:
        together[resource.diary_id] = {resource.diary_id}
        for skill in resource.skill_ids:
            by_skill[resource.kind, skill].append(resource.diary_id)
    for first, *others in by_skill.values():
        for other in others:
            if (joined := together[other]) is not together[first]:
                together[first] |= joined
                for diary in joined:
                    together[diary] = together[first]
    return {diary: tuple(sorted(pool)) for diary, pool in together.items()}
