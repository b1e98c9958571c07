"""Paths of the shared desk."""

from django.urls import path

from clinic.desk.shared_desk import pages

urlpatterns = [
    path("", pages.this_desk, name="this-desk"),
    path("trust/", pages.desk_trust, name="desk-trust"),
    path("pin/", pages.desk_pin, name="desk-pin"),
    path("devices/<uuid:uuid>/revoke/", pages.desk_revoke, name="desk-revoke"),
    path("switch/", pages.switch, name="switch"),
    path("unlock/", pages.unlock, name="desk-unlock"),
    path("awake/", pages.awake, name="desk-awake"),
]
