from django.apps import AppConfig


class Scheduling(AppConfig):
    name = "scheduling"
    verbose_name = "Scheduling"
