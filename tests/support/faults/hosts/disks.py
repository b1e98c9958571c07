"""Disks without room, as real as this machine lets them be."""

import errno
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.faults.hosts.servers import Servers

# Far more than is written before it is filled, however long SQLite cannot write its log back.
DISK_MEGABYTES = 256
_PIECE = bytes(64 * 1024)


class SmallDisk:
    """A file system of its own: whoever writes is told ENOSPC once it is full."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"

    def fill(self, servers: Servers) -> None:
        with self._filler.open("wb", buffering=0) as filler:
            for piece in (_PIECE, _PIECE[:4096]):
                _write_until_full(filler.write, piece)

    def empty(self, servers: Servers) -> None:
        self._filler.unlink()


class NoGrowth:
    """No file of the servers' may be written beyond its first page: they are told EFBIG, as over a quota."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, servers: Servers) -> None:
        self._limit(servers, 4096)

    def empty(self, servers: Servers) -> None:
        self._limit(servers, psutil.RLIM_INFINITY)

    def _limit(self, servers: Servers, size: int) -> None:
        for master in servers.masters:
            first = psutil.Process(master.pid)
            for one in [first, *first.children(recursive=True)]:
                _, hard = one.rlimit(psutil.RLIMIT_FSIZE)
                one.rlimit(psutil.RLIMIT_FSIZE, (size, hard))


@contextmanager
def a_small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mounted until this is over."""
    folder.mkdir()
    size = f"size={DISK_MEGABYTES}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def a_disk_of_no_growth(folder: Path) -> Iterator[NoGrowth]:
    folder.mkdir()
    yield NoGrowth(folder)


def may_mount() -> bool:
    """Whether whoever runs the tests may mount here; tried where nobody else sees it."""
    with tempfile.TemporaryDirectory() as place:
        asks = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", place]
        try:
            tried = subprocess.run(asks, check=False, capture_output=True)
        except OSError:
            return False
    return tried.returncode == 0


def _write_until_full(write, piece: bytes) -> None:
    try:
        while write(piece):
            pass
    except OSError as full:
        if full.errno != errno.ENOSPC:
            raise
