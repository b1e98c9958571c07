from django.urls import path

from clinic.api import patients, places
from clinic.web.rest.endpoints import by_method

urlpatterns = [
    path("patients/", by_method(GET=patients.list_patients, POST=patients.register), name="api-patients"),
    path("patients/search/", by_method(POST=patients.search), name="api-patient-search"),
    path("patients/<id:patient_id>/", by_method(GET=patients.show), name="api-patient"),
    path("sites/", by_method(GET=places.list_sites), name="api-sites"),
    path("resources/", by_method(GET=places.list_resources), name="api-resources"),
]
