"""Beat: tells the workers to look, and leaves in the database that it did."""

from typing import Any

import structlog
from celery.beat import Scheduler
from django.db import DatabaseError, close_old_connections

log = structlog.get_logger(__name__)


class TickingBeat(Scheduler):
    """Without its database it goes on telling: a worker may reach what beat does not."""

    def apply_async(self, *given: Any, **named: Any) -> Any:
        # Raises if the broker took nothing: then nobody was told.
        told = super().apply_async(*given, **named)
        _note()
        return told


def _note() -> None:
    # They need the models, which are there only once beat runs.
    from clinic.health.late_mail import tell_if_late
    from clinic.health.ticks import note_beat
    from clinic.web.database_clock import database_now

    close_old_connections()
    try:
        now = database_now()
        note_beat(now=now)
        tell_if_late(now=now)
    except DatabaseError:
        log.exception("beat could not leave its time")
    finally:
        close_old_connections()
