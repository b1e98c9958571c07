"""Pages of diaries, one bitmap for each diary and day: locking them, and their only writer."""

from collections.abc import Iterable, Sequence

from django.db import connection

from clinic.time.cells import BYTES_A_DAY, CELLS_A_DAY, EMPTY_DAY, ones
from clinic.time.intervals import Stretch, pages_of
from scheduling.diaries.bitmaps import from_pages
from scheduling.models import Page


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
