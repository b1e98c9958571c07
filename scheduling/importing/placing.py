"""Places for the sessions of an import, and what stands against them: reads."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from clinic.errors import Problem
from clinic.hours.opening import Horizon
from clinic.models import Patient
from clinic.people.external_id_kinds import Name
from clinic.time.cells import CELLS_A_DAY, day_of, ones
from clinic.time.intervals import Stretch
from scheduling.diaries.assignment import assignments_of, cast_of
from scheduling.diaries.requirements import shapes_of
from scheduling.diaries.site_diaries import SiteDiaries, site_diaries
from scheduling.engine import booking_rules
from scheduling.engine.availability import RequiredRole, SessionRequirements, can_play, feasible_starts
from scheduling.engine.placed import PlacedSession
from scheduling.importing.csv_tables import Flaw
from scheduling.importing.lookup import Wanted
from treatments.cadence import TREATMENT, Key


@dataclass(slots=True)
class Pencil:
    """Time that lines read before will take, by diary; of patients who have none yet, by their name.

    What is pencilled over another stays its own until it is kept.
    """

    under: "Pencil | None" = None
    cells: dict[tuple[int | Name, int], int] = field(default_factory=lambda: defaultdict(int))

    def keep(self) -> None:
        """Write what is pencilled here through to what lies under it."""
        if self.under is not None:
            for key, bits in self.cells.items():
                self.under.cells[key] |= bits

    def mark(self, whose: int | Name, start_cell: int, end_cell: int) -> None:
        for day, low, high in Stretch(0, start_cell, end_cell).by_day():
            self.cells[whose, day] |= ones(high - low) << low

    def mask(self, whose: int | Name, horizon: Horizon) -> int:
        first = horizon.first_cell
        found = 0
        for day in range(day_of(first), day_of(first + horizon.length) + 1):
            if bits := self.cells.get((whose, day)):
                offset = day * CELLS_A_DAY - first
                found |= bits << offset if offset >= 0 else bits >> -offset
        if self.under is not None:
            found |= self.under.mask(whose, horizon)
        return found & horizon.full


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose sessions are placed; the patient may be registered by the same import."""

    name: Name
    patient: Patient | None

    @property
    def whose(self) -> int | Name:
        return self.patient.diary_id if self.patient else self.name


@dataclass(frozen=True, slots=True)
class Ground:
    """The sessions at one site, what each of them takes, and the diaries there."""

    wanted: tuple[Wanted, ...]
    diaries: SiteDiaries
    shapes: Mapping[int, SessionRequirements]

    @property
    def stretches(self) -> list[Stretch]:
        """Everything that any of those who could serve might be asked for."""
        return [
            Stretch(diary, one.start_cell + part.start, one.start_cell + part.end)
            for one in self.wanted
            for role in self.shapes[one.line.line].roles
            for diary in role.pool
            for part in role.parts
        ]

    def of_patient(self, diary_id: int) -> list[Stretch]:
        return [
            Stretch(diary_id, one.start_cell, one.start_cell + self.shapes[one.line.line].patient_cells)
            for one in self.wanted
        ]

    def as_locked(self) -> "Ground":
        """The same after its pages were locked. One query."""
        return replace(self, diaries=self.diaries.with_busy_reread())


@dataclass(frozen=True, slots=True)
class Places:
    """Where each session goes, by its line; with flaws, nowhere."""

    placed: Mapping[int, PlacedSession]
    flaws: tuple[Flaw, ...]


def grounds_of(wanted: Sequence[Wanted], *, patient: Patient | None, now: datetime) -> list[Ground]:
    """One for each site, by its key. A fixed number of queries a site."""
    found = []
    for pk in sorted({one.site.pk for one in wanted}):
        there = tuple(one for one in wanted if one.site.pk == pk)
        diaries = diaries_for(there, patient=patient, now=now)
        found.append(Ground(there, diaries, shapes_for(there, diaries)))
    return found


def places_on(grounds: Sequence[Ground], *, visitor: Visitor, pencil: Pencil) -> Places:
    """Find everybody and everything for each session. What is found is pencilled in."""
    placed: dict[int, PlacedSession] = {}
    flaws: list[Flaw] = []
    for ground in grounds:
        for one in ground.wanted:
            shape, line = ground.shapes[one.line.line], one.line.line
            wrong = list(time_flaws(one, shape, visitor=visitor, diaries=ground.diaries, pencil=pencil))
            flaws += wrong
            if not wrong:
                placed[line] = place(one, shape, diaries=ground.diaries, pencil=pencil)
                pencil.mark(visitor.whose, placed[line].start_cell, placed[line].end_cell)
                for a in placed[line].assignments:
                    pencil.mark(a.resource.diary_id, a.start_cell, a.end_cell)
    return Places(placed, tuple(flaws))


