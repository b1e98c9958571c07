"""The service's own settings, under the clock of its tests.

The file `clock_ahead` in the data folder says how many seconds that is after the machine's. Everything else
is as it runs for a clinic.
"""

from datetime import UTC, datetime, timedelta

import time_machine

from clinic.settings import *  # noqa: F403  (they are the service's)
from clinic.settings import DATA
from scheduling import database_clock
from tests.clock import database_clock_ahead

_ahead = DATA / "clock_ahead"
if _ahead.exists():
    _seconds = float(_ahead.read_text("ascii"))
    # For as long as the process lives.
    time_machine.travel(datetime.now(UTC) + timedelta(seconds=_seconds)).start()
    database_clock._NOW = dict(database_clock_ahead(_seconds))
