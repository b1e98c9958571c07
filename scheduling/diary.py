"""Diaries: what is free in them, and the only writer of claims and pages."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db import connection

from clinic.hours.opening import Horizon
from clinic.hours.working_time import BookableResource, working_at
from clinic.models import Patient, Site
from clinic.time.cells import BYTES_A_DAY, CELLS_A_DAY, EMPTY_DAY, cell_after, ones
from clinic.time.intervals import Stretch, pages_of
from scheduling.busy_time import busy_masks, claims_yielding, from_pages
from scheduling.engine.placed import PlacedSession, ResourceCard
from scheduling.models import Claim, Page, Session


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
    """The same for a visit on one date: stages may begin the day before and end the day after."""
    day = timedelta(days=1)
    return site_diaries(site=site, patient_diary_id=patient.diary_id, first_on=on - day, last_on=on + day)


def _with_patient(diary_ids: Iterable[int], patient_diary_id: int | None) -> set[int]:
    return {*diary_ids} if patient_diary_id is None else {*diary_ids, patient_diary_id}


class LockedPages:
    """Pages that this transaction alone may look at and write."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._pages = {(page.diary_id, page.day): page for page in pages}

    def taken(self, stretches: Iterable[Stretch]) -> list[Stretch]:
        """The stretches, cut to the parts of days, at which a diary is busy already."""
        found = []
        for stretch in stretches:
            for day, low, high in stretch.by_day():
                busy = int.from_bytes(self._pages[stretch.diary_id, day].busy, "little")
                if busy & ones(high - low) << low:
                    first = day * CELLS_A_DAY
                    found.append(Stretch(stretch.diary_id, first + low, first + high))
        return found

    def are_free_without(self, given_up: Iterable[Stretch], *, taken: Iterable[Stretch]) -> bool:
        """Whether all of `taken` is free, once what is given up is."""
        left = {key: int.from_bytes(page.busy, "little") for key, page in self._pages.items()}
        for stretch in given_up:
            for day, low, high in stretch.by_day():
                left[stretch.diary_id, day] &= ~(ones(high - low) << low)
        cells = [((stretch.diary_id, part[0]), part) for stretch in taken for part in stretch.by_day()]
        return not any(left[key] & ones(high - low) << low for key, (_, low, high) in cells)

    def mark(self, stretches: Iterable[Stretch], *, busy: bool) -> None:
        """Set or clear the cells of the stretches and write the pages that changed."""
        touched: dict[tuple[int, int], int] = {}
        for stretch in stretches:
            for day, low, high in stretch.by_day():
                key = (stretch.diary_id, day)
                bitmap = touched.get(key, int.from_bytes(self._pages[key].busy, "little"))
                cells = ones(high - low) << low
                touched[key] = bitmap | cells if busy else bitmap & ~cells
        for key, bitmap in touched.items():
            self._pages[key].busy = bitmap.to_bytes(BYTES_A_DAY, "little")
        Page.objects.rewrite([self._pages[key] for key in sorted(touched)], fields=["busy"])


def lock_pages(*, clinic_id: int, stretches: Iterable[Stretch]) -> LockedPages:
    """Lock every page the stretches touch, in the order (diary, day), making the missing ones in that order.

    Must run inside a transaction, after the locks on patient, plan, site hours, holds and sessions.
    """
    keys = sorted(set(pages_of(stretches)))
    if not keys:
        return LockedPages(())
    table = connection.ops.quote_name(Page._meta.db_table)
    # Pairs, not a grid of days and diaries: lock no page that is not ours.
    ours = f'{from_pages(len(keys))} AND {table}."clinic_id" = %s'
    params = [*(part for key in keys for part in key), clinic_id]
    known = _known_pages(f"SELECT diary_id, day {ours}", params)  # nosec # our own table
    missing = [key for key in keys if key not in known]
    Page.objects.insert(
        [Page(clinic_id=clinic_id, diary_id=diary, day=day, busy=EMPTY_DAY) for diary, day in missing],
        ignore_conflicts=True,
    )
    lock = f" FOR NO KEY UPDATE OF {table}" if connection.features.has_select_for_no_key_update else ""
    asked = f"SELECT {table}.* {ours} ORDER BY diary_id, day{lock}"  # nosec # our own table
    return LockedPages(Page.objects.raw(asked, params))


