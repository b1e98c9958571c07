"""The same service for an ASGI server."""

import os

from django.core.asgi import get_asgi_application

import clinic.celery  # noqa: F401  (tasks sent from a page need the application)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = get_asgi_application()
