"""Health of the service: whether it lives, and whether it can do its work."""

from django.conf import settings
from django.db import connection
from django.db.utils import Error as DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import KombuError

from clinic import VERSION
from clinic.web.rest.errors import RETRY_AFTER_SECONDS

BROKER_PATIENCE_SECONDS = 0.5


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers, and says which release it is; nothing else is asked."""
    return JsonResponse({"status": "alive", "version": VERSION})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Ready with its database. Without the broker bookings work and messages wait: that is only told."""
    database, broker = _database_answers(), _broker_answers()
    answer = JsonResponse(
        {
            "status": "ready" if database else "not ready",
            "database": "up" if database else "down",
            "broker": "up" if broker else "down",
        },
        status=200 if database else 503,
    )
    if not database:
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


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
