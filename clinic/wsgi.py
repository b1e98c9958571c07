"""The door gunicorn knocks at."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

import clinic.celery  # noqa: F401  (tasks sent from a page need the application)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
try:
    whole_way = get_wsgi_application()
except ImproperlyConfigured as refusal:
    # A wrong value in the environment is the operator's to mend: a sentence helps, a traceback does not.
    sys.exit(str(refusal))

# It needs the models, which are there only now.
from clinic.web.live.short_way import short_way

application = short_way(whole_way)
