"""Sessions that find their resources taken: what they are and where they were looked for. Reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.models import Patient, Site
from clinic.time.cells import ones
from clinic.time.intervals import Stretch, pages_of
from scheduling.diaries.bitmaps import busy_pages
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries, diaries_around
from scheduling.engine.availability import SessionRequirements, feasible_starts
from scheduling.engine.placed import Assignment, PlacedSession


@dataclass(frozen=True, slots=True)
class ConflictingSession:
    """The session that wants room: its shape, the diaries it was looked for in, and its start as their bit.

    `leaving` are sessions whose time counts as free already.
    """

    shape: SessionRequirements
    diaries: SiteDiaries
    start: int
    now: datetime
    leaving: frozenset[int] = frozenset()

    @property
    def could_fit(self) -> bool:
        """Whether it would fit if nobody else were booked: within hours, and the patient is free."""
        return self._fits(self.diaries.open, self.diaries)

    def fits(self, diaries: SiteDiaries) -> bool:
        return self._fits(diaries.free, diaries)

    def _fits(self, free: Mapping[int, int], diaries: SiteDiaries) -> bool:
        patient_free = diaries.patient_free(now=self.now)
        return bool(feasible_starts(shape=self.shape, free=free, patient_free=patient_free) >> self.start & 1)


@dataclass(frozen=True, slots=True)
class ReservationContext:
    """Who takes time: what the plan holds, and the sessions `leaving` give up, is in nobody's way."""

    patient: Patient
    plan_id: int | None
    leaving: frozenset[int]
    now: datetime


def crowded(*, calendar: Sequence[PlacedSession], crowd: ReservationContext) -> list[ConflictingSession]:
    """Those placed sessions of which a named resource is taken by now. One query if there are none."""
    diary_id = crowd.patient.diary_id
    stretches = [stretch for placed in calendar for stretch in placed.stretches(patient_diary_id=diary_id)]
    busy = busy_pages(pages=pages_of(stretches))

    def is_taken(assignment: Assignment) -> bool:
        stretch = Stretch(assignment.resource.diary_id, assignment.start_cell, assignment.end_cell)
        return any(
            busy.get((stretch.diary_id, day), 0) & ones(high - low) << low
            for day, low, high in stretch.by_day()
        )

    taken = [placed for placed in calendar if any(is_taken(a) for a in placed.assignments)]
    return [found for placed in taken if (found := _as_placed(placed, crowd)) is not None]


def _as_placed(placed: PlacedSession, crowd: ReservationContext) -> ConflictingSession | None:
    """The session with exactly the resources it names; None if it is not what its session type needs."""
    site = Site.objects.get(pk=placed.site_id)
    diaries = diaries_around(site=site, patient=crowd.patient, on=placed.local_date)
    diaries = diaries.with_holds_yielding(now=crowd.now, plan_id=crowd.plan_id).without(crowd.leaving)
    shapes = shapes_of(session_type_ids=[placed.session_type_id], resources=diaries.resources)
    shape, named = shapes[placed.session_type_id], {a.role: a.resource.diary_id for a in placed.assignments}
    if any(role.key not in named for role in shape.roles):
        return None
    start = placed.start_cell - diaries.horizon.first_cell
    return ConflictingSession(shape.with_cast(named), diaries, start, crowd.now, crowd.leaving)
