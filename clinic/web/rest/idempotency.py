"""`Idempotency-Key`: the same POST again gets the same answer, and nothing is done twice."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from clinic.errors import Malformed, Problem, ProblemKind, Refused
from clinic.identity.actors import Actor
from clinic.models import IdempotentReply
from clinic.sentences import sentence as _
from clinic.web.clock import now

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
_KEPT_HEADERS = ("ETag", "Location")


class ToldOnce(HttpResponse):
    """An answer with a secret, which nobody keeps: whoever asks again with the same key hears `kept`."""

    kept: bytes = b""


def answered_once(request: Request, by: Actor, response: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer a POST that names a key once, and with the recorded answer ever after.

    The answer is written in the transaction of the act: both are there or neither is, so what
    was refused may be tried again with the same key. Two at once: the second waits for the
    first, on PostgreSQL at the row's unique index, on SQLite at the write lock.
    Raises Malformed (`malformed_idempotency_key`) and Refused (`idempotency_key_reused`).
    """
    key = request.headers.get(HEADER)
    if key is None:
        return response()
    own = {"clinic_id": by.clinic_id, "asked_by": str(by), "key": _checked(key)}
    fingerprint, told = _fingerprint(request), None
    with transaction.atomic():
        reply = _row(own, fingerprint)
        if reply.status is None:
            told = response()
            _record(reply, told)
    return told if isinstance(told, ToldOnce) else _answer(reply)


def refuse_useless_key(request: Request) -> None:
    """Raise Malformed (`useless_idempotency_key`): whoever names one relies on it."""
    if request.method == "POST" and HEADER in request.headers:
        raise Malformed(
            "useless_idempotency_key",
            _(
                "This request changes nothing and may be sent again and again. Send it without {header}.",
                header=HEADER,
            ),
        )


def _checked(key: str) -> str:
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Malformed(
            "malformed_idempotency_key",
            _("An {header} has 1 to {most} printable ASCII characters.", header=HEADER, most=LONGEST_KEY),
        )
    return key


def _row(own: dict[str, Any], fingerprint: str) -> IdempotentReply:
    """The row of this key: a new one without an answer, or the one that was answered before."""
    IdempotentReply.objects.bulk_create(
        [IdempotentReply(**own, fingerprint=fingerprint, created_at=now())], ignore_conflicts=True
    )
    reply: IdempotentReply = IdempotentReply.objects.get(**own)
    if reply.fingerprint != fingerprint:
        sentence = _(
            "This {header} came with another request before. Take a new one for a new request.", header=HEADER
        )
        raise Refused([Problem("idempotency_key_reused", ProblemKind.BLOCKER, sentence)])
    return reply


def _fingerprint(request: Request) -> str:
    said = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _record(reply: IdempotentReply, response: HttpResponse) -> None:
    reply.status = response.status_code
    reply.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    # As text: PostgreSQL keeps the keys of a JSON object in an order of its own.
    content = response.kept if isinstance(response, ToldOnce) else response.content
    reply.body = content.decode()
    reply.save(update_fields=["status", "headers", "body"])


def _answer(reply: IdempotentReply) -> HttpResponse:
    assert reply.status is not None
    return HttpResponse(
        reply.body, status=reply.status, headers=reply.headers, content_type=JSONRenderer.media_type
    )
