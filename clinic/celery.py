"""The Celery application. Tasks lie in each storey's `tasks.py`, the beat schedule in the settings."""

import os
import warnings
from typing import Any

from celery import Celery, Task
from structlog.contextvars import bound_contextvars


class Round(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """Every line that is told while a task runs bears its name and id; its times stay as a tick."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        # They need the models, which are there only once the application is.
        from clinic.health.ticks import note_begun, note_ended
        from clinic.web.database_clock import database_now

        with bound_contextvars(task=self.name, task_id=self.request.id):
            note_begun(name=self.name, now=database_now())
            done = super().__call__(*given, **named)
            note_ended(name=self.name, now=database_now())
            return done


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
app = Celery("coursebook", task_cls=Round)
# Celery's "current" application belongs to the thread that made it; web requests run in other threads.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
# `make run` works for root too, in a container say; JSON messages cannot run code, so this needs no alarm.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
app.autodiscover_tasks()
