"""Refusals on desk pages: a page, or a form, that says why and what to do next."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django import forms
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clinic.errors import ClinicError, Conflict, Malformed, NotAllowed, Refused, Unknown
from clinic.web.limits import TooManyRequests
from clinic.web.rest.errors import RETRY_AFTER_SECONDS, headers_of, status_of

_TITLES: tuple[tuple[type[ClinicError], str], ...] = (
    (Unknown, "There is no such page"),
    (NotAllowed, "This is not open to you"),
    (Malformed, "This cannot be read"),
    (Conflict, "Someone else was first"),
    (TooManyRequests, "That was very often"),
)
_NOWHERE: Mapping[str, str] = MappingProxyType({})


class DeskErrors:
    """Middleware: what a desk page raises becomes a page. Other edges answer for themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, raised: Exception) -> HttpResponse | None:
        if not getattr(request, "is_desk_page", False):
            return None
        if isinstance(raised, ClinicError):
            return refusal_page(request, refusal=raised)
        if isinstance(raised, OperationalError | InterfaceError):
            return _database_away(request)
        return None


def desk_errors(get_response: Callable[[HttpRequest], HttpResponse]) -> DeskErrors:
    return DeskErrors(get_response)


def refusal_page(request: HttpRequest, *, refusal: ClinicError) -> HttpResponse:
    """A page of its own with the refusal's sentences, under the status the API would give."""
    title = next((title for kind, title in _TITLES if isinstance(refusal, kind)), "This cannot be done")
    shown = {
        "title": title,
        "sentences": sentences_of(refusal=refusal),
        "wants_full_sign_in": refusal.code == "full_sign_in_needed",
        "onward": request.get_full_path() if request.method == "GET" else "",
    }
    response = render(request, "clinic/refusals/refused.html", shown, status=status_of(refusal=refusal))
    for name, value in headers_of(refusal=refusal).items():
        response[name] = value
    return response


def refuse_form(form: forms.BaseForm, *, refusal: ClinicError, fields: Mapping[str, str] = _NOWHERE) -> int:
    """Say the refusal on the form, beside the field that `fields` names for its code, else above all.

    Answers the status of the page that shows it.
    """
    problems = refusal.problems if isinstance(refusal, Refused) else (refusal,)
    for problem in problems:
        field = fields.get(problem.code)
        form.add_error(field if field in form.fields else None, problem.sentence)
    return status_of(refusal=refusal)


def sentences_of(*, refusal: ClinicError) -> list[str]:
    if isinstance(refusal, Refused):
        return [problem.sentence for problem in refusal.problems]
    return [refusal.sentence]


def _database_away(request: HttpRequest) -> HttpResponse:
    """Without a query: there is nobody to ask who sits at the desk."""
    response = render(request, "clinic/refusals/database_away.html", status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
