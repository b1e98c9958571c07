"""F6: web servers behind a proxy are started anew one after the other while twenty requests come a second."""

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import uuid4

import httpx
import pytest

from clinic.models import Patient
from scheduling.search.tokens import token_of
from tests.support.acts.courses import offers
from tests.support.builders import a_key, a_patient
from tests.support.cast import NOW
from tests.support.faults.hosts.beside import beside
from tests.support.faults.hosts.servers import Servers
from tests.support.faults.many_courses import assert_all_or_nothing
from tests.support.faults.rush import assert_sound, sized
from tests.support.running.proxy import a_proxy
from tests.support.worlds import a_course_world, a_plan

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

A_SECOND = 20
RESTARTS = sized(full=6, short=2)


def asks_of(world, secret):
    """What comes by turns: somebody reads, somebody registers, somebody books a whole course."""
    calendars = []
    for number in range(1, sized(full=13, short=5)):
        plan = a_plan(world=world, patient=a_patient(clinic=world.clinic))
        first_on = NOW.date() + timedelta(weeks=number)
        offer = offers(plan=plan, first_on=first_on, last_on=first_on + timedelta(weeks=20))[0]
        calendars.append((plan, token_of(offer, now=NOW)))
    plans = [plan for plan, _ in calendars]

    def ask(number: int) -> tuple[str, str, dict | None]:
        if number % 10 == 5 and calendars:
            plan, token = calendars.pop()
            return "POST", f"plans/{plan.uuid}/book/", {"proposal": token}
        if number % 3 == 0:
            return "POST", "patients/", {"given_name": f"Rolled{number}", "family_name": "Over"}
        return "GET", "sites/", None

    return ask, plans


class Callers:
    """Twenty a second, each with one try."""

    def __init__(self, address: str, secret: str, ask) -> None:
        self.statuses: Counter[int] = Counter()
        self.booked = 0
        self.failed: list[str] = []
        self._over, self._ask = Event(), ask
        self._client = httpx.Client(
            base_url=f"{address}/api/v1/",
            timeout=30,
            headers={"Authorization": f"Bearer {secret}", "If-Match": "*"},
        )

    def calling(self) -> AbstractContextManager[None]:
        return beside(self._call, over=self._over)

    def _call(self) -> None:
        number, waiting = 0, list[Future[None]]()
        with ThreadPoolExecutor(A_SECOND) as pool:
            while not self._over.wait(1 / A_SECOND):
                number += 1
                waiting.append(pool.submit(self._one, *self._ask(number)))
        for one in waiting:
            one.result()

    def _one(self, method: str, path: str, body: dict | None) -> None:
        keyed = {"Idempotency-Key": str(uuid4())} if body else {}
        try:
            answer = self._client.request(method, path, json=body, headers=keyed)
        except httpx.HTTPError as fault:
            self.failed.append(f"{method} {path}: {type(fault).__name__} {fault}")
            return
        self.statuses[answer.status_code] += 1
        self.booked += answer.status_code == 201 and path.endswith("/book/")
        if answer.status_code not in (200, 201, 409):
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")


@pytest.mark.experiment("F6", "rolling restart behind a proxy, 20 requests a second")
def test_a_rolling_restart_behind_a_proxy_fails_no_request_and_leaves_no_half_course(tmp_path: Path, rush):
    world = a_course_world()
    secret = a_key(clinic=world.clinic)[1]
    ask, plans = asks_of(world, secret)
    with Servers(tmp_path, count=2, at=NOW) as servers, a_proxy(servers.backends) as address:
        callers = Callers(address, secret, ask)
        servers.start_all()
        with callers.calling():
            time.sleep(2)
            for number in range(RESTARTS):
                servers.start_anew(servers.backends[number % 2])
            time.sleep(2)

    rush.statuses.update(callers.statuses)
    rush.notes.append(f"{RESTARTS} restarts, {len(callers.failed)} of {callers.statuses.total()} failed")
    assert callers.failed == [], "\n".join(callers.failed)
    registered = Patient.objects.filter(given_name__startswith="Rolled").count()
    assert registered + callers.booked == callers.statuses[201]
    assert callers.booked > 1
    assert_all_or_nothing(plans)
    assert_sound()
