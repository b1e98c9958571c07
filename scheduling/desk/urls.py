"""Pages about visits and courses."""

from django.urls import path

from scheduling.desk import (
    amend_page,
    calendars_page,
    calls_page,
    cancel_page,
    concerns_page,
    course_page,
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
    path("plans/<uuid:uuid>/calendars/", calendars_page.calendars, name="calendars"),
    path("holds/<uuid:uuid>/book/", holds_page.book, name="hold-book"),
    path("holds/<uuid:uuid>/release/", holds_page.release, name="hold-release"),
    path("plans/<uuid:uuid>/", course_page.plan, name="plan"),
    path("visits/<uuid:uuid>/cancel/", cancel_page.visit, name="visit-cancel"),
    path("plans/<uuid:uuid>/cancel/", cancel_page.course, name="plan-cancel"),
    path("plans/<uuid:uuid>/amend/", amend_page.amend, name="plan-amend"),
    path("plans/<uuid:uuid>/pause/", amend_page.pause, name="plan-pause"),
    path("plans/<uuid:uuid>/resume/", amend_page.resume, name="plan-resume"),
    path("plans/<uuid:uuid>/concerns/", concerns_page.concerns, name="plan-concerns"),
    path("plans/<uuid:uuid>/concerns/new/", concerns_page.ask_review, name="concern-new"),
    path("visits/<uuid:uuid>/move/", move_page.move, name="visit-move"),
    path("clinic/calendars/", search_rules_page.search_rules, name="search-rules"),
]
