"""Headers that keep pages and answers to themselves."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# What is not named may be loaded from nowhere. No 'unsafe-inline': a name that is a script stays a name.
_MAY_LOAD = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_POLICY = "Content-Security-Policy"
HEADERS = {
    _POLICY: "; ".join(f"{what} {where}" for what, where in _MAY_LOAD.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
        "payment=(), usb=()"
    ),
    # For pages the meta element says “same-origin”: without it a browser sends “Origin: null” with forms.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_WITH_DRAWN_IMAGES = HEADERS[_POLICY].replace("img-src 'self'", "img-src 'self' data:")
FEEDS = "/feeds/"


def with_drawn_images(response: HttpResponse) -> HttpResponse:
    """For a page of somebody else's parts, whose stylesheet draws its own icons. It shows nobody's data."""
    response[_POLICY] = _WITH_DRAWN_IMAGES
    return response


def security_headers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Nothing is framed, sniffed or told to others; only static files, and feeds as they say, may be kept."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        draws = response.get(_POLICY) == _WITH_DRAWN_IMAGES
        for name, value in HEADERS.items():
            response[name] = _WITH_DRAWN_IMAGES if draws and name == _POLICY else value
        is_feed = request.path.startswith(FEEDS) and "Cache-Control" in response
        is_file = request.path.startswith(settings.STATIC_URL) and response.status_code < 400
        if not (is_feed or is_file):
            response["Cache-Control"] = "no-store"
        return response

    return answer
