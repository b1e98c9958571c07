"""What gunicorn reads at its start, beside the flags of the Procfile: how the web server ends.

Asked to end, it goes on answering for DRAIN_SECONDS, and only /readyz says that it is not ready any more. A
proxy that asks takes it out meanwhile. Then it takes no more connections, and what it has begun is finished.
Asked once more it ends at once.
"""

import signal
from typing import Any

from clinic.health import draining
from clinic.running import environment, production

# On one's own machine nobody stands in front, and nobody likes to wait.
_DEFAULT = 5 if production.is_open_to_others(production.base_url()) else 0
DRAIN_SECONDS = environment.whole_number("DRAIN_SECONDS", default=_DEFAULT, lowest=0, highest=60)


def when_ready(server: Any) -> None:
    """gunicorn's hook: it has its own handlers by now, and no workers yet."""
    if not DRAIN_SECONDS:
        return

    def end(*_: Any) -> None:
        server.signal(signal.SIGTERM, None)

    def drain(*_: Any) -> None:
        if draining.is_draining():
            end()
            return
        draining.begin()
        signal.setitimer(signal.ITIMER_REAL, DRAIN_SECONDS)

    signal.signal(signal.SIGALRM, end)
    signal.signal(signal.SIGTERM, drain)
