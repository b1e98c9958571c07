"""Every way in by HTTP."""

from django.urls import include, path, re_path

from clinic.health.alive import alive
from clinic.web.live.endpoint import live
from clinic.web.rest.endpoints import unknown_path
from clinic.web.rest.openapi.document import document

urlpatterns = [
    # Asked far more often than anything else: found first.
    path("live/", live, name="live"),
    path("", include("scheduling.desk.urls")),
    path("", include("scheduling.patient.urls")),
    path("", include("clinic.desk.urls")),
    path("feeds/", include("scheduling.sync.ical.urls")),
    path("api/v1/", include("clinic.api.urls")),
    path("api/v1/", include("treatments.api.urls")),
    path("api/v1/", include("scheduling.api.urls")),
    path("api/v1/schema/", document, name="api-schema"),
    re_path(r"^api(?:/.*)?$", unknown_path),
    path("healthz", alive, name="healthz"),
    path("", include("scheduling.health")),
]

handler400 = "clinic.web.rest.errors.bad_request"
handler403 = "clinic.web.rest.errors.permission_denied"
handler404 = "clinic.web.rest.errors.page_not_found"
handler500 = "clinic.web.rest.errors.server_error"
