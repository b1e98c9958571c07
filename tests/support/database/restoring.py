"""A database that is put back from a backup; ledgers lie outside it, and go on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction

from scheduling.messages.ledger.files import LedgerFile, own_file
from tests.support.cast import NOW


@contextmanager
def since_the_backup() -> Iterator[None]:
    """What is done in here the database forgets: it is put back as it was before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def on_host(name: str, folder: Path) -> Iterator[None]:
    """Another worker host, with a folder of its own."""
    with pytest.MonkeyPatch.context() as host:
        host.setattr("scheduling.messages.ledger.files.this_host", lambda: name)
        host.setattr(settings, "MAIL_LEDGER", folder)
        yield


def ledger_folder() -> Path:
    folder: Path | None = settings.MAIL_LEDGER
    assert folder is not None
    return folder


def an_own_file(*, database: UUID) -> LedgerFile:
    file = own_file(database=database, now=NOW)
    assert file is not None
    return file


def ledger_lines() -> list[dict[str, Any]]:
    """What stands in this host's folder, without what is damaged."""
    text = "".join(path.read_text() for path in sorted(ledger_folder().glob("*.jsonl")))
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def mails_noted() -> list[dict[str, Any]]:
    return [line for line in ledger_lines() if "mail" in line]
