"""Cells and masks: time as integers.

A cell is five minutes; its number is UTC epoch seconds // 300. A mask is one big Python
integer whose bit i stands for cell `first + i` of some horizon. Python's integers shift
and AND whole quarters of a year in microseconds, which is why the search needs nothing else.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

CELL_SECONDS = 300
CELL_MINUTES = 5
CELLS_A_DAY = 288
BYTES_A_DAY = CELLS_A_DAY // 8
EMPTY_DAY = bytes(BYTES_A_DAY)
_EPOCH, _CELL = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=CELL_SECONDS)


def cell_at(instant: datetime) -> int:
    """The cell that contains the instant (aware)."""
    return (instant - _EPOCH) // _CELL


def cell_after(instant: datetime) -> int:
    """The first cell that begins at or after the instant (aware)."""
    return -((_EPOCH - instant) // _CELL)


def instant_of(cell: int) -> datetime:
    """When the cell begins, in UTC."""
    return datetime.fromtimestamp(cell * CELL_SECONDS, UTC)


def is_on_cell(instant: datetime) -> bool:
    """Whether the instant is exactly the beginning of a cell."""
    return not (instant - _EPOCH) % _CELL


def day_of(cell: int) -> int:
    """The UTC day, counted from the epoch, that holds the cell."""
    return cell // CELLS_A_DAY


def cells_in(minutes: int) -> int:
    """Minutes as cells. Raises ValueError unless they are a multiple of five."""
    if minutes % CELL_MINUTES:
        raise ValueError(f"{minutes} minutes is no multiple of {CELL_MINUTES}.")
    return minutes // CELL_MINUTES


def ones(n: int) -> int:
    """A mask of n set bits."""
    return (1 << n) - 1 if n > 0 else 0


def span_mask(*, first: int, start: int, end: int, length: int) -> int:
    """Bits for the half-open cells [start, end) inside the horizon [first, first + length)."""
    low = min(max(start - first, 0), length)
    high = min(max(end - first, 0), length)
    return ones(high - low) << low


def erode(mask: int, n: int) -> int:
    """Bit i is set where bits i … i+n−1 are all set: the starts at which a stretch of n fits.

    Doubling needs log2(n) shifts (van Herk's erosion by a flat segment, on one big integer).
    """
    have = 1
    while have * 2 <= n:
        mask &= mask >> have
        have *= 2
    if n > have:
        mask &= mask >> (n - have)
    return mask


def shift(mask: int, cells: int) -> int:
    """Bit i of the result is bit i + cells of the mask: «what holds `cells` later»."""
    return mask >> cells if cells >= 0 else mask << -cells


def bits(mask: int) -> Iterator[int]:
    """The positions of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def lowest_bit(mask: int) -> int:
    """Position of the lowest set bit. The mask must not be zero."""
    return (mask & -mask).bit_length() - 1
