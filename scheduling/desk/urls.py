"""Pages about sessions and courses."""

from django.urls import path

from scheduling.desk.courses import (
    acts_page,
    amend_page,
    cancel_page,
    concerns_page,
    course_lists,
    course_page,
    elsewhere_page,
)
from scheduling.desk.day import (
    attendance_page,
    call_list_page,
    correction_page,
    day_sheet,
    phone_page,
    walk_in_page,
    words_page,
)
from scheduling.desk.day.paper import entry_page
from scheduling.desk.disruption import absences_page, delay_page
from scheduling.desk.hours import day_page, keep_free_page, overview_page, week_page
from scheduling.desk.patients import address_page, change_page, patient_page, privacy_page
from scheduling.desk.places import place_pages
from scheduling.desk.reports import capacity_page
from scheduling.desk.search import calendars_page, holds_page, prescription_page
from scheduling.desk.sessions import book_session_page, change_type_page, move_page, ripple_page, session_page
from scheduling.desk.settings import feeds_page, policy_pages
from scheduling.desk.waitlist import waitlist_page

urlpatterns = [
    path("", day_sheet.day_sheet, name="day-sheet"),
    path("enter/", entry_page.page, name="day-enter"),
    path("calls/", call_list_page.calls, name="calls"),
    path("calls/<uuid:uuid>/told/", call_list_page.told, name="told"),
    path("patients/<uuid:uuid>/calling/", phone_page.begin, name="phone-begin"),
    path("patients/<uuid:uuid>/tried/", phone_page.tried, name="phone-tried"),
    path("patients/<uuid:uuid>/reached/", phone_page.reached, name="phone-reached"),
    path("words/", words_page.words, name="words"),
    *(
        path(f"words/<uuid:uuid>/{answer}/", view, name=f"word-{answer}")
        for answer, view in words_page.ANSWERS.items()
    ),
    path("late/", delay_page.late, name="late"),
    path("patients/<uuid:uuid>/", patient_page.patient, name="patient"),
    path("patients/<uuid:uuid>/change/", change_page.change, name="patient-change"),
    path("patients/<uuid:uuid>/address/", address_page.correct, name="patient-address"),
    path("addresses/", address_page.doubted, name="doubted-addresses"),
    path("patients/<uuid:uuid>/export/", privacy_page.export, name="patient-export"),
    path("patients/<uuid:uuid>/erase/", privacy_page.erase, name="patient-erase"),
    path("patients/<uuid:uuid>/prescribe/", prescription_page.prescribe, name="prescribe"),
    path("patients/<uuid:uuid>/visit/", book_session_page.book, name="book-session"),
    path("patients/<uuid:uuid>/walk-in/", walk_in_page.page, name="session-walk-in"),
    path("visits/<uuid:uuid>/", session_page.page, name="session"),
    *(
        path(f"visits/<uuid:uuid>/{act}/", view, name=f"session-{act}")
        for act, view in attendance_page.BUTTONS.items()
    ),
    path("visits/<uuid:uuid>/kind/", change_type_page.page, name="session-kind"),
    path("visits/<uuid:uuid>/elsewhere/", elsewhere_page.page, name="session-elsewhere"),
    path("visits/<uuid:uuid>/complete/", attendance_page.complete, name="session-complete"),
    path("visits/<uuid:uuid>/correct/", correction_page.page, name="session-correct"),
    path("plans/<uuid:uuid>/calendars/", calendars_page.calendars, name="calendars"),
    path("holds/<uuid:uuid>/book/", holds_page.book, name="hold-book"),
    path("holds/<uuid:uuid>/release/", holds_page.release, name="hold-release"),
    path("plans/<uuid:uuid>/", course_page.plan, name="plan"),
    path("acts/<uuid:uuid>/undo/", acts_page.undo, name="act-undo"),
    path("acts/<uuid:uuid>/send-now/", acts_page.send_now, name="act-send-now"),
    path("visits/<uuid:uuid>/cancel/", cancel_page.single_session, name="session-cancel"),
    path("plans/<uuid:uuid>/cancel/", cancel_page.course, name="plan-cancel"),
    path("plans/<uuid:uuid>/amend/", amend_page.amend, name="plan-amend"),
    path("plans/<uuid:uuid>/pause/", amend_page.pause, name="plan-pause"),
    path("plans/<uuid:uuid>/resume/", amend_page.resume, name="plan-resume"),
    path("plans/<uuid:uuid>/concerns/", concerns_page.concerns, name="plan-concerns"),
    path("plans/<uuid:uuid>/concerns/new/", concerns_page.ask_review, name="concern-new"),
    path("visits/<uuid:uuid>/move/", move_page.move, name="session-move"),
    path("plans/<uuid:uuid>/ripple/", ripple_page.ripple, name="plan-ripple"),
    path("to-be-booked/", course_lists.due, name="to-be-booked"),
    path("waitlist/", waitlist_page.waitlist, name="waitlist"),
    path("visits/<uuid:uuid>/wait/", waitlist_page.join, name="session-wait"),
    path("waits/<uuid:uuid>/leave/", waitlist_page.leave, name="wait-leave"),
    path("waits/<uuid:uuid>/first/", waitlist_page.first, name="wait-first"),
    path("waits/<uuid:uuid>/offer/", waitlist_page.offer, name="wait-offer"),
    path("waits/offers/<uuid:uuid>/accept/", waitlist_page.accept, name="offer-accept"),
    path("waits/offers/<uuid:uuid>/decline/", waitlist_page.decline, name="offer-decline"),
    path("clinic/reminders/", policy_pages.reminder_rules, name="reminder-rules"),
    path("clinic/courses/", policy_pages.course_rules, name="course-rules"),
    path("capacity/", capacity_page.capacity, name="capacity"),
    path("adherence/", course_lists.adherence, name="adherence"),
    path("clinic/calendars/", policy_pages.search_rules, name="search-rules"),
    path("clinic/feeds/", feeds_page.feeds, name="feeds"),
    path("clinic/feeds/<uuid:uuid>/rotate/", feeds_page.rotate, name="feed-rotate"),
    path("clinic/feeds/<uuid:uuid>/revoke/", feeds_page.revoke, name="feed-revoke"),
    path("clinic/keeping/", policy_pages.keeping_rules, name="keeping-rules"),
    path("places/sites/<uuid:uuid>/", place_pages.site, name="site"),
    path("places/sites/<uuid:uuid>/last-day/", place_pages.site_last_day, name="site-last-day"),
    path("places/resources/<uuid:uuid>/", place_pages.resource, name="resource"),
    path(
        "places/resources/<uuid:uuid>/last-day/",
        place_pages.resource_last_day,
        name="resource-last-day",
    ),
    path("absences/", absences_page.overview, name="absences"),
    path("absences/enter/", absences_page.enter, name="absence-enter"),
    path("absences/leave/<uuid:uuid>/", absences_page.leave, name="leave"),
    path("absences/leave/<uuid:uuid>/swap/", absences_page.swap, name="leave-swap"),
    path("absences/leave/<uuid:uuid>/grant/", absences_page.grant, name="leave-grant"),
    path("absences/leave/<uuid:uuid>/end/", absences_page.end_leave, name="leave-end"),
    path("absences/closures/<uuid:uuid>/", absences_page.closure, name="closure"),
    path("absences/closures/<uuid:uuid>/end/", absences_page.end_closure, name="closure-end"),
    path("hours/", overview_page.overview, name="hours"),
    path("hours/<uuid:site_id>/", week_page.of_site, name="site-hours"),
    path("hours/<uuid:site_id>/days/", day_page.of_site, name="site-days"),
    path("hours/<uuid:site_id>/of/<uuid:resource_id>/", week_page.of_resource, name="resource-hours"),
    path("hours/<uuid:site_id>/of/<uuid:resource_id>/days/", day_page.of_resource, name="resource-days"),
    path("absences/keep-free/", keep_free_page.keep_free, name="keep-free"),
]
