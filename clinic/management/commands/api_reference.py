"""Write the reference of the REST interface anew: its pages, and the schema as it is recorded."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic.web.rest.openapi.breaks import breaks
from clinic.web.rest.openapi.reference import errors_page, recorded_schema, reference_page

DOCS: Path = settings.BASE / "docs"
RECORDED = "api-schema.json"


PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"api-reference.md": reference_page, "api-errors.md": errors_page, RECORDED: recorded_schema}
)


class Command(BaseCommand):
    help = "Write docs/api-reference.md, docs/api-errors.md and docs/api-schema.json anew, from the code."

    def handle(self, *arguments: Any, **options: Any) -> None:
        made = {name: page() for name, page in PAGES.items()}
        kept = DOCS / RECORDED
        if kept.exists() and (
            broken := list(breaks(json.loads(kept.read_text("utf-8")), json.loads(made[RECORDED])))
        ):
            raise CommandError("\n".join(["This would break clients (docs/api-policy.md):", *broken]))
        for name, text in made.items():
            (DOCS / name).write_text(text, "utf-8")
            self.stdout.write(f"docs/{name} written.")
