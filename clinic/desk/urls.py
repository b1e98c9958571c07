"""Pages about people: signing in and out, patients, members and keys."""

from django.urls import include, path

from clinic.desk import patients, trail
from clinic.desk.access import api_browser, keys, members, policy_page
from clinic.desk.places import holidays_page, places_page, skills_page

urlpatterns = [
    path("", include("clinic.desk.urls_of_account")),
    path("desk/", include("clinic.desk.shared_desk.urls")),
    path("patients/", patients.patients, name="patients"),
    path("patients/found/", patients.patients_found, name="patients-found"),
    path("patients/new/", patients.patient_new, name="patient-new"),
    path("trail/", trail.trail, name="trail"),
    path("trail.csv", trail.trail_csv, name="trail-csv"),
    path("clinic/", policy_page.house, name="house"),
    path("clinic/facts/", policy_page.clinic_facts, name="clinic-facts"),
    path("clinic/members/", members.members, name="members"),
    path("clinic/members/invite/", members.invite, name="invite"),
    path("clinic/invitations/<uuid:uuid>/revoke/", members.invitation_revoke, name="invitation-revoke"),
    path("clinic/members/<uuid:uuid>/", members.member, name="member"),
    path("clinic/members/<uuid:uuid>/remove/", members.member_remove, name="member-remove"),
    path("clinic/api/", api_browser.api_browser, name="api-browser"),
    path("clinic/keys/", keys.keys, name="keys"),
    path("clinic/keys/<uuid:uuid>/rotate/", keys.key_rotate, name="key-rotate"),
    path("places/", places_page.places, name="places"),
    path("places/sites/new/", places_page.site_new, name="site-new"),
    path("places/resources/new/", places_page.resource_new, name="resource-new"),
    path("places/skills/", skills_page.skills, name="skills"),
    path("places/skills/<uuid:uuid>/", skills_page.skill, name="skill"),
    path("places/skills/<uuid:uuid>/retire/", skills_page.retire, name="skill-retire"),
    path("places/sites/<uuid:uuid>/holidays/", holidays_page.holidays, name="site-holidays"),
    path("clinic/keys/<uuid:uuid>/revoke/", keys.key_revoke, name="key-revoke"),
]
