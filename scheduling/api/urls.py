from django.urls import path

from clinic.web.rest.endpoints import by_method
from scheduling.api.clinic import (
    calls,
    external_ids,
    imports,
    messages,
    patients,
    reports,
    unresolved,
    waitlist,
)
from scheduling.api.courses import acts, amendments, cancellations, concerns, holds, plans
from scheduling.api.disruption import absences, delays
from scheduling.api.sessions import attendance, moves, sessions, starts

urlpatterns = [
    path("patients/<id:patient_id>/export/", by_method(GET=patients.export), name="api-patient-export"),
    path("plans/", by_method(POST=plans.prescribe), name="api-plans"),
    path("plans/<id:plan_id>/", by_method(GET=plans.show), name="api-plan"),
    path("plans/<id:plan_id>/proposals/", by_method(POST=plans.propose), name="api-proposals"),
    path("plans/<id:plan_id>/book/", by_method(POST=plans.book), name="api-book"),
    path(
        "sessions/<id:session_id>/move/preview/",
        by_method(POST=moves.preview),
        name="api-move-preview",
    ),
    path("sessions/<id:session_id>/move/", by_method(POST=moves.move), name="api-move"),
    path(
        "plans/<id:plan_id>/ripple/preview/",
        by_method(POST=moves.preview_course),
        name="api-ripple-preview",
    ),
    path("plans/<id:plan_id>/ripple/", by_method(POST=moves.move_course), name="api-ripple"),
    path(
        "sessions/<id:session_id>/cancel/",
        by_method(POST=cancellations.cancel),
        name="api-cancel",
    ),
    path(
        "plans/<id:plan_id>/cancel/",
        by_method(POST=cancellations.cancel_course),
        name="api-cancel-course",
    ),
    path("acts/<id:act_id>/undo/", by_method(POST=acts.undo), name="api-act-undo"),
    path("acts/<id:act_id>/send-now/", by_method(POST=acts.send_now), name="api-act-send-now"),
    path("plans/<id:plan_id>/amend/", by_method(POST=amendments.amend), name="api-amend"),
    path("plans/<id:plan_id>/pause/", by_method(POST=amendments.pause), name="api-pause"),
    path("plans/<id:plan_id>/resume/", by_method(POST=amendments.resume), name="api-resume"),
    path(
        "sessions/<id:session_id>/elsewhere/",
        by_method(POST=amendments.elsewhere),
        name="api-elsewhere",
    ),
    path("sessions/<id:session_id>/wait/", by_method(POST=waitlist.join), name="api-wait"),
    path("waitlist/", by_method(GET=waitlist.list_waits), name="api-waitlist"),
    path("waitlist/matches/", by_method(GET=waitlist.list_matches), name="api-matches"),
    path("waitlist/offer/", by_method(POST=waitlist.offer), name="api-offer"),
    path("waits/<id:wait_id>/withdraw/", by_method(POST=waitlist.withdraw), name="api-wait-withdraw"),
    path("waits/<id:wait_id>/rank/", by_method(POST=waitlist.rank), name="api-wait-rank"),
    path("offers/<id:offer_id>/accept/", by_method(POST=waitlist.accept), name="api-offer-accept"),
    path("offers/<id:offer_id>/decline/", by_method(POST=waitlist.decline), name="api-offer-decline"),
    path(
        "plans/<id:plan_id>/concerns/",
        by_method(GET=concerns.list_concerns, POST=concerns.ask_review),
        name="api-concerns",
    ),
    path(
        "resources/<id:resource_id>/delay/preview/",
        by_method(POST=delays.preview),
        name="api-delay-preview",
    ),
    path("resources/<id:resource_id>/delay/", by_method(POST=delays.push), name="api-delay"),
    path("questions/", by_method(GET=unresolved.list_questions), name="api-questions"),
    path("calls/", by_method(GET=calls.list_patients), name="api-calls"),
    path("patients/<id:patient_id>/calling/", by_method(POST=calls.begin), name="api-phone-begin"),
    path("patients/<id:patient_id>/tried/", by_method(POST=calls.tried), name="api-phone-tried"),
    path("patients/<id:patient_id>/reached/", by_method(POST=calls.reached), name="api-phone-reached"),
    path("messages/unsaid/", by_method(GET=messages.list_unsaid), name="api-unsaid"),
    path("messages/<id:message_id>/told/", by_method(POST=messages.told), name="api-told"),
    path("starts/", by_method(GET=starts.list_starts), name="api-starts"),
    path("plans/<id:plan_id>/hold/", by_method(POST=holds.hold), name="api-hold"),
    path("holds/", by_method(GET=holds.list_holds), name="api-holds"),
    path("holds/<id:hold_id>/", by_method(GET=holds.show), name="api-one-hold"),
    path("holds/<id:hold_id>/release/", by_method(POST=holds.release), name="api-release"),
    path("sessions/", by_method(GET=sessions.list_sessions, POST=sessions.book), name="api-sessions"),
    path("sessions/<id:session_id>/", by_method(GET=sessions.show), name="api-session"),
    path("sessions/walk-in/", by_method(POST=attendance.walk_in), name="api-walk-in"),
    *(
        path(f"sessions/<id:session_id>/{act}/", by_method(POST=view), name=f"api-{act}")
        for act, view in attendance.ACTS.items()
    ),
    path("plans/<id:plan_id>/adherence/", by_method(GET=reports.of_plan), name="api-plan-adherence"),
    path("adherence/", by_method(GET=reports.of_clinic), name="api-adherence"),
    path("to-be-booked/", by_method(GET=reports.list_to_be_booked), name="api-to-be-booked"),
    path("capacity/", by_method(GET=reports.capacity), name="api-capacity"),
    path("import/", by_method(POST=imports.bring_over), name="api-import"),
    path("external-ids/", by_method(POST=external_ids.name), name="api-external-ids"),
    path("resources/<id:resource_id>/leave/", by_method(POST=absences.enter_leave), name="api-enter-leave"),
    path("sites/<id:site_id>/closures/", by_method(POST=absences.enter_closure), name="api-close-site"),
    path("leave/", by_method(GET=absences.list_leave), name="api-leave"),
    path(
        "leave/<id:leave_id>/in-the-way/",
        by_method(GET=absences.leave_in_the_way),
        name="api-leave-in-the-way",
    ),
    path("leave/<id:leave_id>/swap/", by_method(POST=absences.swap), name="api-leave-swap"),
    path("leave/<id:leave_id>/grant/", by_method(POST=absences.grant), name="api-leave-grant"),
    path("leave/<id:leave_id>/end/", by_method(POST=absences.end_leave), name="api-leave-end"),
    path("closures/", by_method(GET=absences.list_closures), name="api-closures"),
    path(
        "closures/<id:closure_id>/in-the-way/",
        by_method(GET=absences.closure_in_the_way),
        name="api-closure-in-the-way",
    ),
    path("closures/<id:closure_id>/end/", by_method(POST=absences.end_closure), name="api-closure-end"),
]
