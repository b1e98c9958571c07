"""A check before the service starts or the database is migrated: the translations are built."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

BUILD = "python build/catalogues.py compile"


@register("translation")
def translations_are_built(**_: Any) -> list[CheckMessage]:
    """Without them patients who read another language would get English, and nobody would know."""
    return [
        Error(
            f"The translations in {file.parent} are not built, or are older than their catalogue.",
            hint=f"Run {BUILD}; make run does it by itself.",
            id="clinic.E001",
        )
        for folder in settings.LOCALE_PATHS
        for file in sorted(Path(folder).glob("*/LC_MESSAGES/*.po"))
        if not _is_built(file)
    ]


def _is_built(catalogue: Path) -> bool:
    built = catalogue.with_suffix(".mo")
    return built.exists() and built.stat().st_mtime >= catalogue.stat().st_mtime
