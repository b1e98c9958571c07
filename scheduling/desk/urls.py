"""Pages about visits and courses."""

from django.urls import path

from scheduling.desk import (
    calendars_page,
    course_page,
    courses_pages,
    day_sheet,
    holds_page,
    patient_page,
    prescription_page,
    rights_page,
    search_rules_page,
    visit_page,
)

urlpatterns = [
    path("", day_sheet.day_sheet, name="day-sheet"),
    path("patients/<uuid:uuid>/", patient_page.patient, name="patient"),
    path("patients/<uuid:uuid>/export/", rights_page.export, name="patient-export"),
    path("patients/<uuid:uuid>/erase/", rights_page.erase, name="patient-erase"),
    path("patients/<uuid:uuid>/prescribe/", prescription_page.prescribe, name="prescribe"),
    path("patients/<uuid:uuid>/visit/", visit_page.book, name="book-visit"),
    path("plans/<uuid:uuid>/calendars/", calendars_page.calendars, name="calendars"),
    path("holds/<uuid:uuid>/book/", holds_page.book, name="hold-book"),
    path("holds/<uuid:uuid>/release/", holds_page.release, name="hold-release"),
    path("plans/<uuid:uuid>/", course_page.plan, name="plan"),
    path("to-be-booked/", courses_pages.due, name="to-be-booked"),
    path("adherence/", courses_pages.adherence, name="adherence"),
    path("clinic/calendars/", search_rules_page.search_rules, name="search-rules"),
]
