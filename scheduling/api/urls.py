from django.urls import path

from clinic.web.endpoints import by_method
from scheduling.api import attendance, holds, patients, plans, sessions, starts

urlpatterns = [
    path("patients/<uuid:patient_id>/export/", by_method(GET=patients.export), name="api-patient-export"),
    path("plans/", by_method(POST=plans.prescribe), name="api-plans"),
    path("plans/<uuid:plan_id>/", by_method(GET=plans.show), name="api-plan"),
    path("plans/<uuid:plan_id>/proposals/", by_method(POST=plans.propose), name="api-proposals"),
    path("plans/<uuid:plan_id>/book/", by_method(POST=plans.book), name="api-book"),
    path("starts/", by_method(GET=starts.list_starts), name="api-starts"),
    path("plans/<uuid:plan_id>/hold/", by_method(POST=holds.hold), name="api-hold"),
    path("holds/", by_method(GET=holds.list_holds), name="api-holds"),
    path("holds/<uuid:hold_id>/", by_method(GET=holds.show), name="api-one-hold"),
    path("holds/<uuid:hold_id>/release/", by_method(POST=holds.release), name="api-release"),
    path("sessions/", by_method(GET=sessions.list_sessions, POST=sessions.book), name="api-sessions"),
    path("sessions/<uuid:session_id>/", by_method(GET=sessions.show), name="api-session"),
    path("sessions/walk-in/", by_method(POST=attendance.walk_in), name="api-walk-in"),
    path("sessions/<uuid:session_id>/confirm/", by_method(POST=attendance.confirm), name="api-confirm"),
    path("sessions/<uuid:session_id>/arrive/", by_method(POST=attendance.arrive), name="api-arrive"),
    path("sessions/<uuid:session_id>/start/", by_method(POST=attendance.start), name="api-start"),
    path("sessions/<uuid:session_id>/complete/", by_method(POST=attendance.complete), name="api-complete"),
    path("sessions/<uuid:session_id>/miss/", by_method(POST=attendance.miss), name="api-miss"),
    path("sessions/<uuid:session_id>/undo/", by_method(POST=attendance.undo), name="api-undo"),
    path(
        "sessions/<uuid:session_id>/change-type/",
        by_method(POST=attendance.change_type),
        name="api-change-type",
    ),
    path("sessions/<uuid:session_id>/give-time/", by_method(POST=attendance.give_time), name="api-give-time"),
]
