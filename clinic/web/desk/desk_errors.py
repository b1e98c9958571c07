"""Refusals on desk pages: a page, or a form, that says why and what to do next."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django import forms
from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clinic.errors import ClinicError, Conflict, Malformed, NotAllowed, Problem, Refused, Unknown
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.web.desk.inputs import WordFields
from clinic.web.in_place import beside, is_in_place
from clinic.web.limits import TooManyRequests
from clinic.web.rest.errors import RETRY_AFTER_SECONDS, headers_of, status_of
from clinic.wording import told, worded

_TITLES: tuple[tuple[type[ClinicError], Sentence], ...] = (
    (Unknown, _("There is no such page")),
    (NotAllowed, _("This is not open to you")),
    (Malformed, _("This cannot be read")),
    (Conflict, _("Someone else was first")),
    (TooManyRequests, _("That was very often")),
)
_OTHERWISE = _("This cannot be done")
_DATABASE_AWAY = _(
    "The database does not answer just now. Nothing was changed: wait half a minute, then try again."
)
_NOWHERE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ProblemShown:
    """As a page tells it, in the reader's language."""

    sentence: str


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
    """A page of its own with the refusal's sentences, under the status the API would give.

    Of an act in place they stand beside its button.
    """
    if is_in_place(request):
        answer = beside(request, sentences_of(refusal=refusal), status=status_of(refusal=refusal))
        return _with_headers(answer, refusal)
    title = next((title for kind, title in _TITLES if isinstance(refusal, kind)), _OTHERWISE)
    shown = {
        "title": worded(title),
        "sentences": sentences_of(refusal=refusal),
        "wants_full_sign_in": refusal.code == "full_sign_in_needed",
        "onward": request.get_full_path() if request.method == "GET" else "",
    }
    response = render(request, "clinic/refusals/refused.html", shown, status=status_of(refusal=refusal))
    return _with_headers(response, refusal)


def say_refused(request: HttpRequest, *, refusal: ClinicError) -> None:
    """On the page that the act leads to; raised again for one in place, which says it beside its button."""
    if is_in_place(request):
        raise refusal
    for words in sentences_of(refusal=refusal):
        messages.warning(request, words)


def refuse_form(form: forms.BaseForm, *, refusal: ClinicError, fields: Mapping[str, str] = _NOWHERE) -> int:
    """Say the refusal on the form, beside the field that `fields` names for its code, else above all.

    Answers the status of the page that shows it.
    """
    problems = refusal.problems if isinstance(refusal, Refused) else (refusal,)
    for problem in problems:
        field = fields.get(problem.code)
        form.add_error(field if field in form.fields else None, told(problem.sentence))
    if isinstance(form, WordFields) and (words := form.who_could(refusal)):
        form.add_error("on_word_of", words)
    return status_of(refusal=refusal)


def problems_shown(problems: Iterable[Problem]) -> tuple[ProblemShown, ...]:
    return tuple(ProblemShown(told(problem.sentence)) for problem in problems)


def sentences_of(*, refusal: ClinicError) -> list[str]:
    """In the reader's language."""
    if isinstance(refusal, Refused):
        return [told(problem.sentence) for problem in refusal.problems]
    return [told(refusal.sentence)]


def _with_headers(response: HttpResponse, refusal: ClinicError) -> HttpResponse:
    for name, value in headers_of(refusal=refusal).items():
        response[name] = value
    return response


def _database_away(request: HttpRequest) -> HttpResponse:
    """Without a query: there is nobody to ask who sits at the desk."""
    if is_in_place(request):
        answer = beside(request, [worded(_DATABASE_AWAY)], status=503)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    response = render(request, "clinic/refusals/database_away.html", status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
