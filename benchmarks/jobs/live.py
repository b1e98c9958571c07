"""Two hundred pages that ask every two seconds whether anything has changed, at the Procfile’s server."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from django.utils.crypto import get_random_string
from honcho.environ import parse_procfile

from benchmarks.polling import Polled, PollingPage, polling
from benchmarks.table import Row
from clinic.identity.actors import Role, task_actor
from clinic.models import Clinic, Membership, User
from clinic.people.patients import NewPatient, register_patient
from clinic.places.founding import NewClinic, found_clinic
from clinic.running.ports import free_port, serves_pages

PAGES, CLINICS = 200, 4
# Long enough for seats to be checked several times.
ARRIVE_SECONDS, MEASURED_SECONDS = 45, 60
CHANGES, BETWEEN_SECONDS = 5, 5
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Spent:
    """Of the server, up to a moment: CPU seconds, statements, answers."""

    at: float
    cpu: float
    statements: int
    answers: int


@dataclass(frozen=True, slots=True)
class Server:
    """The web line of the Procfile, and the file in which its statements are counted."""

    port: int
    process: psutil.Process
    statements: Path

    def spent(self, polled: Polled) -> Spent:
        family = [self.process, *self.process.children(recursive=True)]
        times = [one.cpu_times() for one in family]
        cpu = sum(time.user + time.system for time in times)
        return Spent(time.monotonic(), cpu, self.statements.stat().st_size, polled.answers)


def rows() -> Iterator[Row]:
    clinics = [_clinic(number) for number in range(CLINICS)]
    pages = [PollingPage(number, _cookie(clinics[number % CLINICS])) for number in range(PAGES)]
    with _serving() as server:
        before, after, arrived, waits = asyncio.run(_measured(server, pages, clinics[0]))
    seconds, answers = after.at - before.at, after.answers - before.answers
    core = (after.cpu - before.cpu) / seconds
    yield Row(
        f"{PAGES} pages that ask every two seconds: share of a core",
        core * 100,
        "%",
        most=10,
        note=f"{answers / seconds:.0f} requests a second, {core / answers * seconds * 1e6:.0f} µs each",
    )
    yield Row(
        "– queries a second, of all processes",
        (after.statements - before.statements) / seconds,
        most=4,
        note=f"{arrived} while all {PAGES} came, once a session and process",
    )
    yield Row(
        "– from an act to the last page that is told",
        max(waits),
        "s",
        note=f"the longest of {CHANGES}",
    )


async def _measured(
    server: Server, pages: Sequence[PollingPage], clinic: Clinic
) -> tuple[Spent, Spent, int, list[float]]:
    polled = Polled()
    asking = asyncio.create_task(polling(pages, server.port, polled))
    await _unless_over(asking, ARRIVE_SECONDS)
    before = server.spent(polled)
    await _unless_over(asking, MEASURED_SECONDS)
    after = server.spent(polled)
    waits = [await _until_told(asking, polled, clinic) for _ in range(CHANGES)]
    asking.cancel()
    return before, after, before.statements, waits


async def _until_told(asking: "asyncio.Task[None]", polled: Polled, clinic: Clinic) -> float:
    """Seconds from an act to the last page of its clinic that is told."""
    polled.told.clear()
    await sync_to_async(_change)(clinic)
    acted = time.monotonic()
    await _unless_over(asking, BETWEEN_SECONDS)
    told = {page: at - acted for page, _, at in polled.told}
    if len(told) != PAGES // CLINICS:
        raise RuntimeError(f"Only {len(told)} of {PAGES // CLINICS} pages were told of a change.")
    return max(told.values())


async def _unless_over(asking: "asyncio.Task[None]", seconds: float) -> None:
    done, _ = await asyncio.wait([asking], timeout=seconds)
    if done:
        asking.result()


def _clinic(number: int) -> Clinic:
    slug = f"live-{number}-{get_random_string(8).lower()}"
    clinic = found_clinic(new=NewClinic(name="Live", slug=slug, phone="+31600000000"), now=datetime.now(UTC))
    Clinic.objects.filter(pk=clinic.pk).update(demands_second_factor=False)
    return clinic


def _cookie(clinic: Clinic) -> str:
    """Of one who has signed in."""
    user = User.objects.create_user(email=f"{get_random_string(12).lower()}@clinic.example", name="Noor")
    Membership.objects.create(clinic=clinic, user=user, role=Role.RECEPTIONIST)
    browser = Client()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def _change(clinic: Clinic) -> None:
    by = task_actor(clinic_id=clinic.pk, label="bench")
    new = NewPatient(given_name="Bench", family_name="Patient")
    register_patient(new=new, by=by, now=datetime.now(UTC))


@contextmanager
def _serving() -> Iterator[Server]:
    web = parse_procfile((settings.BASE / "Procfile").read_text("utf-8")).processes["web"]
    port = free_port()
    with tempfile.NamedTemporaryFile(prefix="coursebook-statements-") as counted:
        own = {"PYTHON": sys.executable, "PORT": str(port), "STATEMENTS": counted.name}
        started = subprocess.Popen(["sh", "-c", web], env=os.environ | own, cwd=settings.BASE)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not serves_pages(port):
                if started.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("The server does not start.")
                time.sleep(0.1)
            yield Server(port, psutil.Process(started.pid), Path(counted.name))
        finally:
            started.terminate()
            started.wait()
