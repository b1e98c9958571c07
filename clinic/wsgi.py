"""The door gunicorn knocks at."""

import os

from django.core.wsgi import get_wsgi_application

import clinic.celery  # noqa: F401  (tasks sent from a page need the application)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = get_wsgi_application()
