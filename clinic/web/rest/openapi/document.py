"""`GET /api/v1/schema/`: the OpenAPI document, for programs that make clients and people who read it."""

import json
from functools import cache

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.decorators import api_view, authentication_classes, permission_classes, schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from clinic.web.rest.versions import is_unchanged, tag_of

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.1"


@api_view(["GET", "HEAD"])
@authentication_classes([])
@permission_classes([AllowAny])
@schema(None)
def document(request: Request) -> HttpResponse:
    """Open to all: it tells of the service and of no clinic."""
    content = _document()
    tag = tag_of(None, content)
    if is_unchanged(request, tag=tag):
        return HttpResponse(status=304, headers={"ETag": tag})
    return HttpResponse(content, content_type=MEDIA_TYPE, headers={"ETag": tag})


@cache
def _document() -> bytes:
    # It changes with the code alone.
    return json.dumps(SchemaGenerator().get_schema(public=True), default=str, ensure_ascii=False).encode()
