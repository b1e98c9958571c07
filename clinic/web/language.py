"""The language of a page. What programs ask for stays English."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, override

from clinic.web.rest.errors import API

Answering = Callable[[HttpRequest], HttpResponseBase]


def language(get_response: Answering) -> Answering:
    """The first of the browser's languages in which the desk is whole, else English.

    A page for patients is made in the patient's own.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(API):
            return get_response(request)
        wished = get_language_from_request(request)
        with override(wished if wished in settings.DESK_LANGUAGES else settings.LANGUAGE_CODE):
            response = get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return answer
