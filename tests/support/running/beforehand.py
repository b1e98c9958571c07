"""What the steps of a run share, made while others only read files: a migrated database and a demo clinic.

    MADE_ONCE=folder python -m tests.support.running.beforehand

Whoever needs one of them and does not find it makes it then.
"""

import os
from pathlib import Path

import django


def main(made_once: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.support.clock import BEGINS, clocks_run_from
    from tests.support.database.template import a_migrated_database
    from tests.support.running.stack import the_demo_clinic

    with clocks_run_from(BEGINS):
        with a_migrated_database(made_once):
            pass
        the_demo_clinic(made_once, now=BEGINS)


if __name__ == "__main__":
    main(Path(os.environ["MADE_ONCE"]))
