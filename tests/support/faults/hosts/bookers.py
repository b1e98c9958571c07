"""Programs that book over REST whatever becomes of the service, and what they were told."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock
from uuid import uuid4

import httpx

from scheduling.models import Session
from tests.support.builders import a_key, a_patient
from tests.support.cast import NOW
from tests.support.faults.rush import sized
from tests.support.running.stack import wait_for
from tests.support.worlds import World

PATIENCE_SECONDS = 90
# What a program waits that honours Retry-After; in short nobody has the time.
LONGEST_WAIT_SECONDS = sized(full=5, short=1)
DAYS_A_WEEK, HALF_HOURS = 4, 14


@dataclass
class Wish:
    """A session that one program asks for under one key until it has it; `session` is the id it was told."""

    body: dict[str, str]
    key: str = field(default_factory=lambda: str(uuid4()))
    session: str = ""

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.body["starts_at"])


def wishes_of(world: World, *, count: int) -> list[Wish]:
    """Consultations of as many patients, none of which is in the way of another."""

    def wish(number: int) -> Wish:
        place, doctor = divmod(number, len(world.doctors))
        day, half_hour = divmod(place, HALF_HOURS)
        weeks, on = divmod(day, DAYS_A_WEEK)
        at = NOW + timedelta(weeks=weeks + 1, days=on, minutes=30 * half_hour)
        return Wish(
            {
                "patient": str(a_patient(clinic=world.clinic).uuid),
                "session_type": str(world.session_types["consultation"].uuid),
                "starts_at": at.isoformat(),
                "practitioner": str(world.doctors[doctor].uuid),
            }
        )

    return [wish(number) for number in range(count)]


class Bookers:
    """Each asks for one session after the other; what fails is asked for again with the same key.

    `pause` is how many seconds each waits before the next session.
    """

    def __init__(
        self, address: str, world: World, *, wishes: int, programs: int = 4, pause: float = 0
    ) -> None:
        self.statuses: Counter[int] = Counter()
        self.broken: Counter[str] = Counter()
        self.failed: list[str] = []
        self.slowest = 0.0
        self._wishes, self._taken = iter(wishes_of(world, count=wishes)), list[Wish]()
        self._over, self._turn, self._programs, self._pause = Event(), Lock(), programs, pause
        # The key was last used long ago: that it is used now is for the service to note.
        secret = a_key(clinic=world.clinic, last_used_at=NOW - timedelta(days=1))[1]
        headers = {"Authorization": f"Bearer {secret}", "If-Match": "*"}
        self._client = httpx.Client(base_url=f"{address}/api/v1/", timeout=30, headers=headers)

    @property
    def acknowledged(self) -> int:
        return sum(bool(wish.session) for wish in self._taken)

    def wait_for(self, count: int) -> None:
        """Returns when so many bookings are acknowledged."""
        wait_for(lambda: self.acknowledged >= count, what=f"{count} bookings", seconds=PATIENCE_SECONDS)

    @contextmanager
    def booking(self) -> Iterator[None]:
        """Meanwhile they ask; in the end each waits for the answer to what it has begun."""
        with ThreadPoolExecutor(self._programs) as pool:
            working = [pool.submit(self._ask_on) for _ in range(self._programs)]
            try:
                yield
            finally:
                self._over.set()
        for one in working:
            one.result()

    def figures(self) -> str:
        said = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        broken = sum(self.broken.values())
        return (
            f"{self.acknowledged} booked ({said}, {broken} without an answer), slowest {self.slowest:.1f} s"
        )

    def assert_stands(self) -> None:
        """What was acknowledged stands as it was, nobody has a twin, and nothing else failed."""
        assert not self.failed, "\n".join(self.failed)
        rows = {str(row.uuid): row for row in Session.objects.select_related("patient")}
        assert {wish.session for wish in self._taken} <= rows.keys()
        for wish in self._taken:
            row = rows[wish.session]
            stands = (str(row.patient.uuid), row.status, row.starts_at)
            assert stands == (wish.body["patient"], "booked", wish.starts_at)
        asked_for = {wish.body["patient"] for wish in self._taken}
        found = Counter(str(row.patient.uuid) for row in rows.values())
        assert [who for who in asked_for if found[who] != 1] == []

    def ask_again(self, *, most: int) -> None:
        """The same keys once more: the same answers."""
        for wish in self._taken[:most]:
            answer = self._posted(wish)
            assert answer.status_code == 201, answer.text
            assert answer.json()["id"] == wish.session

    def _ask_on(self) -> None:
        while not self._over.wait(self._pause):
            with self._turn:
                wish = next(self._wishes, None)
                if wish is None:
                    return
                self._taken.append(wish)
            self._ask_until_booked(wish)

    def _ask_until_booked(self, wish: Wish) -> None:
        gives_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < gives_up_at:
            try:
                answer = self._posted(wish)
            except httpx.HTTPError as fault:
                self.broken[type(fault).__name__] += 1
                time.sleep(0.2)
                continue
            self.statuses[answer.status_code] += 1
            if answer.status_code == 201:
                wish.session = answer.json()["id"]
                return
            if answer.status_code != 503:
                self.failed.append(f"{answer.status_code} {answer.text[:300]}")
                return
            time.sleep(min(int(answer.headers["Retry-After"]), LONGEST_WAIT_SECONDS))
        self.failed.append(f"Nobody booked it within {PATIENCE_SECONDS} s.")

    def _posted(self, wish: Wish) -> httpx.Response:
        began = time.monotonic()
        answer = self._client.post("sessions/", json=wish.body, headers={"Idempotency-Key": wish.key})
        self.slowest = max(self.slowest, time.monotonic() - began)
        return answer
