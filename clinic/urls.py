"""Every way in by HTTP."""

from django.urls import include, path, re_path

from clinic.web import health
from clinic.web.rest.endpoints import unknown_path

urlpatterns = [
    path("", include("scheduling.desk.urls")),
    path("", include("scheduling.patient.urls")),
    path("", include("clinic.desk.urls")),
    path("feeds/", include("scheduling.sync.ical.urls")),
    path("api/v1/", include("clinic.api.urls")),
    path("api/v1/", include("treatments.api.urls")),
    path("api/v1/", include("scheduling.api.urls")),
    re_path(r"^api(?:/.*)?$", unknown_path),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

handler400 = "clinic.web.rest.errors.bad_request"
handler403 = "clinic.web.rest.errors.permission_denied"
handler404 = "clinic.web.rest.errors.page_not_found"
handler500 = "clinic.web.rest.errors.server_error"
