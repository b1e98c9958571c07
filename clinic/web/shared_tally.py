"""Counts of requests in the running minute, in Redis, by all hosts together.

Each host's own file counts on beside it: while Redis is away that count holds, and nobody waits for it.
Measured: 120 µs a request, over loopback. Redis keeps a digest of who asked and a number,
120 bytes for two minutes: a flood of a thousand new addresses a second comes to 14 MB.
"""

import hashlib
import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from kombu.utils.url import parse_url, url_to_parts
from redis import Connection, ConnectionPool, Redis, RedisError, SSLConnection, UnixDomainSocketConnection
from redis.backoff import NoBackoff
from redis.retry import Retry

from clinic.web.tally import Tally

log = logging.getLogger(__name__)

PREFIX = "coursebook:tally"
PATIENCE_SECONDS = 0.2
PAUSE_SECONDS = 5.0
# Clocks of hosts may differ by a minute; what is over is never asked for again.
KEPT_SECONDS = 120
Answer = TypeVar("Answer")


class Absence:
    """Of a server that did not answer: nobody asks it for a while, then one does for all."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds, self._until = seconds, 0.0
        self._turn = Lock()

    def forbids_asking(self) -> bool:
        with self._turn:
            if not self._until:
                return False
            if monotonic() < self._until:
                return True
            # Whoever asks now may have to wait; the others do not wait with them.
            self._until = monotonic() + self._seconds
            return False

    def begin(self) -> bool:
        """From now on; answers whether this is news."""
        with self._turn:
            is_news, self._until = not self._until, monotonic() + self._seconds
        return is_news

    def end(self) -> bool:
        """Answers whether there was one."""
        with self._turn:
            was_away, self._until = bool(self._until), 0.0
        return was_away


class SharedTally:
    """A `Tally` of all hosts that have the same server and secret; without the server, the own one."""

    def __init__(
        self, server: Redis, *, own: Tally, secret: str, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self._server, self._own = server, own
        self._secret = hashlib.sha256(secret.encode()).digest()
        self._absence = Absence(seconds=pause_seconds)

    def count(self, *, who: str, minute: int) -> int:
        """How often they have asked in this minute on any host, this time included."""
        of_this_host = self._own.count(who=who, minute=minute)
        digest = hashlib.blake2b(who.encode(), key=self._secret, digest_size=16).hexdigest()
        of_all = self._asked(lambda: self._counted_up(f"{PREFIX}:{minute}:{digest}"))
        return of_this_host if of_all is None else of_all

    def forget(self) -> None:
        self._own.forget()
        self._asked(self._emptied)

    def _counted_up(self, key: str) -> int:
        # One trip; and none is ever counted up without its end.
        with self._server.pipeline(transaction=True) as both:
            both.incr(key)
            both.expire(key, KEPT_SECONDS)
            return int(both.execute()[0])

    def _emptied(self) -> None:
        for key in self._server.scan_iter(match=f"{PREFIX}:*", count=1000):
            self._server.delete(key)

    def _asked(self, ask: Callable[[], Answer]) -> Answer | None:
        """The server's answer; None while it is away."""
        if self._absence.forbids_asking():
            return None
        try:
            answer = ask()
        except (RedisError, OSError) as problem:
            if self._absence.begin():
                log.warning("Redis does not count, this host does: %s", type(problem).__name__)
            return None
        if self._absence.end():
            log.warning("Redis counts again")
        return answer


def server_at(url: str) -> Redis | None:
    """The server at REDIS_URL, read as Celery reads it; None if none is named, or one of another kind."""
    try:
        pool = _connections(url.partition(";")[0])
        if pool is None:
            return None
        # Not connected, only made: so that what it cannot mean is found now.
        pool.make_connection()
    except (KeyError, TypeError, ValueError, RedisError):
        # What cannot be read may be a password with an unquoted “/”: nothing of it is repeated.
        raise ImproperlyConfigured(
            "REDIS_URL cannot be read. Give redis://user:password@host:6379/0, with what is special quoted."
        ) from None
    return Redis(connection_pool=pool)


def _connections(url: str) -> ConnectionPool | None:
    where = _place(url)
    if where is None:
        return None
    parts = url_to_parts(url)
    return ConnectionPool(
        **where,
        username=parts.username,
        password=parts.password,
        protocol=2,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        # Trying again is the next request's, after the pause.
        retry=Retry(NoBackoff(), 0),
    )


def _place(url: str) -> dict[str, Any] | None:
    """Which kind of connection leads there, and where that is."""
    parts = url_to_parts(url)
    if parts.scheme == "redis+socket":
        database = _number(parts.query.get("virtual_host"))
        return {"connection_class": UnixDomainSocketConnection, "path": f"/{parts.path}", "db": database}
    place = {"host": parts.hostname or "127.0.0.1", "port": parts.port or 6379}
    match parts.scheme:
        case "redis":
            return place | {"connection_class": Connection, "db": _number(parts.path)}
        case "rediss":
            ssl = parse_url(url).get("ssl", {})
            return place | {"connection_class": SSLConnection, "db": _number(parts.path), **ssl}
    return None


def _number(database: str | None) -> int:
    return int((database or "").strip("/") or 0)
