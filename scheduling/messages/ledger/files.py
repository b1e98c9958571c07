"""The files of ledgers: a line is on the disk before the next statement, and half a line harms nothing."""

import contextlib
import errno
import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings

from clinic.health.ticks import this_host
from clinic.running.folder import write_once
from scheduling.messages.ledger.lines import Head, Line, read_line, text_of

SUFFIX = ".jsonl"
# Longer than anybody keeps a backup that they would go on from.
KEPT_FOR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A file and what its first line says."""

    path: Path
    head: Head


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole lines from some byte on, how many were damaged, and the byte after the last of them."""

    lines: tuple[Line, ...]
    damaged: int
    end: int


def files_in(places: Iterable[Path]) -> list[LedgerFile]:
    """The ledgers in these folders, or that these files are; what is none is left out. Raises OSError."""
    found = []
    for path in _paths(places):
        with path.open("rb") as file:
            head = read_line(file.readline(4096))
        if isinstance(head, Head):
            found.append(LedgerFile(path, head))
    return found


def files_here() -> list[LedgerFile]:
    """Those in this host's folder. Raises OSError."""
    folder: Path | None = settings.MAIL_LEDGER
    return [] if folder is None or not folder.is_dir() else files_in([folder])


def own_file(*, database: UUID, now: datetime) -> LedgerFile | None:
    """The file of this host, database and month, opened if need be; None where nothing is noted.

    Raises OSError.
    """
    folder: Path | None = settings.MAIL_LEDGER
    if folder is None:
        return None
    host = this_host()
    name = f"{re.sub(r'[^A-Za-z0-9.-]', '-', host)}-{database.hex[:8]}-{now:%Y-%m}{SUFFIX}"
    path = folder / name
    if not path.exists():
        write_once(path, text_of(Head(uuid4(), host, database)) + "\n")
        _sync_folder(path.parent)
        _forget_old(database, now)
    for file in files_in([path]):
        return file
    raise OSError(errno.EINVAL, "This is no ledger", str(path))


def append(file: LedgerFile, line: Line) -> None:
    """Write a line; once this returns it is on the disk. Raises OSError, and then nothing was written."""
    # It is never made here: without its first line nobody would know whose it is.
    with os.fdopen(os.open(file.path, os.O_RDWR | os.O_APPEND), "r+b", buffering=0) as opened:
        # Processes and threads of a host share a file.
        fcntl.flock(opened, fcntl.LOCK_EX)
        size = opened.seek(0, os.SEEK_END)
        try:
            _write(opened.fileno(), _break_after_half_a_line(opened.fileno(), size) + text_of(line).encode())
        except OSError:
            with contextlib.suppress(OSError):
                opened.truncate(size)
            raise


def read(file: LedgerFile, *, start: int = 0) -> Reading:
    """What stands there from that byte on. What has no line break yet is being written, or never was.

    A file that is shorter is an older copy of itself: nothing of it is new. Raises OSError.
    """
    with file.path.open("rb") as opened:
        size = opened.seek(0, os.SEEK_END)
        start = min(start, size)
        opened.seek(start)
        text = opened.read(size - start)
    whole = text[: text.rfind(b"\n") + 1]
    read_lines = [read_line(one) for one in whole.split(b"\n") if one]
    lines = tuple(one for one in read_lines if one is not None)
    return Reading(lines, len(read_lines) - len(lines), start + len(whole))


def _paths(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from sorted(one for one in place.glob(f"*{SUFFIX}") if one.is_file())
        else:
            yield place


def _break_after_half_a_line(descriptor: int, size: int) -> bytes:
    """A sender was killed as it wrote: what comes next is a line of its own."""
    is_whole = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
    return b"" if is_whole else b"\n"


def _write(descriptor: int, text: bytes) -> None:
    left = memoryview(text + b"\n")
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only once its folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _forget_old(database: UUID, now: datetime) -> None:
    oldest = f"{now - KEPT_FOR:%Y-%m}"
    for file in files_here():
        if file.head.database == database and file.path.stem[-len(oldest) :] < oldest:
            file.path.unlink(missing_ok=True)
