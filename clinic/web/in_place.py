"""Acts in place: a form sent by htmx is answered with the part of a page that it asks for.

Views know nothing of it. A page is made whole, and its template says which parts can be had alone
(`{% part %}`); what a part shows alone is what it shows in the page. Without a script the same forms
go to the same addresses and get whole pages.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure
from django_htmx.http import HttpResponseClientRedirect

from clinic.models import User

PAGE = "page"
# Whose page it is that a form was sent from.
ACTING = "Acting"
# Heard by our script: the desk is locked; a form may be sent again with another token.
LOCKED, FRESH_TOKEN = "desk-locked", "fresh-token"

Answering = Callable[[HttpRequest], HttpResponseBase]


@dataclass(slots=True)
class Parts:
    """Those of the page that is being made, by name; what goes along goes with any of them."""

    inside: dict[str, str] = field(default_factory=dict)
    along: dict[str, str] = field(default_factory=dict)


def is_in_place(request: HttpRequest) -> bool:
    # Asked by the header: whoever refuses a request unread comes before django-htmx.
    return request.headers.get("HX-Request") == "true"


def wants_json(request: HttpRequest) -> bool:
    """Whether the script of the idle lock asks, which covers the page by itself."""
    return request.headers.get("Accept") == "application/json"


def parts_of(request: HttpRequest) -> Parts:
    known = getattr(request, "parts", None)
    if not isinstance(known, Parts):
        known = Parts()
        setattr(request, "parts", known)  # noqa: B010  (a mark of ours on Django's object)
    return known


def in_place(get_response: Answering) -> Answering:
    """Middleware. What cannot be given as a part is given as a whole: what the page holds, or a way on."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not is_in_place(request) or _is_made_for_it(response):
            return response
        if isinstance(response, HttpResponseRedirectBase):
            return _redirected(request, response)
        if isinstance(response, HttpResponse):
            _cut(request, response)
        return response

    return answer


def beside(
    request: HttpRequest, sentences: Iterable[str], *, status: int, link: tuple[str, str] | None = None
) -> HttpResponse:
    """Sentences that are shown beside what was pressed; all else on the page stays as it is."""
    shown = {"sentences": sentences, "link": link}
    response = render(request, "clinic/parts/beside.html", shown, status=status)
    response["HX-Retarget"] = "this"
    response["HX-Reswap"] = "beforeend"
    return response


def signed_out(request: HttpRequest) -> HttpResponse:
    """Nobody is signed in any more; what is typed stays."""
    if wants_json(request):
        return _told("signed_out", _("You are signed out."), status=401)
    sentence = _(
        "You are signed out. Sign in again in another tab, then press once more: "
        "what you typed is still here."
    )
    response = beside(request, [sentence], status=401, link=(_("Sign in"), reverse("sign-in")))
    response["WWW-Authenticate"] = "Form"
    return response


def locked(request: HttpRequest) -> HttpResponse:
    """The script covers the page as it does by itself; without an answer to it there is this sentence."""
    sentence = _("The desk is locked. Unlock it, then press once more.")
    response = beside(request, [sentence], status=403)
    response["HX-Trigger"] = LOCKED
    return response


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Named in the settings: the token of a form is not this browser's.

    Who has signed in again meanwhile sends the form once more with a token of now, if the page was theirs.
    """
    user = request.user
    if not is_in_place(request) and not wants_json(request):
        return csrf_failure(request, reason=reason)
    if not isinstance(user, User):
        return signed_out(request)
    is_theirs = request.headers.get(ACTING) == str(user.uuid)
    if wants_json(request):
        return _told("stale", "", status=403, token=get_token(request) if is_theirs else "")
    if not is_theirs:
        sentence = _("Someone else has signed in here. Nothing of this was sent: reload the page.")
        return beside(request, [sentence], status=403)
    response = beside(request, [_("This page had gone stale. Press once more.")], status=403)
    response["HX-Trigger"] = json.dumps({FRESH_TOKEN: {"token": get_token(request)}})
    return response


def _told(state: str, sentence: str, *, status: int, **more: str) -> JsonResponse:
    return JsonResponse({"state": state, "sentence": sentence, **more}, status=status)


def _is_made_for_it(response: HttpResponseBase) -> bool:
    return any(name.startswith("HX-") for name in response.headers)


def _redirected(request: HttpRequest, response: HttpResponseRedirectBase) -> HttpResponse:
    """Back to the page it came from: htmx follows, and asks that page for the part. Elsewhere: it opens."""
    here = urlsplit(request.htmx.current_url or "").path  # type: ignore[attr-defined]  # django-htmx's mark
    if urlsplit(response.url).path == here:
        return response
    opened = HttpResponseClientRedirect(response.url)
    opened.cookies = response.cookies
    return opened


def _cut(request: HttpRequest, response: HttpResponse) -> None:
    parts, asked = parts_of(request), request.htmx.target  # type: ignore[attr-defined]  # as above
    name = asked if asked in parts.inside else PAGE
    if name not in parts.inside:
        return
    response.content = "".join([parts.inside[name], *parts.along.values()])
    if name != asked:
        response["HX-Retarget"] = f"#{name}"
