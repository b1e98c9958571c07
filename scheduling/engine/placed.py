"""A session in its place: when, where and with whom. Pure values, no rows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.time.cells import CELL_MINUTES, instant_of
from clinic.time.intervals import Stretch
from scheduling.engine.lead import PRACTITIONER, lead_of
from treatments.cadence import Key, Window

# Starts on one date that lie closer than this are the same to a patient.
_NEAR_CELLS = 120 // CELL_MINUTES


@dataclass(frozen=True, slots=True)
class ResourceCard:
    """What a calendar says of a resource."""

    uuid: UUID
    kind: str
    name: str
    diary_id: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """One resource for one need, from cell to cell (half-open)."""

    need_id: int
    stage: str
    role: str
    resource: ResourceCard
    start_cell: int
    end_cell: int
    asked_for: bool = False

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.resource.diary_id, self.start_cell, self.end_cell)


@dataclass(frozen=True, slots=True)
class PlacedSession:
    """One session of a calendar: when, where and with whom. [start_cell, end_cell) is the patient's time."""

    key: Key
    session_type_id: int
    site_id: int
    site_uuid: UUID
    zone: ZoneInfo
    start_cell: int
    end_cell: int
    window: Window | None
    assignments: tuple[Assignment, ...]

    @property
    def number(self) -> int:
        return self.key.number

    @property
    def starts_at(self) -> datetime:
        return instant_of(self.start_cell).astimezone(self.zone)

    @property
    def ends_at(self) -> datetime:
        return instant_of(self.end_cell).astimezone(self.zone)

    @property
    def local_date(self) -> date:
        return self.starts_at.date()

    @property
    def lead(self) -> str:
        """Who the patient says treats them; empty if nobody serves while they are there."""
        serving: dict[ResourceCard, list[tuple[int, int]]] = {}
        for a in self.assignments:
            if a.resource.kind == PRACTITIONER:
                serving.setdefault(a.resource, []).append((a.start_cell, a.end_cell))
        lead = lead_of(serving, arrives=self.start_cell, leaves=self.end_cell)
        return lead.name if lead else ""

    def is_like(self, other: "PlacedSession") -> bool:
        """The same place, date and practitioner, at about the same time."""
        same = (self.site_uuid, self.local_date, self.lead) == (other.site_uuid, other.local_date, other.lead)
        return same and abs(self.start_cell - other.start_cell) < _NEAR_CELLS

    def stretches(self, *, patient_diary_id: int) -> list[Stretch]:
        """Every stretch of every diary that the session takes."""
        taken = [assignment.stretch for assignment in self.assignments]
        return [*taken, Stretch(patient_diary_id, self.start_cell, self.end_cell)]

    def cast(self) -> list[dict[str, Any]]:
        """Who and where, frozen as JSON on the session; minutes are counted from the patient's arrival."""
        return [
            {
                "stage": assignment.stage,
                "role": assignment.role,
                "resource": str(assignment.resource.uuid),
                "kind": assignment.resource.kind,
                "name": assignment.resource.name,
                "starts_minute": (assignment.start_cell - self.start_cell) * CELL_MINUTES,
                "ends_minute": (assignment.end_cell - self.start_cell) * CELL_MINUTES,
            }
            for assignment in self.assignments
        ]
