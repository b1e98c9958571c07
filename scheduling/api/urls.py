from django.urls import path

from clinic.web.endpoints import by_method
from scheduling.api import absences, holds, patients, plans, sessions, starts

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
    path("resources/<uuid:resource_id>/leave/", by_method(POST=absences.enter_leave), name="api-enter-leave"),
    path("sites/<uuid:site_id>/closures/", by_method(POST=absences.enter_closure), name="api-close-site"),
    path("leave/", by_method(GET=absences.list_leave), name="api-leave"),
    path(
        "leave/<uuid:leave_id>/in-the-way/",
        by_method(GET=absences.leave_in_the_way),
        name="api-leave-in-the-way",
    ),
    path("leave/<uuid:leave_id>/swap/", by_method(POST=absences.swap), name="api-leave-swap"),
    path("leave/<uuid:leave_id>/grant/", by_method(POST=absences.grant), name="api-leave-grant"),
    path("leave/<uuid:leave_id>/end/", by_method(POST=absences.end_leave), name="api-leave-end"),
    path("closures/", by_method(GET=absences.list_closures), name="api-closures"),
    path(
        "closures/<uuid:closure_id>/in-the-way/",
        by_method(GET=absences.closure_in_the_way),
        name="api-closure-in-the-way",
    ),
    path("closures/<uuid:closure_id>/end/", by_method(POST=absences.end_closure), name="api-closure-end"),
]
