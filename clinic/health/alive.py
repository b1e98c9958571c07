"""Health of the process: whether it lives. Whether it can do its work says `scheduling/health.py`."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from clinic import VERSION


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers, and says which release it is; nothing else is asked."""
    return JsonResponse({"status": "alive", "version": VERSION})
