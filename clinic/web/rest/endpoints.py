"""Endpoints: a path of the REST interface bound to plain functions, one a method."""

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    parser_classes,
    permission_classes,
)
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from clinic.web.rest.auth import View
from clinic.web.rest.bodies import BoundedJSONParser
from clinic.web.retrying import retried


def by_method(**views: View) -> View:
    """One path: `by_method(GET=list_patients, POST=register)`. Other methods answer 405."""

    @parser_classes([BoundedJSONParser])
    def endpoint(request: Request, /, **path: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else str(request.method)
        return retried(lambda: views[method](request, **path))

    methods = [*views, "HEAD"] if "GET" in views else [*views]
    view = api_view(methods)(endpoint)
    # Without OPTIONS, which the framework adds and would answer with the docstring.
    view.cls.http_method_names = [method.lower() for method in methods]
    setattr(view, "views", views)  # noqa: B010  (for the tests that walk the list of paths)
    return view


@api_view(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@authentication_classes([])
@permission_classes([AllowAny])
def unknown_path(request: Request, /, **path: Any) -> HttpResponseBase:
    raise NotFound("There is nothing at this path. Paths end with “/”; docs/api.md lists them.")
