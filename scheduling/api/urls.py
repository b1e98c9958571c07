from django.urls import path

from clinic.web.endpoints import by_method
from scheduling.api import amendments, cancellations, holds, moves, patients, plans, sessions, starts

urlpatterns = [
    path("patients/<uuid:patient_id>/export/", by_method(GET=patients.export), name="api-patient-export"),
    path("plans/", by_method(POST=plans.prescribe), name="api-plans"),
    path("plans/<uuid:plan_id>/", by_method(GET=plans.show), name="api-plan"),
    path("plans/<uuid:plan_id>/proposals/", by_method(POST=plans.propose), name="api-proposals"),
    path("plans/<uuid:plan_id>/book/", by_method(POST=plans.book), name="api-book"),
    path(
        "sessions/<uuid:session_id>/move/preview/",
        by_method(POST=moves.preview),
        name="api-move-preview",
    ),
    path("sessions/<uuid:session_id>/move/", by_method(POST=moves.move), name="api-move"),
    path(
        "plans/<uuid:plan_id>/ripple/preview/",
        by_method(POST=moves.preview_course),
        name="api-ripple-preview",
    ),
    path("plans/<uuid:plan_id>/ripple/", by_method(POST=moves.move_course), name="api-ripple"),
    path(
        "sessions/<uuid:session_id>/cancel/",
        by_method(POST=cancellations.cancel),
        name="api-cancel",
    ),
    path(
        "plans/<uuid:plan_id>/cancel/",
        by_method(POST=cancellations.cancel_course),
        name="api-cancel-course",
    ),
    path("plans/<uuid:plan_id>/amend/", by_method(POST=amendments.amend), name="api-amend"),
    path("plans/<uuid:plan_id>/pause/", by_method(POST=amendments.pause), name="api-pause"),
    path("plans/<uuid:plan_id>/resume/", by_method(POST=amendments.resume), name="api-resume"),
    path(
        "sessions/<uuid:session_id>/elsewhere/",
        by_method(POST=amendments.elsewhere),
        name="api-elsewhere",
    ),
    path("starts/", by_method(GET=starts.list_starts), name="api-starts"),
    path("plans/<uuid:plan_id>/hold/", by_method(POST=holds.hold), name="api-hold"),
    path("holds/", by_method(GET=holds.list_holds), name="api-holds"),
    path("holds/<uuid:hold_id>/", by_method(GET=holds.show), name="api-one-hold"),
    path("holds/<uuid:hold_id>/release/", by_method(POST=holds.release), name="api-release"),
    path("sessions/", by_method(GET=sessions.list_sessions, POST=sessions.book), name="api-sessions"),
    path("sessions/<uuid:session_id>/", by_method(GET=sessions.show), name="api-session"),
]
