"""Rounds: the same work for each clinic, where the trouble of one is not the trouble of all."""

from collections.abc import Callable

import structlog

from clinic.models import Clinic

log = structlog.get_logger(__name__)


class RoundFailed(Exception):
    """The work failed for some clinics. It was done for all others."""


def go_round(work: Callable[[Clinic], object], *, name: str) -> None:
    """Do the work for every clinic. Whatever it raises is told, stops no other clinic and fails the round."""
    clinics = list(Clinic.objects.order_by("slug"))
    failed = 0
    for clinic in clinics:
        try:
            work(clinic)
        except Exception:
            # One clinic's broken row must not leave another's trail unsealed.
            log.exception("round failed for a clinic", round=name, clinic=str(clinic.uuid))
            failed += 1
    if failed:
        raise RoundFailed(
            f"{name} failed for {failed} of {len(clinics)} clinics. The log says for which, and why."
        )
