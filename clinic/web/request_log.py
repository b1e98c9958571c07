"""One line for each request: which page, how it ended, how long it took, who asked; opaque ids alone."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bound_contextvars

from clinic.identity.actors import Actor
from clinic.models import AccessKey

HEADER = "X-Request-ID"
# Hexadecimal: as proxies make them, and no name, address, number or token of anybody's.
_SANE = re.compile(r"[0-9a-f]{8}[0-9a-f-]{8,28}", re.ASCII)
# Asked every few seconds by machines, and by pages that look whether they are still true.
_NOT_WORTH_A_LINE = {"healthz", "live", "readyz", "static"}

log = structlog.get_logger(__name__)

Answering = Callable[[HttpRequest], HttpResponseBase]


def request_log(get_response: Answering) -> Answering:
    """Every line told meanwhile bears the request's id, and so does the answer."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request_id = request_id_of(request.headers.get(HEADER, ""))
        with bound_contextvars(request_id=request_id):
            response = get_response(request)
            _tell(request, response, milliseconds=round((time.perf_counter() - began) * 1000, 1))
        response[HEADER] = request_id
        return response

    return answer


def request_id_of(said: str) -> str:
    """What a proxy said, if that is one, else a new one."""
    return said if _SANE.fullmatch(said) else uuid.uuid4().hex


def _tell(request: HttpRequest, response: HttpResponseBase, *, milliseconds: float) -> None:
    name, status = _name(request), response.status_code
    tell = log.error if status >= 500 else log.debug if name in _NOT_WORTH_A_LINE else log.info
    tell(
        "request",
        method=request.method if request.method in _METHODS else "other",
        page=name,
        status=status,
        ms=milliseconds,
        **_who(request),
    )


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _name(request: HttpRequest) -> str:
    """The name of the path, never the path: ids, tokens and searches lie in it."""
    if request.resolver_match is not None:
        return request.resolver_match.view_name
    is_static = request.path.startswith(settings.STATIC_URL)
    return "static" if is_static else "unknown"


def _who(request: HttpRequest) -> dict[str, object]:
    desk, key = getattr(request, "desk", None), getattr(request, "auth", None)
    actor = getattr(request, "acting", None) or getattr(desk, "actor", None)
    if isinstance(actor, Actor):
        return {"actor": actor.reference, "clinic": actor.clinic_id}
    if isinstance(key, AccessKey):
        return {"actor": str(key.uuid), "clinic": key.clinic_id}
    return {}