def _known_pages(asked: str, params: Sequence[int]) -> set[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(asked, params)
        return set(cursor.fetchall())


def claim(
    *, pages: LockedPages, booked: Sequence[tuple[Session, PlacedSession]], patient_diary_id: int
) -> None:
    """Write the claims of sessions that were just placed, and mark their pages.

    Raises IntegrityError if a claim stands there already: the pages, not this, are meant to find that out.
    """
    Claim.objects.insert(
        [row for session, placed in booked for row in _claims(session, placed, patient_diary_id)]
    )
    stretches = [s for _, placed in booked for s in placed.stretches(patient_diary_id=patient_diary_id)]
    pages.mark(stretches, busy=True)


def move_claims(*, pages: LockedPages, moves: Sequence[tuple[Claim, int]]) -> None:
    """Claims change their diaries, all at once: (claim, new diary). The pages of both are locked.

    Raises IntegrityError if a claim stands there already.
    """
    given_up = [Stretch(row.diary_id, row.start_cell, row.end_cell) for row, _ in moves]
    # Written anew: of two that change places neither could go first.
    Claim.objects.filter(pk__in=[row.pk for row, _ in moves]).delete()
    for row, diary_id in moves:
        row.pk, row.diary_id = None, diary_id
    Claim.objects.bulk_create([row for row, _ in moves])
    pages.mark(given_up, busy=False)
    pages.mark([Stretch(row.diary_id, row.start_cell, row.end_cell) for row, _ in moves], busy=True)


def shift_claims(*, pages: LockedPages, shifts: Sequence[tuple[Claim, int]]) -> None:
    """Claims come later, all at once: (claim, by how many cells). The pages of both times are locked.

    Raises IntegrityError if a claim stands there already.
    """
    given_up = [Stretch(row.diary_id, row.start_cell, row.end_cell) for row, _ in shifts]
    # Written anew: each may want the time that the one after it has.
    Claim.objects.filter(pk__in=[row.pk for row, _ in shifts]).delete()
    for row, cells in shifts:
        row.pk, row.start_cell, row.end_cell = None, row.start_cell + cells, row.end_cell + cells
    Claim.objects.bulk_create([row for row, _ in shifts])
    pages.mark(given_up, busy=False)
    pages.mark([Stretch(row.diary_id, row.start_cell, row.end_cell) for row, _ in shifts], busy=True)


def claims_of(*, session_ids: Collection[int]) -> dict[int, list[Stretch]]:
    """Session → the stretches that it holds. One query; none without sessions."""
    found: dict[int, list[Stretch]] = defaultdict(list)
    if session_ids:
        rows = Claim.objects.filter(session_id__in=session_ids)
        for session_id, *cells in rows.values_list("session_id", "diary_id", "start_cell", "end_cell"):
            found[session_id].append(Stretch(*cells))
    return found


def diaries_of(*, session_ids: Collection[int]) -> dict[int, set[int]]:
    """Session → the diaries that it holds time in. One query; none without sessions."""
    claims = claims_of(session_ids=session_ids)
    return {key: {stretch.diary_id for stretch in of_session} for key, of_session in claims.items()}


def unclaim(*, pages: LockedPages, session_ids: Sequence[int], stretches: Iterable[Stretch]) -> None:
    """Take the claims of sessions away, and clear their stretches, whose pages are locked."""
    Claim.objects.filter(session_id__in=session_ids).delete()
    pages.mark(stretches, busy=False)


def _claims(session: Session, placed: PlacedSession, patient_diary_id: int) -> Iterator[Claim]:
    def made(diary_id: int, cells: tuple[int, int], need_id: int | None, asked_for: bool) -> Claim:
        return Claim(
            clinic_id=session.clinic_id,
            session=session,
            diary_id=diary_id,
            need_id=need_id,
            asked_for=asked_for,
            start_cell=cells[0],
            end_cell=cells[1],
        )

    for a in placed.assignments:
        yield made(a.resource.diary_id, (a.start_cell, a.end_cell), a.need_id, a.asked_for)
    yield made(patient_diary_id, (placed.start_cell, placed.end_cell), None, False)


def claimed_masks() -> dict[tuple[int, int], int]:
    """(diary, day) → the bitmap its claims make. Reads every claim; for `check_diary`."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    rows = Claim.objects.values_list("diary_id", "start_cell", "end_cell")
    for row in rows.iterator(chunk_size=10_000):
        for day, low, high in Stretch(*row).by_day():
            found[row[0], day] |= ones(high - low) << low
    return found
