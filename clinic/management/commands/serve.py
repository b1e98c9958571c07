import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from honcho.environ import parse_procfile

from clinic.health.ticks import worker_hangs
from clinic.models import Clinic
from clinic.running import environment, folder, ports
from clinic.running.crew import Crew
from clinic.running.member import Shared
from clinic.running.web_server import DRAIN_SECONDS
from clinic.running.welcome import Address, publish, welcome
from clinic.web.database_clock import database_now

DEFAULT_PORT, MOST_DRAIN_SECONDS = 8000, 3


class Command(BaseCommand):
    help = "Start everything the clinic needs and keep it running: what `make run` calls."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        os.chdir(settings.BASE)
        port = environment.whole_number("PORT", default=DEFAULT_PORT, lowest=1, highest=65535)
        settings.STATIC_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with folder.occupied(settings.DATA):
                if refusal := ports.why_not(port):
                    sys.exit(refusal)
                sys.exit(self._run(port))
        except folder.FolderInUse:
            sys.exit(
                f"A Coursebook already runs on {settings.DATA}. Stop that one first, "
                "or start this one on another folder and port: make run DATA=other PORT=8001"
            )
        except KeyboardInterrupt:
            sys.exit(
                "Stopped before it was ready. Of a demo that was not whole nothing is left: it begins anew."
            )

    def _run(self, port: int) -> int:
        self.stdout.write(f"Data folder: {settings.DATA}")
        self._prepare()
        processes = own_processes()
        address = Address(
            base_url=environment.text("BASE_URL", default=f"http://{ports.LOOPBACK}:{port}").rstrip("/"),
            folder=settings.DATA,
            mail_folder=settings.MAIL_FOLDER if "sink" in processes else None,
        )
        demo = publish(address)
        if not stands_here(demo):
            demo.pop("users")
        connections.close_all()
        os.environ.update(
            PYTHON=sys.executable,
            PYTHONUNBUFFERED="1",
            DATA=str(settings.DATA),
            PORT=str(port),
            BASE_URL=address.base_url,
            # Within the time that the crew gives to whom it asks to end.
            DRAIN_SECONDS=str(min(DRAIN_SECONDS, MOST_DRAIN_SECONDS)),
        )

        def greet() -> None:
            wait_until_ready(port, processes)
            sys.stdout.write(welcome(address, demo=demo))
            sys.stdout.flush()

        crew = Crew(processes, on_start=greet, look=start_a_hung_worker_again)
        code = crew.run()
        if settings.BROKER_SOCKET.parent != settings.DATA:
            shutil.rmtree(settings.BROKER_SOCKET.parent, ignore_errors=True)
        self.stdout.write(
            "Stopped."
            if crew.asked_to_stop
            else "Stopped: one part does not stay up. The lines above say why."
        )
        return code

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0)
        try:
            call_command("demo", stdout=self.stdout)
        except CommandError as refusal:
            sys.exit(str(refusal))


def stands_here(demo: Mapping[str, Any]) -> bool:
    """Whether the demo of the data folder is in this database: another may be named by now."""
    if not {"users", "clinic"} <= demo.keys():
        return True
    return Clinic.objects.filter(uuid=demo["clinic"]).exists()


def own_processes() -> dict[str, str]:
    """The Procfile's lines, without those whose work is done by a server named in the environment."""
    procfile = parse_procfile((settings.BASE / "Procfile").read_text(encoding="utf-8"))
    processes: dict[str, str] = dict(procfile.processes)
    if environment.text("REDIS_URL"):
        del processes["broker"]
    if environment.text("EMAIL_URL"):
        del processes["sink"]
    else:
        folder.choose_sink_port(settings.DATA)
    return processes


def start_a_hung_worker_again(members: Mapping[str, Shared]) -> None:
    """A worker that stands still, or whose threads all wait for ever, does not die by itself."""
    worker = members["worker"]
    if worker.up_seconds < settings.WORKER_HANGS_AFTER_SECONDS:
        return
    try:
        hangs = worker_hangs(now=database_now())
    except DatabaseError:
        # Without the database no round ends, and nobody is to blame.
        return
    finally:
        connections.close_all()
    if hangs:
        worker.start_again()


def wait_until_ready(port: int, processes: dict[str, str]) -> None:
    """Return once the pages answer and the broker and the mail sink take connections."""

    # An open service answers to its own name alone.
    host = urlsplit(settings.BASE_URL).hostname if settings.IS_OPEN else None

    def is_ready() -> bool:
        return (
            ports.serves_pages(port, host=host or ports.LOOPBACK)
            and ("broker" not in processes or ports.accepts(settings.BROKER_SOCKET))
            and ("sink" not in processes or ports.accepts(folder.sink_port(settings.DATA)))
        )

    while not is_ready():
        time.sleep(0.1)
