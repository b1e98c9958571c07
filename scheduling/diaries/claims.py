"""Claims: the stretches of diaries that sessions hold, and their only writer."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from clinic.time.cells import ones
from clinic.time.intervals import Stretch
from scheduling.diaries.pages import LockedPages
from scheduling.engine.placed import PlacedSession
from scheduling.models import Claim, Session


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claim of a session as it stands, apart from its row."""

    diary_id: int
    start_cell: int
    end_cell: int
    need_id: int | None
    asked_for: bool

    @property
    def stretch(self) -> Stretch:
        return Stretch(self.diary_id, self.start_cell, self.end_cell)


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


def claim_again(*, pages: LockedPages, claims: Mapping[int, Sequence[Claimed]], clinic_id: int) -> None:
    """Write the claims that sessions (by key) had once, and mark their pages, which are locked.

    Raises IntegrityError if a claim stands there already.
    """
    rows = [
        Claim(
            clinic_id=clinic_id,
            session_id=session_id,
            diary_id=one.diary_id,
            need_id=one.need_id,
            asked_for=one.asked_for,
            start_cell=one.start_cell,
            end_cell=one.end_cell,
        )
        for session_id, of_session in claims.items()
        for one in of_session
    ]
    Claim.objects.insert(rows)
    pages.mark([one.stretch for of_session in claims.values() for one in of_session], busy=True)


def claims_of(*, session_ids: Collection[int]) -> dict[int, list[Claimed]]:
    """Session → its claims. One query; none without sessions."""
    found: dict[int, list[Claimed]] = defaultdict(list)
    if session_ids:
        rows = Claim.objects.filter(session_id__in=session_ids)
        columns = ("session_id", "diary_id", "start_cell", "end_cell", "need_id", "asked_for")
        for session_id, *said in rows.values_list(*columns):
            found[session_id].append(Claimed(*said))
    return found


def diaries_in(claims: Mapping[int, Iterable[Claimed]]) -> dict[int, set[int]]:
    """Session → the diaries that it holds time in."""
    return {key: {one.diary_id for one in of_session} for key, of_session in claims.items()}


def diaries_of(*, session_ids: Collection[int]) -> dict[int, set[int]]:
    """The same of the claims as they stand. One query; none without sessions."""
    return diaries_in(claims_of(session_ids=session_ids))


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
