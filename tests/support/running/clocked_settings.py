"""The service's own settings, under the clock of its tests.

The file `clock_ahead` in the data folder says how many seconds that is after the machine's. Everything else
is as it runs for a clinic.
"""

import os

from clinic.settings import *  # noqa: F403  (they are the service's)
from clinic.settings import DATA, WORKER_HANGS_AFTER_SECONDS
from clinic.web import database_clock
from tests.support.clock import database_ahead, machine_goes_ahead

# Two minutes are long for a test.
WORKER_HANGS_AFTER_SECONDS = int(os.environ.get("WORKER_HANGS_AFTER_SECONDS", WORKER_HANGS_AFTER_SECONDS))
_ahead = DATA / "clock_ahead"
if _ahead.exists():
    _seconds = float(_ahead.read_text("ascii"))
    # For as long as the process lives.
    machine_goes_ahead(_seconds)
    database_clock._NOW = database_ahead(_seconds)
