"""Pages about visits and courses."""

from django.urls import path

from scheduling.desk import (
    attendance_page,
    calendars_page,
    calls_page,
    concerns_page,
    course_page,
    courses_pages,
    day_sheet,
    holds_page,
    late_page,
    move_page,
    patient_page,
    prescription_page,
    rights_page,
    search_rules_page,
    visit_page,
)

urlpatterns = [
    path("", day_sheet.day_sheet, name="day-sheet"),
    path("calls/", calls_page.calls, name="calls"),
    path("late/", late_page.late, name="late"),
    path("patients/<uuid:uuid>/", patient_page.patient, name="patient"),
    path("patients/<uuid:uuid>/export/", rights_page.export, name="patient-export"),
    path("patients/<uuid:uuid>/erase/", rights_page.erase, name="patient-erase"),
    path("patients/<uuid:uuid>/prescribe/", prescription_page.prescribe, name="prescribe"),
    path("patients/<uuid:uuid>/visit/", visit_page.book, name="book-visit"),
    path("patients/<uuid:uuid>/walk-in/", attendance_page.walk_in, name="visit-walk-in"),
    path("visits/<uuid:uuid>/arrive/", attendance_page.arrive, name="visit-arrive"),
    path("visits/<uuid:uuid>/start/", attendance_page.start, name="visit-start"),
    path("visits/<uuid:uuid>/complete/", attendance_page.complete, name="visit-complete"),
    path("visits/<uuid:uuid>/miss/", attendance_page.miss, name="visit-miss"),
    path("visits/<uuid:uuid>/undo/", attendance_page.undo, name="visit-undo"),
    path("visits/<uuid:uuid>/give-time/", attendance_page.give_time, name="visit-give-time"),
    path("plans/<uuid:uuid>/calendars/", calendars_page.calendars, name="calendars"),
    path("holds/<uuid:uuid>/book/", holds_page.book, name="hold-book"),
    path("holds/<uuid:uuid>/release/", holds_page.release, name="hold-release"),
    path("plans/<uuid:uuid>/", course_page.plan, name="plan"),
    path("plans/<uuid:uuid>/concerns/", concerns_page.concerns, name="plan-concerns"),
    path("plans/<uuid:uuid>/concerns/new/", concerns_page.ask_review, name="concern-new"),
    path("visits/<uuid:uuid>/move/", move_page.move, name="visit-move"),
    path("to-be-booked/", courses_pages.due, name="to-be-booked"),
    path("adherence/", courses_pages.adherence, name="adherence"),
    path("clinic/calendars/", search_rules_page.search_rules, name="search-rules"),
]
