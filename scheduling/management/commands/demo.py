"""Make the demo clinic, unless there is a clinic already."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from clinic.models import Clinic
from clinic.running.folder import replace
from scheduling.demo.days import Size
from scheduling.demo.making import DEFAULT_SEED, Demo, Watch, make_demo


class Command(BaseCommand):
    help = "Makes a demo clinic with eight weeks of past, unless there is a clinic already."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", default=DEFAULT_SEED, help="the same seed makes the same calendars")
        parser.add_argument("--patients", type=int, default=Size().patients, help="how many")

    def handle(self, *args: Any, **options: Any) -> None:
        if clinic := Clinic.objects.order_by("pk").first():
            self.stdout.write(f"There is a clinic already, {clinic}: no demo clinic is made.")
            return
        began = time.monotonic()
        size = Size(patients=options["patients"])
        # One transaction with the file: whoever stops this half way finds nothing half made.
        with transaction.atomic(), self._progress() as watch:
            demo = make_demo(size=size, seed=options["seed"], now=timezone.now(), watch=watch)
            replace(settings.DATA / "demo.json", json.dumps(demo.way_in, indent=2, ensure_ascii=False) + "\n")
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
        self.stdout.write(f"{demo.name}: {size.patients} patients, made in {seconds:.0f} s.")
        self.stdout.write(f"Occupancy from {demo.first_on} to {demo.last_on}, claimed of open cells:")
        for one in demo.occupancies:
            self.stdout.write(f"  {one.kind.label + 's':14}{one.percent:5.1f} %  {one.claimed} of {one.open}")
