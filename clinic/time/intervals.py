"""Half-open stretches of integers: [start, end)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clinic.time.cells import CELLS_A_DAY, day_of


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Cells [start, end) of one diary."""

    diary_id: int
    start_cell: int
    end_cell: int

    def overlaps(self, other: "Stretch") -> bool:
        return (
            self.diary_id == other.diary_id
            and self.start_cell < other.end_cell
            and other.start_cell < self.end_cell
        )

    def by_day(self) -> Iterator[tuple[int, int, int]]:
        """(UTC day, first cell of that day, cell after the last) for each day the stretch touches."""
        for day in range(day_of(self.start_cell), day_of(self.end_cell - 1) + 1):
            first = day * CELLS_A_DAY
            yield day, max(self.start_cell, first) - first, min(self.end_cell - first, CELLS_A_DAY)


def pages_of(stretches: Iterable[Stretch]) -> list[tuple[int, int]]:
    """(diary, UTC day) of every page the stretches touch, in the order in which pages are locked."""
    return sorted({(stretch.diary_id, day) for stretch in stretches for day, _, _ in stretch.by_day()})
