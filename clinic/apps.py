from django.apps import AppConfig


class ClinicApp(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self) -> None:
        from clinic.running import translations  # noqa: F401  (registers the check)
