"""The service's settings in a process whose machine shows another time than its database.

It runs beside a test: both begin where the test's clock stands, and the machine's is wrong by so much more.
"""

import os

from clinic.settings import *  # noqa: F403  (they are the service's)
from clinic.web import database_clock
from tests.support.clock import database_ahead, machine_goes_ahead

_ahead = float(os.environ["DATABASE_AHEAD"])
database_clock._NOW = database_ahead(_ahead)
# For as long as the process lives.
machine_goes_ahead(_ahead + float(os.environ.get("MACHINE_WRONG_BY", "0")))
