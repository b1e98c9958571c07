"""Occupancy of the diaries: claimed cells of open cells, by kind of resource."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clinic.hours.opening import Horizon
from clinic.hours.working_time import bookable_resources, open_masks, working_at
from clinic.models import Resource, ResourceKind, Site
from scheduling.diaries.bitmaps import busy_masks


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Cells of all resources of one kind."""

    kind: ResourceKind
    claimed: int
    open: int

    @property
    def percent(self) -> float:
        return 100 * self.claimed / self.open if self.open else 0.0


def occupancies(*, site: Site, first_on: date, last_on: date) -> list[Occupancy]:
    """One for each kind, from the first local date to the last."""
    horizon = Horizon(site.tz, first_on, last_on)
    resources = bookable_resources(site=site)
    open_cells = open_masks(site=site, resources=resources, horizon=horizon)
    busy = busy_masks(
        diary_ids=[resource.diary_id for resource in resources],
        first_cell=horizon.first_cell,
        length=horizon.length,
    )
    claimed: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    for resource in resources:
        claimed[resource.kind] += busy.get(resource.diary_id, 0).bit_count()
        opened[resource.kind] += open_cells[resource.diary_id].bit_count()
    return [Occupancy(kind, claimed[kind], opened[kind]) for kind in ResourceKind]


def occupancy_of(*, site: Site, of: Sequence[Resource], first_on: date, last_on: date) -> Occupancy:
    """Of these people together: what is claimed of their open cells."""
    horizon = Horizon(site.tz, first_on, last_on)
    opens = working_at(site=site, horizon=horizon).open
    diaries = [one.diary_id for one in of]
    busy = busy_masks(diary_ids=diaries, first_cell=horizon.first_cell, length=horizon.length)
    claimed = sum((busy.get(diary, 0) & opens[diary]).bit_count() for diary in diaries)
    return Occupancy(ResourceKind.PRACTITIONER, claimed, sum(opens[diary].bit_count() for diary in diaries))
