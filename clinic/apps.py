from django.apps import AppConfig


class ClinicApp(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"
