"""The data folder: what lies where in it, and the one thing that may stand outside it."""

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from clinic.running.ports import free_port, is_free

# A unix socket's whole path must fit into sun_path: 108 bytes on Linux, 104 on macOS, with the closing zero.
LONGEST_SOCKET_PATH = 103
FALLBACK_SINK_PORT = 2525


class FolderInUse(Exception):
    """Another Coursebook runs on this data folder."""


def secret_key(folder: Path) -> str:
    """Django's secret key of this data folder, made at first use and kept there."""
    kept = folder / "secret_key"
    try:
        if not kept.exists():
            write_once(kept, secrets.token_urlsafe(50))
    except OSError as refusal:
        raise ImproperlyConfigured(
            f"The data folder {folder} cannot be written: {refusal.strerror}. Name another one with DATA=…"
        ) from refusal
    return kept.read_text(encoding="ascii").strip()


def broker_socket(folder: Path) -> Path:
    """Where the broker listens: in the data folder, or in a private short one if the path is too long."""
    within = folder / "broker.sock"
    if len(os.fsencode(within)) <= LONGEST_SOCKET_PATH:
        return within
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"coursebook-{os.getuid()}-{digest}" / "broker.sock"


def sink_port(folder: Path) -> int:
    """The port of this folder's mail sink, as chosen when it was last started."""
    try:
        return int((folder / "sink_port").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return FALLBACK_SINK_PORT


def choose_sink_port(folder: Path) -> int:
    """Keep the port this folder's sink had, else take a free one; both are written down."""
    kept = sink_port(folder)
    if kept != FALLBACK_SINK_PORT and is_free(kept):
        return kept
    port = free_port()
    replace(folder / "sink_port", str(port))
    return port


def replace(path: Path, content: str) -> None:
    """Write the whole file, for this account alone, or leave the old one: a reader never sees half of it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(content, encoding="utf-8")
    draft.replace(path)


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Hold the data folder for one running Coursebook. Raises FolderInUse if another holds it."""
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise FolderInUse from taken
        yield


def write_once(path: Path, content: str) -> None:
    """The first writer wins, and nobody reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
