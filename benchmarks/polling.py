"""Pages that ask whether anything has changed, as browsers do: one connection each, as long as it is kept."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from clinic.running.ports import LOOPBACK

EVERY_SECONDS, JITTER = 2.0, 0.1
_PATIENCE_SECONDS = 10


@dataclass
class Polled:
    """What came of it: how many were answered, and when each page was told of which number."""

    answers: int = 0
    told: list[tuple[int, int, float]] = field(default_factory=list)


@dataclass
class PollingPage:
    """One page; `cookie` is its session's, `since` the number it knows."""

    number: int
    cookie: str
    since: int = 0
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def poll(self, port: int, polled: Polled, chance: Random) -> None:
        # Opened at some moment of the first two seconds.
        await asyncio.sleep(EVERY_SECONDS * chance.random())
        while True:
            status, body = await asyncio.wait_for(self._asked(port), _PATIENCE_SECONDS)
            polled.answers += 1
            if status == 200:
                self.since = int(json.loads(body)["number"])
                polled.told.append((self.number, self.since, time.monotonic()))
            elif status != 204:
                raise RuntimeError(f"A page was answered {status}: {body[:200].decode()}")
            await asyncio.sleep(EVERY_SECONDS * (1 + JITTER * (2 * chance.random() - 1)))

    async def _asked(self, port: int) -> tuple[int, bytes]:
        if self._writer is not None:
            try:
                return await self._exchange()
            except (ConnectionError, asyncio.IncompleteReadError):
                # The server let go of a connection that was idle.
                self._writer.close()
        self._reader, self._writer = await asyncio.open_connection(LOOPBACK, port)
        return await self._exchange()

    async def _exchange(self) -> tuple[int, bytes]:
        assert self._reader is not None
        assert self._writer is not None
        lines = (
            f"GET /live/?since={self.since} HTTP/1.1",
            f"Host: {LOOPBACK}",
            f"Cookie: sessionid={self.cookie}; csrftoken=qZ3ZbMxqZ3ZbMxqZ3ZbMxqZ3ZbMxqZ3Z",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
            "Accept: */*",
            "Accept-Encoding: gzip, deflate, br, zstd",
            "Accept-Language: en-GB,en;q=0.9",
            f"Referer: http://{LOOPBACK}/",
            "Sec-Fetch-Dest: empty",
            "Sec-Fetch-Mode: cors",
            "Sec-Fetch-Site: same-origin",
        )
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((line for line in head.split("\r\n") if line.startswith("content-length:")), ":0")
        body = await self._reader.readexactly(int(length.partition(":")[2]))
        if "\r\nconnection: close" in head:
            self._writer.close()
            self._writer = None
        return int(head.split(" ", 2)[1]), body


async def polling(pages: Sequence[PollingPage], port: int, polled: Polled) -> None:
    """All of them, until this is cancelled. Raises what the first of them raises."""
    chance = Random(200)
    async with asyncio.TaskGroup() as group:
        for page in pages:
            group.create_task(page.poll(port, polled, chance))
