"""A proxy as stands in front of web servers: it asks each whether it is ready, and tries nothing twice."""

import contextlib
import http.client
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from clinic.running.ports import LOOPBACK, free_port

ASKS_EVERY_SECONDS, MOST_SILENT = 0.25, 3
# Less than the server's own, which is five.
LONGEST_IDLE_SECONDS = 3
_NOT_PASSED_ON = {"connection", "keep-alive", "transfer-encoding"}


class Backend:
    """One web server, with the connections that are kept to it."""

    def __init__(self, port: int) -> None:
        self.port, self.is_ready, self._silent = port, False, 0
        self._kept: deque[tuple[float, http.client.HTTPConnection]] = deque()

    def ask_if_ready(self) -> None:
        asking = http.client.HTTPConnection(LOOPBACK, self.port, timeout=2)
        try:
            asking.request("GET", "/readyz")
            self.is_ready = asking.getresponse().status == 200
            self._silent = 0
        except TimeoutError:
            # A busy machine: out it goes after three, as with other proxies.
            self._silent += 1
            self.is_ready = self.is_ready and self._silent < MOST_SILENT
        except (OSError, http.client.HTTPException):
            self.is_ready = False
        finally:
            asking.close()
        if not self.is_ready:
            self._kept.clear()

    def pass_on(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Raises what the connection raises: whoever asked is told that it failed."""
        link = self._link()
        link.request(method, path, body, headers)
        answer = link.getresponse()
        content = answer.read()
        if not answer.will_close:
            self._kept.append((time.monotonic(), link))
        return answer.status, dict(answer.getheaders()), content

    def _link(self) -> http.client.HTTPConnection:
        """The one used last, unless it has been idle for so long that the server may be closing it."""
        with contextlib.suppress(IndexError):
            used, link = self._kept.pop()
            if time.monotonic() - used < LONGEST_IDLE_SECONDS:
                return link
        return http.client.HTTPConnection(LOOPBACK, self.port, timeout=20)


class Door(BaseHTTPRequestHandler):
    """Passes each request on to the next that is ready; one that fails is answered 502."""

    protocol_version = "HTTP/1.1"
    backends: Sequence[Backend] = ()
    turns = count()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, told, content = self._passed_on(body)
        self.send_response(status)
        for name, said in told.items():
            if name.lower() not in {*_NOT_PASSED_ON, "content-length", "date", "server"}:
                self.send_header(name, said)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815  (the server's hook)

    def _passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        ready = [backend for backend in self.backends if backend.is_ready]
        headers = {name: said for name, said in self.headers.items() if name.lower() not in _NOT_PASSED_ON}
        if not ready:
            return 502, {}, b"nobody is ready"
        chosen = ready[next(self.turns) % len(ready)]
        try:
            return chosen.pass_on(self.command, self.path, body, headers)
        except (OSError, http.client.HTTPException) as fault:
            return 502, {}, type(fault).__name__.encode()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def a_proxy(backends: Sequence[Backend]) -> Iterator[str]:
    """Its address, while it stands in front of them."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(ASKS_EVERY_SECONDS):
            for backend in backends:
                backend.ask_if_ready()

    server = ThreadingHTTPServer((LOOPBACK, free_port()), type("Door", (Door,), {"backends": backends}))
    server.daemon_threads = True
    for work in (look, server.serve_forever):
        threading.Thread(target=work, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
