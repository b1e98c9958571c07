"""The service's addresses, and an empty view to measure the rest against."""

from django.urls import include, path
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response


@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
def empty(request: Request) -> Response:
    return Response({})


urlpatterns = [path("bench/empty/", empty), path("", include("clinic.urls"))]
