"""Prove that every diary is sound, or say line by line what is wrong."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic.management.one_moment import at_one_moment
from scheduling.diaries.integrity import flaws, rebuild_pages
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
