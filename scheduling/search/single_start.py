"""One session at a start that somebody named: who could serve then, and what stands in the way. Reads."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from clinic.errors import Problem, ProblemKind, refuse_if_any
from clinic.models import Patient, Resource, Site
from clinic.sentences import sentence as _
from clinic.time.cells import CELL_MINUTES, cell_at, is_on_cell
from clinic.time.intervals import Stretch
from scheduling.diaries.assignment import assignments_of, cast_of
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries, diaries_around
from scheduling.engine import booking_rules
from scheduling.engine.availability import RequiredRole, SessionRequirements, can_play, feasible_starts
from scheduling.engine.placed import PlacedSession
from scheduling.engine.search_dates import FARTHEST_DAYS
from treatments.cadence import Key


@dataclass(frozen=True, slots=True)
class NamedStart:
    """What is wanted: the time of `leaving` sessions, and what the plan holds, is in nobody's way.

    A practitioner plays every role they can; `familiar` are the diaries to be taken before others, and a
    person asked for those of `chosen`.
    """

    site: Site
    patient: Patient
    session_type_id: int
    starts_at: datetime
    practitioner: Resource | None = None
    plan_id: int | None = None
    leaving: frozenset[int] = frozenset()
    familiar: frozenset[int] = frozenset()
    chosen: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SingleStartCheck:
    """What was found: the shape with whoever is named, the diaries around it, the start as their bit."""

    wanted: NamedStart
    shape: SessionRequirements
    diaries: SiteDiaries
    start: int = field(init=False)

    def __post_init__(self) -> None:
        start = cell_at(self.wanted.starts_at) - self.diaries.horizon.first_cell
        object.__setattr__(self, "start", start)

    @property
    def stretches(self) -> list[Stretch]:
        """Everything that any of those who could serve might be asked for, and the patient."""
        start_cell, patient = self.diaries.horizon.first_cell + self.start, self.wanted.patient

        def of_role(role: RequiredRole) -> list[Stretch]:
            return [
                Stretch(diary, start_cell + part.start, start_cell + part.end)
                for diary in role.pool
                for part in role.parts
            ]

        wanted = [stretch for role in self.shape.roles for stretch in of_role(role)]
        return [*wanted, Stretch(patient.diary_id, start_cell, start_cell + self.shape.patient_cells)]

    def hours_problems(self) -> Iterator[Problem]:
        """Whoever is needed works then, whatever is booked."""
        full = self.diaries.horizon.full
        starts = feasible_starts(shape=self.shape, free=self.diaries.open, patient_free=full)
        if not starts >> self.start & 1:
            site, local = self.diaries.site, self.wanted.starts_at.astimezone(self.diaries.site.tz)
            yield Problem(
                "outside_hours",
                ProblemKind.WAIVABLE,
                _(
                    "{site} cannot do this at {at:H:i} on {at:l j F}: it is closed, or those who are "
                    "needed do not work then. Choose another time.",
                    site=site.name,
                    at=local,
                ),
            )

    def in_the_way(self, busy: Collection[Stretch]) -> list[Stretch]:
        """Of what is busy, what prevents the session: the patient, else those of roles nobody is left for."""
        taken = [stretch for stretch in busy if self._is_open(stretch)]
        if patient := [stretch for stretch in taken if stretch.diary_id == self.wanted.patient.diary_id]:
            return patient
        free, start = self.diaries.free, self.start
        closed = {
            diary
            for role in self.shape.roles
            if not any(can_play(role=role, diary_id=diary, free=free, start=start) for diary in role.pool)
            for diary in role.pool
        }
        return [stretch for stretch in taken if stretch.diary_id in closed] or taken

    def _is_open(self, stretch: Stretch) -> bool:
        mask = self.diaries.open.get(stretch.diary_id, self.diaries.horizon.full)
        return bool(mask & self.diaries.horizon.cells_mask(stretch.start_cell, stretch.end_cell))

    @property
    def busy(self) -> list[Stretch]:
        """The stretches at which somebody who could serve, or the patient, is claimed."""
        busy, cells_mask = self.diaries.busy, self.diaries.horizon.cells_mask
        return [s for s in self.stretches if busy.get(s.diary_id, 0) & cells_mask(s.start_cell, s.end_cell)]

    def fits(self, *, now: datetime) -> bool:
        starts = feasible_starts(
            shape=self.shape, free=self.diaries.free, patient_free=self.diaries.patient_free(now=now)
        )
        return bool(starts >> self.start & 1)

    def at_any_hour(self) -> "SingleStartCheck":
        """The same as if everybody always worked."""
        always = dict.fromkeys(self.diaries.open, self.diaries.horizon.full)
        return replace(self, diaries=replace(self.diaries, open=always))

    def placed(self, *, key: Key) -> PlacedSession:
        """The session with named resources: the familiar ones, then whoever has least to do around it."""
        diaries, wanted = self.diaries, self.wanted

        def rank(diary: int) -> tuple[int, ...]:
            return (diary not in wanted.familiar, diaries.busy.get(diary, 0).bit_count(), diary)

        start_cell = diaries.horizon.first_cell + self.start
        assignments = assignments_of(
            shape=self.shape,
            cast=cast_of(shape=self.shape, diaries=diaries, start=self.start, rank=rank),
            diaries=diaries,
            start=self.start,
            asked_for=wanted.practitioner.diary_id if wanted.practitioner else None,
        )
        return PlacedSession(
            key=key,
            session_type_id=self.shape.session_type_id,
            site_id=diaries.site.pk,
            site_uuid=diaries.site.uuid,
            zone=diaries.site.tz,
            start_cell=start_cell,
            end_cell=start_cell + self.shape.patient_cells,
            window=None,
            assignments=tuple(
                replace(a, asked_for=a.asked_for or a.resource.diary_id in wanted.chosen) for a in assignments
            ),
        )


def look_at(*, wanted: NamedStart, now: datetime) -> SingleStartCheck:
    """Read the diaries around the start. Raises Refused (`nobody_can`, `resource_cannot_serve`)."""
    on = wanted.starts_at.astimezone(wanted.site.tz).date()
    diaries = diaries_around(site=wanted.site, patient=wanted.patient, on=on)
    diaries = diaries.with_holds_yielding(now=now, plan_id=wanted.plan_id).without(wanted.leaving)
    type_id, named = wanted.session_type_id, wanted.practitioner
    shape = shapes_of(session_type_ids=[type_id], resources=diaries.resources)[type_id]
    refuse_if_any(booking_rules.pools_filled(shape))
    if named is not None:
        refuse_if_any(booking_rules.serves(shape, diary_id=named.diary_id, name=named.name))
        shape = shape.narrowed_to(named.diary_id)
    return SingleStartCheck(wanted, shape, diaries)


def start_problems(*, starts_at: datetime, now: datetime) -> Iterator[Problem]:
    """A start is on a cell, not past, and not further ahead than sessions are booked."""
    if starts_at < now:
        yield Problem(
            "starts_in_the_past",
            ProblemKind.BLOCKER,
            _("That start is in the past. Choose a time from now on."),
        )
    if starts_at > now + timedelta(days=FARTHEST_DAYS):
        yield Problem(
            "too_far_ahead",
            ProblemKind.BLOCKER,
            _("Sessions are booked {most} days ahead at most.", most=FARTHEST_DAYS),
        )
    if not is_on_cell(starts_at):
        yield Problem(
            "start_not_on_a_cell",
            ProblemKind.BLOCKER,
            _("Sessions start on a multiple of {step} minutes. Choose such a time.", step=CELL_MINUTES),
        )
