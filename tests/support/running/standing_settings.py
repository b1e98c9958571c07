"""The service's settings in a process whose database shows the instant that a test wrote down.

The file `shown` in the data folder holds it, and the clock stands there until the file says another.
Templates in the data folder come before the service's own.
"""

from clinic.settings import *  # noqa: F403  (they are the service's)
from clinic.settings import DATA, TEMPLATES
from clinic.web import database_clock


class _Shown(dict[str, str]):
    def __getitem__(self, vendor: str) -> str:
        return f"SELECT '{(DATA / 'shown').read_text('ascii')}'"


database_clock._NOW = _Shown(database_clock._NOW)
TEMPLATES[0]["DIRS"] = [DATA / "templates"]
