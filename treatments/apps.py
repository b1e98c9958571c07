from django.apps import AppConfig


class Treatments(AppConfig):
    name = "treatments"
    verbose_name = "Treatments"
