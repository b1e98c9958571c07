"""Load the catalogue's files into one clinic or all."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinic.errors import Refused
from clinic.models import Clinic
from treatments.catalogue_files.load import CATALOGUE, Act, Loaded, load_catalogue


class Command(BaseCommand):
    help = "Brings the catalogue of a clinic (or of all) up to its files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", metavar="SLUG", help="only this clinic")
        parser.add_argument(
            "--folder", type=Path, default=CATALOGUE, help="the files to load, if not treatments/catalogue/"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        clinics = Clinic.objects.order_by("pk")
        if slug := options["clinic"]:
            clinics = clinics.filter(slug=slug)
            if not clinics:
                raise CommandError(f"There is no clinic “{slug}”.")
        if not clinics:
            self.stdout.write("There is no clinic yet. Make one, then load its catalogue.")
        for clinic in clinics:
            try:
                loaded = load_catalogue(clinic=clinic, now=timezone.now(), folder=options["folder"])
            except Refused as refusal:
                sentences = "\n  ".join(problem.sentence for problem in refusal.problems)
                raise CommandError(
                    f"Nothing was loaded. The catalogue must be mended first:\n  {sentences}"
                ) from None
            self.stdout.write(f"{clinic.name}: {_told(loaded)}")


def _told(loaded: list[Loaded]) -> str:
    kept = "".join(
        f"\n  {one.noun} {one.key}: {value} is kept, and nothing reads it yet."
        for one in loaded
        for value in one.unread
    )
    changes = [one for one in loaded if one.act is not Act.UNCHANGED]
    if not changes:
        return f"the catalogue is up to date.{kept}"
    lines = (f"\n  {one.noun} {one.key}, version {one.version}: {one.act}" for one in changes)
    return f"{len(loaded) - len(changes)} entries unchanged, {len(changes)} loaded." + "".join(lines) + kept
