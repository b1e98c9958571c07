from django.urls import path

from clinic.api import holidays, patients, places, skills
from clinic.web.rest.endpoints import by_method

urlpatterns = [
    path("patients/", by_method(GET=patients.list_patients, POST=patients.register), name="api-patients"),
    path("patients/search/", by_method(POST=patients.search), name="api-patient-search"),
    path("sites/", by_method(GET=places.list_sites, POST=places.open_new_site), name="api-sites"),
    path(
        "resources/",
        by_method(GET=places.list_resources, POST=places.add_resources),
        name="api-resources",
    ),
    path(
        "sites/<id:site_id>/holidays/",
        by_method(GET=holidays.list_holidays, POST=holidays.override),
        name="api-holidays",
    ),
    path("skills/", by_method(GET=skills.list_skills, POST=skills.add), name="api-skills"),
    path("skills/<id:skill_id>/", by_method(GET=skills.show, PATCH=skills.rename), name="api-skill"),
    path("skills/<id:skill_id>/retire/", by_method(POST=skills.retire), name="api-skill-retire"),
]
