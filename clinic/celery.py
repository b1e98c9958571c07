"""The Celery application. Tasks lie in each storey's `tasks.py`, the beat schedule in the settings."""

import os
import warnings

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
app = Celery("coursebook")
# Celery's "current" application belongs to the thread that made it; web requests run in other threads.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
# `make run` works for root too, in a container say; JSON messages cannot run code, so this needs no alarm.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
app.autodiscover_tasks()
