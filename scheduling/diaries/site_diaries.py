"""The diaries of a site over a horizon: what is open, busy and free in them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from clinic.hours.opening import Horizon
from clinic.hours.working_time import BookableResource, working_at
from clinic.models import Patient, Site
from clinic.time.cells import cell_after, ones
from scheduling.diaries.bitmaps import busy_masks, claims_yielding
from scheduling.engine.placed import ResourceCard
from scheduling.models import Claim


@dataclass(frozen=True)
class SiteDiaries:
    """The diaries of a site's resources, and a patient's, over a horizon. Masks count from its first cell.

    `open` is when a resource works, `busy` what it is claimed for; `free` is the one without the other.
    """

    site: Site
    horizon: Horizon
    resources: Sequence[BookableResource]
    patient_diary_id: int | None
    open: Mapping[int, int]
    busy: Mapping[int, int]

    @cached_property
    def free(self) -> dict[int, int]:
        return {diary: mask & ~self.busy.get(diary, 0) for diary, mask in self.open.items()}

    @cached_property
    def cards(self) -> dict[int, ResourceCard]:
        return {r.diary_id: ResourceCard(r.uuid, r.kind, r.name, r.diary_id) for r in self.resources}

    @cached_property
    def skill_counts(self) -> dict[int, int]:
        """For how many skills each resource can serve: the more, the more others want it."""
        return {resource.diary_id: len(resource.skill_ids) for resource in self.resources}

    def with_busy_reread(self) -> "SiteDiaries":
        """The same diaries with what is claimed now: for a look after locking. One query."""
        diary_ids = _with_patient(self.open, self.patient_diary_id)
        cells = (self.horizon.first_cell, self.horizon.length)
        return replace(self, busy=busy_masks(diary_ids=diary_ids, first_cell=cells[0], length=cells[1]))

    def with_holds_yielding(self, *, now: datetime, plan_id: int | None = None) -> "SiteDiaries":
        """The same diaries for a search: time whose hold ran out is free, and what this plan holds itself.

        One query, however many holds there are.
        """
        return self._freed(claims_yielding(clinic_id=self.site.clinic_id, plan_id=plan_id, now=now))

    def without(self, session_ids: Collection[int]) -> "SiteDiaries":
        """The same diaries as if these sessions had no time. One query; none without sessions."""
        if not session_ids:
            return self
        rows = Claim.objects.filter(session_id__in=session_ids)
        return self._freed(rows.values_list("diary_id", "start_cell", "end_cell"))

    def beside(self, patient_diary_ids: Collection[int]) -> "SiteDiaries":
        """The same diaries with what these patients have then. One query; none without patients."""
        cells = (self.horizon.first_cell, self.horizon.length)
        theirs = busy_masks(diary_ids=patient_diary_ids, first_cell=cells[0], length=cells[1])
        return replace(self, busy={**self.busy, **theirs})

    def around(self, on: date) -> "SiteDiaries":
        """The same diaries on three dates of the horizon, the one named in the middle. No query."""
        day = timedelta(days=1)
        horizon = Horizon(self.horizon.zone, on - day, on + day)
        skip, cells = horizon.first_cell - self.horizon.first_cell, horizon.full
        open_then = {diary: mask >> skip & cells for diary, mask in self.open.items()}
        busy_then = {diary: mask >> skip & cells for diary, mask in self.busy.items()}
        return replace(self, horizon=horizon, open=open_then, busy=busy_then)

    def _freed(self, stretches: Iterable[tuple[int, int, int]]) -> "SiteDiaries":
        busy = dict(self.busy)
        for diary_id, start, end in stretches:
            busy[diary_id] = busy.get(diary_id, 0) & ~self.horizon.cells_mask(start, end)
        return replace(self, busy=busy)

    def patient_free(self, *, now: datetime) -> int:
        """The cells that are neither past nor taken in the patient's diary, if there is a patient."""
        past = ones(cell_after(now) - self.horizon.first_cell)
        taken = 0 if self.patient_diary_id is None else self.busy.get(self.patient_diary_id, 0)
        return self.horizon.full & ~taken & ~past


def site_diaries(*, site: Site, patient_diary_id: int | None, first_on: date, last_on: date) -> SiteDiaries:
    """Load the diaries of a site and of a patient, whole local dates from first to last.

    Seven queries, or two where hours are remembered. Without a patient, those of the site alone.
    """
    horizon = Horizon(site.tz, first_on, last_on)
    working = working_at(site=site, horizon=horizon)
    diary_ids = [resource.diary_id for resource in working.resources]
    return SiteDiaries(
        site=site,
        horizon=horizon,
        resources=working.resources,
        patient_diary_id=patient_diary_id,
        open=working.open,
        busy=busy_masks(
            diary_ids=_with_patient(diary_ids, patient_diary_id),
            first_cell=horizon.first_cell,
            length=horizon.length,
        ),
    )


def diaries_around(*, site: Site, patient: Patient, on: date) -> SiteDiaries:
    """The same for a session on one date: stages may begin the day before and end the day after."""
    day = timedelta(days=1)
    return site_diaries(site=site, patient_diary_id=patient.diary_id, first_on=on - day, last_on=on + day)


def _with_patient(diary_ids: Iterable[int], patient_diary_id: int | None) -> set[int]:
    return {*diary_ids} if patient_diary_id is None else {*diary_ids, patient_diary_id}
