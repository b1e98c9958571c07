"""Pages about people: signing in and out, patients."""

from django.urls import path

from clinic.desk import patients, signing_in

urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("patients/", patients.patients, name="patients"),
    path("patients/new/", patients.patient_new, name="patient-new"),
]
