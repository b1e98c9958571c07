"""The service's addresses, an empty view to measure the rest against, and a count of statements."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created
from django.urls import include, path
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response


@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
def empty(request: Request) -> Response:
    return Response({})


def count(execute: Callable[..., Any], *said: Any) -> Any:
    """A byte in the file for each statement of the service, in whichever process."""
    with Path(os.environ["STATEMENTS"]).open("ab") as statements:
        statements.write(b".")
    return execute(*said)


def counted(connection: Any, **_: object) -> None:
    # A thread that opens its connection anew is counted already.
    if count not in connection.execute_wrappers:
        connection.execute_wrappers.append(count)


if "STATEMENTS" in os.environ:
    connection_created.connect(counted)

urlpatterns = [path("bench/empty/", empty), path("", include("clinic.urls"))]
