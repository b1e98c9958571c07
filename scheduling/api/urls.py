from django.urls import path

from clinic.web.endpoints import by_method
from scheduling.api import external_ids, holds, patients, plans, reports, sessions, starts

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
    path("plans/<uuid:plan_id>/adherence/", by_method(GET=reports.of_plan), name="api-plan-adherence"),
    path("adherence/", by_method(GET=reports.of_clinic), name="api-adherence"),
    path("to-be-booked/", by_method(GET=reports.list_to_be_booked), name="api-to-be-booked"),
    path("capacity/", by_method(GET=reports.capacity), name="api-capacity"),
    path("external-ids/", by_method(POST=external_ids.name), name="api-external-ids"),
]
