"""Endpoints: a path of the REST interface bound to plain functions, one a method."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import register_converter
from django.urls.converters import UUIDConverter
from django.views.decorators.gzip import gzip_page
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    parser_classes,
    permission_classes,
    schema,
)
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from clinic.web.rest.bodies import BoundedJSONParser
from clinic.web.rest.contract import Endpoint
from clinic.web.retrying import retried


class AnyCaseConverter(UUIDConverter):
    """An id of a path, whose capitals are as good as small letters."""

    regex = UUIDConverter.regex.replace("a-f", "a-fA-F")


register_converter(AnyCaseConverter, "id")


def by_method(**views: Endpoint) -> Callable[..., HttpResponseBase]:
    """One path: `by_method(GET=list_patients, POST=register)`. Other methods answer 405."""

    @parser_classes([BoundedJSONParser])
    def endpoint(request: Request, /, **path: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else str(request.method)
        return retried(lambda: views[method](request, **path))

    methods = [*views, "HEAD"] if "GET" in views else [*views]
    # No answer holds a secret beside what the client itself said, so its length gives nothing away.
    view = gzip_page(api_view(methods)(endpoint))
    # Without OPTIONS, which the framework adds and would answer with the docstring.
    view.cls.http_method_names = [method.lower() for method in methods]
    # For whoever walks the list of paths: the schema, the reference and the tests.
    contracts = {method: vars(one)["contract"] for method, one in views.items()}
    setattr(view.cls, "contracts", contracts)  # noqa: B010  (a mark of ours on the framework's class)
    return view


@api_view(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@schema(None)
@authentication_classes([])
@permission_classes([AllowAny])
def unknown_path(request: Request, /, **path: Any) -> HttpResponseBase:
    raise NotFound("There is nothing at this path. Paths end with “/”; docs/api-reference.md lists them.")
