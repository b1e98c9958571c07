"""What most systems do: every candidate start against every booking, one by one."""

from datetime import timedelta
from itertools import pairwise

from benchmarks.clinic import NOW, TODAY, Bench
from clinic.hours.working_time import bookable_resources
from clinic.time.cells import CELLS_A_DAY, cell_at
from scheduling.diaries.requirements import shapes_of
from scheduling.models import Claim

_STEP, _GAP_DAYS, _SESSIONS = 3, (11, 18), 6


def first_course_by_looping(bench: Bench, *, days: int) -> list[int]:
    """The first start of a day for each session, a fortnight after the one before: no wishes, no choice."""
    resources = bookable_resources(site=bench.site)
    session_type = bench.plan().protocol.steps.all()[0].session_type_id
    shape = shapes_of(session_type_ids=[session_type], resources=resources)[session_type]
    first, end = cell_at(NOW), cell_at(NOW + timedelta(days=days))
    booked: dict[int, list[tuple[int, int]]] = {}
    rows = Claim.objects.filter(start_cell__lt=end, end_cell__gt=first).values_list(
        "diary_id", "start_cell", "end_cell"
    )
    for diary_id, start, stop in rows:
        booked.setdefault(diary_id, []).append((start, stop))

    def is_free(diary_id: int, start: int, stop: int) -> bool:
        return not any(start < taken_end and taken < stop for taken, taken_end in booked.get(diary_id, ()))

    def fits(start: int) -> bool:
        return all(
            any(
                all(is_free(diary, start + p.start, start + p.end) for p in role.parts) for diary in role.pool
            )
            for role in shape.roles
        )

    def in_hours(start: int) -> bool:
        weekday = (TODAY + timedelta(days=(start - first) // CELLS_A_DAY)).isoweekday()
        return weekday < 6 and 12 <= (start - first) % CELLS_A_DAY <= 96

    found: list[int] = []
    low, high = first, end
    while len(found) < _SESSIONS:
        starts = (start for start in range(low, min(high, end), _STEP) if in_hours(start) and fits(start))
        free = next(starts, None)
        if free is None:
            break
        found.append(free)
        low, high = (free + days * CELLS_A_DAY for days in _GAP_DAYS)
    assert all(later > earlier for earlier, later in pairwise(found))
    return found
