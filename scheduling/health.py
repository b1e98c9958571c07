"""Whether the service can do its work; it lives in the highest storey, for it tells of messages too."""

from django.conf import settings
from django.db.utils import Error as DatabaseError
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import KombuError

from clinic.health.draining import is_draining
from clinic.health.late_mail import tell_late
from clinic.web.database_clock import database_now
from clinic.web.rest.errors import RETRY_AFTER_SECONDS
from scheduling.messages.ledger.hold import held_since
from scheduling.reports.late_mail import punctuality

BROKER_PATIENCE_SECONDS = 0.5


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Ready with its database, until it is about to end.

    Without the broker or a worker bookings work and messages wait: that is told.
    """
    if is_draining():
        return _not_ready({"status": "draining"})
    broker = "up" if _broker_answers() else "down"
    try:
        messages = _messages()
    except DatabaseError:
        return _not_ready({"status": "not ready", "database": "down", "broker": broker})
    return JsonResponse({"status": "ready", "database": "up", "broker": broker, **messages})


def _not_ready(told: dict[str, object]) -> JsonResponse:
    answer = JsonResponse(told, status=503)
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _messages() -> dict[str, object]:
    """Raises DatabaseError."""
    now = database_now()
    found = punctuality(now=now)
    oldest = found.oldest_due_seconds(now=now)
    if found.is_late:
        tell_late(since=found.unseen_since, now=now, oldest_due_seconds=oldest)
    word = "held" if held_since() else "late" if found.is_late else "on time"
    return {"messages": word, "oldest_due_seconds": oldest}


def _broker_answers() -> bool:
    patience = {
        "socket_connect_timeout": BROKER_PATIENCE_SECONDS,
        "socket_timeout": BROKER_PATIENCE_SECONDS,
    }
    try:
        with Connection(settings.CELERY_BROKER_URL, transport_options=patience) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    except (OSError, KombuError):
        return False
    return True


urlpatterns = [path("readyz", ready, name="readyz")]
