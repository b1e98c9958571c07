"""Let go of what is past its time, or only say what would go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic.actors import task_actor
from clinic.models import Clinic
from scheduling.database_clock import database_now
from scheduling.patient_rights import erase_again
from scheduling.retention import retain


class Command(BaseCommand):
    help = "Says what is past its time in each clinic, by rule. Nothing goes unless you add --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="let it go")

    def handle(self, *args: Any, **options: Any) -> None:
        is_applied, now = options["apply"], database_now()
        for clinic in Clinic.objects.order_by("slug"):
            if is_applied:
                by = task_actor(clinic_id=clinic.pk, label="retain")
                erase_again(clinic_id=clinic.pk, by=by, now=now)
            for gone in retain(clinic=clinic, is_applied=is_applied, now=now):
                verb = "gone" if is_applied else "would go"
                self.stdout.write(f"{clinic.slug}: {gone.count} {verb}: {gone.rule}")
        if not is_applied:
            self.stdout.write("Nothing was changed. Add --apply to let these go.")
