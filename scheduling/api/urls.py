from django.urls import path

from clinic.web.endpoints import by_method
from scheduling.api import (
    concerns,
    delays,
    holds,
    moves,
    patients,
    plans,
    questions,
    sessions,
    starts,
    waitlist,
)

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
    path("sessions/<uuid:session_id>/wait/", by_method(POST=waitlist.join), name="api-wait"),
    path("waitlist/", by_method(GET=waitlist.list_waits), name="api-waitlist"),
    path("waitlist/matches/", by_method(GET=waitlist.list_matches), name="api-matches"),
    path("waitlist/offer/", by_method(POST=waitlist.offer), name="api-offer"),
    path("waits/<uuid:wait_id>/withdraw/", by_method(POST=waitlist.withdraw), name="api-wait-withdraw"),
    path("waits/<uuid:wait_id>/rank/", by_method(POST=waitlist.rank), name="api-wait-rank"),
    path("offers/<uuid:offer_id>/accept/", by_method(POST=waitlist.accept), name="api-offer-accept"),
    path("offers/<uuid:offer_id>/decline/", by_method(POST=waitlist.decline), name="api-offer-decline"),
    path(
        "plans/<uuid:plan_id>/concerns/",
        by_method(GET=concerns.list_concerns, POST=concerns.ask_review),
        name="api-concerns",
    ),
    path(
        "resources/<uuid:resource_id>/delay/preview/",
        by_method(POST=delays.preview),
        name="api-delay-preview",
    ),
    path("resources/<uuid:resource_id>/delay/", by_method(POST=delays.push), name="api-delay"),
    path("questions/", by_method(GET=questions.list_questions), name="api-questions"),
    path("starts/", by_method(GET=starts.list_starts), name="api-starts"),
    path("plans/<uuid:plan_id>/hold/", by_method(POST=holds.hold), name="api-hold"),
    path("holds/", by_method(GET=holds.list_holds), name="api-holds"),
    path("holds/<uuid:hold_id>/", by_method(GET=holds.show), name="api-one-hold"),
    path("holds/<uuid:hold_id>/release/", by_method(POST=holds.release), name="api-release"),
    path("sessions/", by_method(GET=sessions.list_sessions, POST=sessions.book), name="api-sessions"),
    path("sessions/<uuid:session_id>/", by_method(GET=sessions.show), name="api-session"),
]
