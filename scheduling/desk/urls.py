"""Pages about visits and courses."""

from django.urls import path

from scheduling.desk import (
    absences_page,
    calendars_page,
    course_page,
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
    path("clinic/calendars/", search_rules_page.search_rules, name="search-rules"),
    path("absences/", absences_page.overview, name="absences"),
    path("absences/enter/", absences_page.enter, name="absence-enter"),
    path("absences/leave/<uuid:uuid>/", absences_page.leave, name="leave"),
    path("absences/leave/<uuid:uuid>/swap/", absences_page.swap, name="leave-swap"),
    path("absences/leave/<uuid:uuid>/grant/", absences_page.grant, name="leave-grant"),
    path("absences/leave/<uuid:uuid>/end/", absences_page.end_leave, name="leave-end"),
    path("absences/closures/<uuid:uuid>/", absences_page.closure, name="closure"),
    path("absences/closures/<uuid:uuid>/end/", absences_page.end_closure, name="closure-end"),
]
