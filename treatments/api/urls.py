from django.urls import path

from clinic.web.rest.endpoints import by_method
from treatments.api import catalogue

urlpatterns = [
    path("protocols/", by_method(GET=catalogue.list_protocols), name="api-protocols"),
    path("session-types/", by_method(GET=catalogue.list_session_types), name="api-session-types"),
]
