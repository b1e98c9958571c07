"""The REST interface to look at and to try, from its own schema and from this host alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.web.desk.desk_access import account_page
from clinic.web.headers import with_drawn_images


@require_safe
@account_page
def api_browser(request: HttpRequest) -> HttpResponse:
    """What it shows is open to all; what it tries is done with the key that somebody enters there."""
    return with_drawn_images(render(request, "clinic/access/api.html"))
