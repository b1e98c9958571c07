import asyncio
import contextlib
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.core.management.base import BaseCommand

from clinic.running.folder import sink_port


class Sink:
    """Keeps every mail as one file, named so that names sort by time of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd calls it so)
        received = (
            f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        )
        content = envelope.original_content or b""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}.eml"
        draft = self.folder / f".{name}"
        draft.write_bytes(received.encode() + content)
        draft.rename(self.folder / name)
        return "250 Kept"


class Command(BaseCommand):
    help = "Take every mail on loopback and keep it as a file in the data folder; nothing is passed on."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        settings.MAIL_FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self._listen())

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        sink = Sink(settings.MAIL_FOLDER)
        server = await loop.create_server(
            lambda: SMTP(sink, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
            host="127.0.0.1",
            port=sink_port(settings.DATA),
        )
        stopped = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
        async with server:
            await stopped.wait()
