"""Bring patients and bookings over from another system's tables; see docs/import.md."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.errors import ClinicError
from clinic.identity.actors import task_actor
from clinic.models import Clinic
from clinic.people.external_id_kinds import Name
from clinic.plain_text import one_line
from clinic.web.database_clock import database_now
from scheduling.importing.csv_tables import Table
from scheduling.importing.outcomes import Fate, Outcome
from scheduling.importing.run import import_bookings, import_patients
from scheduling.importing.written_times import DateOrder

LABEL = "import"


class Command(BaseCommand):
    help = "Imports patients and bookings from CSV; without --apply it only tells what stands in the way."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", metavar="SLUG", required=True)
        parser.add_argument("--patients", type=Path, metavar="CSV")
        parser.add_argument("--bookings", type=Path, metavar="CSV")
        parser.add_argument(
            "--dates", choices=[str(order) for order in DateOrder], help="how 4-1-2027 is meant in the tables"
        )
        parser.add_argument(
            "--update", action="store_true", help="take over what the table says otherwise of who is known"
        )
        parser.add_argument("--apply", action="store_true", help="write what nothing stands in the way of")

    def handle(self, *args: Any, **options: Any) -> None:
        clinic = Clinic.objects.filter(slug=options["clinic"]).first()
        if clinic is None:
            raise CommandError(f"There is no clinic “{options['clinic']}”.")
        if not options["patients"] and not options["bookings"]:
            raise CommandError("Name a table: --patients, --bookings, or both.")
        by, now, applies = task_actor(clinic_id=clinic.pk, label=LABEL), database_now(), options["apply"]
        dates = DateOrder(options["dates"]) if options["dates"] else None
        patients: set[Name] = set()
        refused = 0
        try:
            if (table := options["patients"]) is not None:
                outcomes = import_patients(
                    table=Table(_lines(table), dates),
                    applies=applies,
                    by=by,
                    now=now,
                    updates=options["update"],
                )
                refused += self._tell(table, _noting(outcomes, patients), applies)
            if (table := options["bookings"]) is not None:
                courses = import_bookings(
                    table=Table(_lines(table), dates), patients=patients, applies=applies, by=by, now=now
                )
                refused += self._tell(table, courses, applies)
        except ClinicError as refusal:
            raise CommandError(refusal.sentence) from None
        if not applies:
            self.stdout.write("Nothing was written. Add --apply to import what nothing stands in the way of.")
        if refused:
            raise CommandError(f"{refused} lines {'were' if applies else 'would be'} refused.")

    def _tell(self, table: Path, outcomes: Iterable[Outcome], applies: bool) -> int:
        """Every flaw and difference on a line of its own, then the sums; how many lines were refused."""
        counts: Counter[Fate] = Counter()
        for outcome in outcomes:
            counts[outcome.fate] += outcome.line_count
            for one in outcome.differences:
                stands, said = (one_line(text) or "nothing" for text in (one.stands, one.said))
                told = f"{one.column} is “{stands}”, the table says “{said}”"
                self.stdout.write(f"{table.name}:{one.line}: differs ({outcome.name}): {told}")
            for flaw in sorted(outcome.flaws, key=lambda flaw: flaw.line):
                about = f" ({outcome.name})" if outcome.name else ""
                self.stdout.write(f"{table.name}:{flaw.line}: {flaw.code}{about}: {one_line(flaw.sentence)}")
        self.stdout.write(
            f"{table.name}: {counts[Fate.IMPORTED]} lines {'imported' if applies else 'to import'}, "
            f"{_changed(counts[Fate.CHANGED], applies)}"
            f"{counts[Fate.KNOWN]} there already, {counts[Fate.REFUSED]} refused."
        )
        return counts[Fate.REFUSED]


def _changed(count: int, applies: bool) -> str:
    """Of a table without --update there is nothing to say."""
    return f"{count} {'changed' if applies else 'to change'}, " if count else ""


def _noting(outcomes: Iterable[Outcome], names: set[Name]) -> Iterator[Outcome]:
    """The same outcomes; what is not refused is noted for the bookings' dry run."""
    for outcome in outcomes:
        if outcome.fate is not Fate.REFUSED and outcome.name is not None:
            names.add(outcome.name)
        yield outcome


def _lines(table: Path) -> Iterator[str]:
    """The lines of the file as they stand: bytes that are no UTF-8 come through and are told as a flaw."""
    try:
        with table.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as opened:
            yield from opened
    except OSError as error:
        raise CommandError(f"{table} cannot be read: {error.strerror}.") from None
