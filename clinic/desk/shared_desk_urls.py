"""Paths of the shared desk."""

from django.urls import path

from clinic.desk import shared_desk

urlpatterns = [
    path("", shared_desk.this_desk, name="this-desk"),
    path("trust/", shared_desk.desk_trust, name="desk-trust"),
    path("pin/", shared_desk.desk_pin, name="desk-pin"),
    path("devices/<uuid:uuid>/revoke/", shared_desk.desk_revoke, name="desk-revoke"),
    path("switch/", shared_desk.switch, name="switch"),
    path("unlock/", shared_desk.unlock, name="desk-unlock"),
    path("awake/", shared_desk.awake, name="desk-awake"),
]
