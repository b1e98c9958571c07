"""Bounds of what one request may bring in. The interface's own bodies are bounded where they are read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from clinic.web.rest.errors import API, address_too_long

LONGEST_QUERY = 4000
_TOO_MUCH = "More was sent than a form here can hold, so nothing was read or changed. Go back and shorten it."
_TOO_LONG = "The address is too long to be one of ours. Search again, or go to the day sheet."

Answering = Callable[[HttpRequest], HttpResponseBase]


def bounds(get_response: Answering) -> Answering:
    """Refuse what is too long unread: 413 for a body, 414 for an address."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        is_api = request.path.startswith(API)
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            return (
                address_too_long() if is_api else _page(request, "That address is too long", _TOO_LONG, 414)
            )
        if not is_api and _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return _page(request, "That was too much", _TOO_MUCH, 413)
        return get_response(request)

    return answer


def _length(request: HttpRequest) -> int:
    # A body without a length is read by nobody: Django takes it as empty.
    said = str(request.META.get("CONTENT_LENGTH") or "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _page(request: HttpRequest, title: str, sentence: str, status: int) -> HttpResponseBase:
    return render(
        request, "clinic/refusals/unread.html", {"title": title, "sentence": sentence}, status=status
    )
