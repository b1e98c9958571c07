"""Prove that every diary is sound, or say line by line what is wrong."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from scheduling.check_diary import flaws, rebuild_pages
from scheduling.models import Claim, Page


class Command(BaseCommand):
    help = "Proves that pages = claims, that nothing is held twice and that no row points across clinics."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="first write all pages anew from claims")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            self.stdout.write(f"{rebuild_pages()} pages written anew from claims.")
        with at_one_moment():
            count = self._tell_flaws()
            claims, pages = Claim.objects.count(), Page.objects.count()
        if count:
            self.stderr.write(f"{count} {'flaw' if count == 1 else 'flaws'} found.")
            sys.exit(1)
        self.stdout.write(f"Sound: {claims} claims on {pages} pages, and nothing is held twice.")

    def _tell_flaws(self) -> int:
        count = 0
        for flaw in flaws():
            self.stdout.write(flaw)
            count += 1
        return count


@contextmanager
def at_one_moment() -> Iterator[None]:
    """See all tables as of one moment: a booking that ends between two reads is no flaw."""
    # Within a transaction its level is chosen already.
    may_choose = connection.vendor == "postgresql" and not connection.in_atomic_block
    with transaction.atomic():
        if may_choose:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