def shapes_for(wanted: Sequence[Wanted], diaries: SiteDiaries) -> dict[int, SessionRequirements]:
    """Line → what the session takes, with whom it names; odd minutes are rounded outwards."""
    shapes = shapes_of(session_type_ids={one.session_type_id for one in wanted}, resources=diaries.resources)
    found = {}
    for one in wanted:
        shape = shapes[one.session_type_id]
        shape = _widened(shape) if one.is_odd else shape
        for resource in one.resources:
            shape = shape.narrowed_to(resource.diary_id)
        found[one.line.line] = shape
    return found


def diaries_for(wanted: Sequence[Wanted], *, patient: Patient | None, now: datetime) -> SiteDiaries:
    """The diaries of the site of these sessions, from the first to the last. A fixed number of queries."""
    dates, day = [one.on for one in wanted], timedelta(days=1)
    diaries = site_diaries(
        site=wanted[0].site,
        patient_diary_id=patient.diary_id if patient else None,
        first_on=min(dates) - day,
        last_on=max(dates) + day,
    )
    return diaries.with_holds_yielding(now=now)


def time_flaws(
    one: Wanted, shape: SessionRequirements, *, visitor: Visitor, diaries: SiteDiaries, pencil: Pencil
) -> Iterator[Flaw]:
    """Why the session cannot be at that time: whom it names, hours, and whatever is booked already."""
    line, start = one.line.line, one.start_cell - diaries.horizon.first_cell
    yield from (Flaw(line, problem.code, problem.sentence) for problem in _cast_problems(one, shape))
    full, cells = diaries.horizon.full, ones(shape.patient_cells)
    patient_busy = pencil.mask(visitor.whose, diaries.horizon)
    if visitor.patient is not None:
        patient_busy |= diaries.busy.get(visitor.patient.diary_id, 0)
    at = f"{one.local:%Y-%m-%d %H:%M}"
    if patient_busy >> start & cells:
        yield Flaw(line, "time_taken", f"The patient has another session on {at}.")
    if not feasible_starts(shape=shape, free=diaries.open, patient_free=full) >> start & 1:
        sentence = f"{one.site.name} is closed on {at}, or those who are needed do not work then."
        yield Flaw(line, "outside_hours", sentence)
        return
    free = pencilled(diaries, pencil).free
    if not feasible_starts(shape=shape, free=free, patient_free=full) >> start & 1:
        busy = ", ".join(role.label for role in shape.roles if not _anybody(role, free, start))
        yield Flaw(line, "time_taken", f"On {at} this is taken already: {busy or 'whoever could serve'}.")


def place(one: Wanted, shape: SessionRequirements, *, diaries: SiteDiaries, pencil: Pencil) -> PlacedSession:
    """The session with everybody and everything named. Only for one without `time_flaws`."""
    diaries = pencilled(diaries, pencil)
    chosen = {resource.diary_id for resource in one.resources}
    start = one.start_cell - diaries.horizon.first_cell

    def rank(diary: int) -> tuple[int, ...]:
        return (diaries.busy.get(diary, 0).bit_count(), diary)

    cast = cast_of(shape=shape, diaries=diaries, start=start, rank=rank)
    assignments = assignments_of(shape=shape, cast=cast, diaries=diaries, start=start)
    return PlacedSession(
        key=Key(TREATMENT, one.line.number),
        session_type_id=one.session_type_id,
        site_id=one.site.pk,
        site_uuid=one.site.uuid,
        zone=one.site.tz,
        start_cell=one.start_cell,
        end_cell=one.start_cell + shape.patient_cells,
        window=None,
        assignments=tuple(replace(a, asked_for=a.resource.diary_id in chosen) for a in assignments),
    )


def pencilled(diaries: SiteDiaries, pencil: Pencil) -> SiteDiaries:
    busy = {diary: diaries.busy.get(diary, 0) | pencil.mask(diary, diaries.horizon) for diary in diaries.open}
    return replace(diaries, busy={**diaries.busy, **busy})


def _cast_problems(one: Wanted, shape: SessionRequirements) -> Iterator[Problem]:
    yield from booking_rules.pools_filled(shape)
    for resource in one.resources:
        yield from booking_rules.serves(shape, diary_id=resource.diary_id, name=resource.name)


def _anybody(role: RequiredRole, free: Mapping[int, int], start: int) -> bool:
    return any(can_play(role=role, diary_id=diary, free=free, start=start) for diary in role.pool)


def _widened(shape: SessionRequirements) -> SessionRequirements:
    """A cell more at the end of everything: a session that begins within a cell ends within one."""
    roles = []
    for role in shape.roles:
        begins = {part.start for part in role.parts}
        parts = tuple(part if part.end in begins else replace(part, end=part.end + 1) for part in role.parts)
        roles.append(replace(role, parts=parts))
    return SessionRequirements(shape.session_type_id, shape.patient_cells + 1, tuple(roles))
