"""Bounds of what one request may bring in. The interface's own bodies are bounded where they are read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from clinic.web.in_place import beside, is_in_place
from clinic.web.rest.errors import API, address_too_long

LONGEST_QUERY = 4000

Answering = Callable[[HttpRequest], HttpResponseBase]


def bounds(get_response: Answering) -> Answering:
    """Refuse what is too long unread: 413 for a body, 414 for an address."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        is_api = request.path.startswith(API)
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            return address_too_long() if is_api else _too_long(request)
        if not is_api and _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return _too_much(request)
        return get_response(request)

    return answer


def _length(request: HttpRequest) -> int:
    # A body without a length is read by nobody: Django takes it as empty.
    said = str(request.META.get("CONTENT_LENGTH") or "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _too_long(request: HttpRequest) -> HttpResponseBase:
    sentence = _("The address is too long to be one of ours. Search again, or go to the day sheet.")
    return _unread(request, _("That address is too long"), sentence, status=414)


def _too_much(request: HttpRequest) -> HttpResponseBase:
    sentence = _(
        "More was sent than a form here can hold, so nothing was read or changed. Shorten it, then try again."
    )
    return _unread(request, _("That was too much"), sentence, status=413)


def _unread(request: HttpRequest, title: str, sentence: str, *, status: int) -> HttpResponseBase:
    if is_in_place(request):
        return beside(request, [sentence], status=status)
    shown = {"title": title, "sentence": sentence}
    return render(request, "clinic/refusals/unread.html", shown, status=status)
