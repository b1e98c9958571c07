"""Make the demo clinic, unless there is a clinic already or others can reach the service; or remove it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from clinic.models import Clinic
from clinic.running.folder import replace
from clinic.running.production import is_open_to_others
from scheduling.demo.days import Size
from scheduling.demo.making import DEFAULT_SEED, Demo, Watch, make_demo
from scheduling.demo.removing import IsSomebodysClinic, demo_clinic, remove_demo

WAY_IN, BEGUN = "demo.json", "demo.begun"


class Command(BaseCommand):
    help = "Makes a demo clinic with eight weeks of past, unless there is a clinic already; or removes it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", default=DEFAULT_SEED, help="the same seed makes the same calendars")
        parser.add_argument("--patients", type=int, default=Size().patients, help="how many")
        parser.add_argument("--remove", action="store_true", help="take the demo clinic out again, whole")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self._remove()
        elif is_open_to_others(settings.BASE_URL):
            self._make_none()
        elif clinic := Clinic.objects.order_by("pk").first():
            self.stdout.write(f"There is a clinic already, {clinic}: no demo clinic is made.")
        else:
            self._make(Size.of(options["patients"]), options["seed"])

    def _make_none(self) -> None:
        """Its passwords lie in a file, and nobody is asked for a second step."""
        if clinic := demo_clinic():
            raise CommandError(
                f"Others can reach {settings.BASE_URL}, and {clinic} is in its database: whoever knows "
                "the demo’s passwords could sign in. Remove it first: manage.py demo --remove"
            )
        self.stdout.write(f"Others can reach {settings.BASE_URL}: no demo clinic is made.")

    def _remove(self) -> None:
        clinic = demo_clinic()
        if clinic is None:
            self.stdout.write("There is no demo clinic here.")
            return
        try:
            count = remove_demo(clinic=clinic)
        except IsSomebodysClinic as refusal:
            raise CommandError(str(refusal)) from refusal
        (settings.DATA / WAY_IN).unlink(missing_ok=True)
        self.stdout.write(
            f"{clinic} is removed, {count} rows. The mails that it sent still lie in their folder."
        )

    def _make(self, size: Size, seed: str) -> None:
        began, begun = time.monotonic(), settings.DATA / BEGUN
        if begun.exists():
            self.stdout.write("The last start was stopped before the demo was made, and left nothing of it.")
        begun.touch(mode=0o600)
        # One transaction with the file: whoever stops this half way finds nothing half made.
        with transaction.atomic(), self._progress() as watch:
            demo = make_demo(size=size, seed=seed, now=timezone.now(), watch=watch)
            if Clinic.objects.exclude(pk=demo.clinic.pk).exists():
                raise CommandError("A clinic was founded meanwhile: no demo clinic is made beside it.")
            replace(settings.DATA / WAY_IN, json.dumps(demo.way_in, indent=2, ensure_ascii=False) + "\n")
        begun.unlink(missing_ok=True)
        self._tell(demo, size, seconds=time.monotonic() - began)

    @contextmanager
    def _progress(self) -> Iterator[Watch]:
        """A bar on a terminal; a line a week elsewhere."""
        self.stdout.write("Making a demo clinic by living its last eight weeks. This happens once.")
        if not self.stdout.isatty():
            yield self._tell_week
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, transient=True) as bar:
            task = bar.add_task("Founding the clinic")

            def watch(lived: int, of: int, on: date) -> None:
                bar.update(task, completed=lived, total=of, description=f"{on.day} {on:%B %Y}")

            yield watch

    def _tell_week(self, lived: int, of: int, on: date) -> None:
        if lived % 7 == 0 or lived == of:
            self.stdout.write(f"  {lived} of {of} days, {on.day} {on:%B %Y}")
            self.stdout.flush()

    def _tell(self, demo: Demo, size: Size, *, seconds: float) -> None:
        self.stdout.write(f"{demo.clinic}: {size.patients} patients, made in {seconds:.0f} s.")
        self.stdout.write(f"Occupancy from {demo.first_on} to {demo.last_on}, claimed of open cells:")
        for one in demo.occupancies:
            self.stdout.write(f"  {one.kind.label + 's':14}{one.percent:5.1f} %  {one.claimed} of {one.open}")
