#!/usr/bin/env python
"""Coursebook's command line: `manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    import clinic.celery  # noqa: F401  (tasks sent from a command need the application)

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refusal:
        # A wrong value in the environment is the operator's to mend: a sentence helps, a traceback does not.
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
