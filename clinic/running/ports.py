"""Loopback ports: which are free, and whether somebody answers on one."""

import contextlib
import http.client
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    return _problem_of_binding(port) is None


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind((LOOPBACK, 0))
        port: int = chosen.getsockname()[1]
    return port


def why_not(port: int) -> str | None:
    """A sentence that says why the pages cannot be served on this port, or None if they can."""
    problem = _problem_of_binding(port)
    if problem is None:
        return None
    if isinstance(problem, PermissionError):
        return f"This account may not open port {port}. Choose one above 1023: make run PORT=8000"
    return f"Port {port} is taken by another program. Choose another one: make run PORT={_free_near(port)}"


def accepts(address: int | Path) -> bool:
    """Whether a server takes connections on this loopback port or unix socket."""
    family, target = (
        (socket.AF_INET, (LOOPBACK, address)) if isinstance(address, int) else (socket.AF_UNIX, str(address))
    )
    with socket.socket(family) as client:
        client.settimeout(1)
        return client.connect_ex(target) == 0


def serves_pages(port: int, *, host: str = LOOPBACK) -> bool:
    """Whether the web server answers its health check, asked for under that name."""
    answer = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    with contextlib.closing(answer), contextlib.suppress(OSError, http.client.HTTPException):
        answer.request("GET", "/healthz", headers={"Host": host})
        return answer.getresponse().status == 200
    return False


def _free_near(port: int) -> int:
    return next((near for near in range(port + 1, min(port + 50, 65536)) if is_free(near)), free_port())


def _problem_of_binding(port: int) -> OSError | None:
    with socket.socket() as probe:
        # As the web server does: a port that only waits for old connections to time out is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as problem:
            return problem
    return None
