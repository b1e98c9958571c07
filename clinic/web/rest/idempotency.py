"""`Idempotency-Key`: the same POST again gets the same answer, and nothing is done twice."""

import hashlib
import json
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.errors import Malformed, Problem, ProblemKind, Refused
from clinic.models import IdempotentReply
from clinic.web.clock import now
from clinic.web.rest.auth import View, actor_of

HEADER = "Idempotency-Key"
_LONGEST_KEY = 255
_KEPT_HEADERS = ("ETag", "Location")


def idempotent(view: View) -> View:
    """Answer a POST that names a key once, and with the recorded answer ever after.

    The answer is written in the transaction of the act: both are there or neither is, so what
    was refused may be tried again with the same key. Two at once: the second waits for the
    first, on PostgreSQL at the row's unique index, on SQLite at the write lock.
    Raises Malformed (`malformed_idempotency_key`) and Refused (`idempotency_key_reused`).
    """

    @wraps(view)
    def answered_once(request: Request, **path: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None:
            return view(request, **path)
        actor = actor_of(request)
        own = {"clinic_id": actor.clinic_id, "asked_by": str(actor), "key": _checked(key)}
        fingerprint = _fingerprint(request)
        with transaction.atomic():
            reply = _row(own, fingerprint)
            if reply.status is None:
                _record(reply, view(request, **path))
        return _answer(reply)

    return answered_once


def _checked(key: str) -> str:
    if not (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Malformed(
            "malformed_idempotency_key", f"An {HEADER} has 1 to {_LONGEST_KEY} printable ASCII characters."
        )
    return key


def _row(own: dict[str, Any], fingerprint: str) -> IdempotentReply:
    """The row of this key: a new one without an answer, or the one that was answered before."""
    IdempotentReply.objects.bulk_create(
        [IdempotentReply(**own, fingerprint=fingerprint, created_at=now())], ignore_conflicts=True
    )
    reply: IdempotentReply = IdempotentReply.objects.get(**own)
    if reply.fingerprint != fingerprint:
        sentence = f"This {HEADER} came with another request before. Take a new one for a new request."
        raise Refused([Problem("idempotency_key_reused", ProblemKind.BLOCKER, sentence)])
    return reply


def _fingerprint(request: Request) -> str:
    said = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _record(reply: IdempotentReply, response: HttpResponseBase) -> None:
    assert isinstance(response, Response)
    reply.status = response.status_code
    reply.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    # As text: PostgreSQL keeps the keys of a JSON object in an order of its own.
    reply.body = JSONRenderer().render(response.data).decode()
    reply.save(update_fields=["status", "headers", "body"])


def _answer(reply: IdempotentReply) -> HttpResponse:
    assert reply.status is not None
    return HttpResponse(
        reply.body, status=reply.status, headers=reply.headers, content_type=JSONRenderer.media_type
    )
