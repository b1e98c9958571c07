"""Refusals over HTTP: RFC 9457 problem+json. Only this module knows the statuses.

docs/api-errors.md lists every code.
"""

import logging
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views import defaults
from rest_framework import exceptions as drf
from rest_framework.response import Response

from clinic.audit_trail.write import AuditAction
from clinic.errors import ClinicError, Conflict, Malformed, NotAllowed, Refused, Unknown
from clinic.web.limits import TooManyRequests
from clinic.web.rest.auth import actor_of
from clinic.web.rest.problems import problems_json
from clinic.web.trail import saw

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
API = "/api/"
# The kind of a diary that is no resource's.
_PATIENT = "patient"

_STATUS: dict[type[ClinicError], int] = {
    Malformed: 400,
    NotAllowed: 403,
    Unknown: 404,
    Conflict: 409,
    Refused: 422,
    TooManyRequests: 429,
}
# What the framework refuses by itself; our own APIExceptions bring their code.
_FRAMEWORK_CODES: dict[type[drf.APIException], str] = {
    drf.ParseError: "malformed",
    drf.NotAuthenticated: "key_missing",
    drf.AuthenticationFailed: "key_refused",
    drf.PermissionDenied: "not_allowed",
    drf.NotFound: "not_found",
    drf.MethodNotAllowed: "method_not_allowed",
    drf.NotAcceptable: "not_acceptable",
    drf.UnsupportedMediaType: "unsupported_media_type",
}


@dataclass(frozen=True, slots=True)
class HttpProblem:
    """One problem as it goes out."""

    status: int
    code: str
    sentence: str
    details: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        return {
            **self.details,
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.sentence,
            "code": self.code,
        }


_NOT_FOUND = HttpProblem(404, "not_found", "There is nothing here.")
_UNREADABLE = HttpProblem(400, "malformed", "The request cannot be read.")
_NOT_ALLOWED = HttpProblem(403, "not_allowed", "That is not allowed.")
_ADDRESS_TOO_LONG = HttpProblem(414, "address_too_long", "The query is too long to be meant. Shorten it.")
_DATABASE_DOWN = HttpProblem(
    503,
    "database_down",
    "The database does not answer just now. Try again in a few seconds.",
    headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
)
_UNEXPECTED = HttpProblem(
    500, "unexpected", "Something went wrong on our side. Read again how things stand before you try again."
)


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Django REST framework's exception handler."""
    problem = _problem_of(exc)
    _note_patients(problem, context)
    if problem is _UNEXPECTED:
        _tell_the_operator(exc, context)
    return Response(
        problem.body(), status=problem.status, headers=dict(problem.headers), content_type=MEDIA_TYPE
    )


def status_of(*, refusal: ClinicError) -> int:
    """The status under which a refusal goes out, on a page as over REST."""
    return next((status for kind, status in _STATUS.items() if isinstance(refusal, kind)), 422)


def headers_of(*, refusal: ClinicError) -> dict[str, str]:
    """What goes out with it, on a page as over REST."""
    return {"Retry-After": str(refusal.wait_seconds)} if isinstance(refusal, TooManyRequests) else {}


def refusal_json(raised: Exception) -> JsonResponse:
    """What was raised as REST would tell it, for an answer to a script of our own pages."""
    return _json(_problem_of(raised))


def address_too_long() -> HttpResponseBase:
    return _json(_ADDRESS_TOO_LONG)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _json(_UNREADABLE) if _is_api(request) else defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _json(_NOT_ALLOWED) if _is_api(request) else defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _json(_NOT_FOUND) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    return _json(_UNEXPECTED) if _is_api(request) else defaults.server_error(request)


def _note_patients(problem: HttpProblem, context: Mapping[str, Any]) -> None:
    """Who is told when a patient is not free has looked, though the act that told it was refused."""
    cards = [one.get("resource") for one in problem.details.get("taken", ())]
    patients = [UUID(card["id"]) for card in cards if isinstance(card, Mapping) and card["kind"] == _PATIENT]
    if patients:
        saw(AuditAction.SAW_CALENDARS, patients, by=actor_of(context["request"]))


def _details(refusal: ClinicError) -> Mapping[str, Any]:
    """What is for machines; of rules also who may set them aside."""
    if isinstance(refusal, Refused):
        return {**refusal.details, "problems": problems_json(refusal.problems)}
    return refusal.details


def _problem_of(exc: Exception) -> HttpProblem:
    match exc:
        case ClinicError():
            return HttpProblem(
                status_of(refusal=exc), exc.code, exc.sentence, _details(exc), headers_of(refusal=exc)
            )
        case drf.ValidationError():
            return _wrong_shape(exc)
        case drf.APIException():
            return _from_framework(exc)
        case OperationalError() | InterfaceError():
            return _DATABASE_DOWN
        case Http404():
            return _NOT_FOUND
        case PermissionDenied():
            return _NOT_ALLOWED
        case SuspiciousOperation():
            return _UNREADABLE
    return _UNEXPECTED


def _from_framework(exc: drf.APIException) -> HttpProblem:
    code = _FRAMEWORK_CODES.get(type(exc), exc.default_code)
    auth_header = getattr(exc, "auth_header", None)
    headers = {"WWW-Authenticate": auth_header} if auth_header else {}
    return HttpProblem(exc.status_code, code, str(exc.detail), headers=headers)


def _wrong_shape(exc: drf.ValidationError) -> HttpProblem:
    fields = [{"field": name, "sentence": sentence} for name, sentence in _flattened(exc.detail)]
    said = " ".join(f"{entry['field']}: {entry['sentence']}" for entry in fields)
    return HttpProblem(400, "malformed", said, {"fields": fields})


def _flattened(detail: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for key, inside in detail.items():
            own = "body" if key == "non_field_errors" else str(key)
            yield from _flattened(inside, f"{name}.{own}" if name else own)
    elif isinstance(detail, list):
        for inside in detail:
            yield from _flattened(inside, name)
    else:
        yield name, str(detail)


def _tell_the_operator(exc: Exception, context: Mapping[str, Any]) -> None:
    # The message of an exception may quote a row of a patient: only its type and place are logged.
    place = "".join(traceback.format_tb(exc.__traceback__))
    log.error("Unexpected %s\n%s", type(exc).__name__, place)
    request = getattr(context.get("request"), "_request", None)
    got_request_exception.send(sender=None, request=request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API)


def _json(problem: HttpProblem) -> JsonResponse:
    return JsonResponse(
        problem.body(), status=problem.status, headers=dict(problem.headers), content_type=MEDIA_TYPE
    )
