"""A desk that people share: one browser on a trusted device, and PINs there."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clinic.access.shared_desk import NewlyTrusted, set_pin, trust_device
from clinic.models import Clinic, TrustedDevice, User
from clinic.web.desk.by_pin import COOKIE
from tests.support.builders import a_user, an_actor, an_owner
from tests.support.cast import NOW
from tests.support.desk import Desk, Page

PIN, OTHER_PIN, WRONG_PIN = "4711", "8203", "9052"


def a_trusted_device(*, clinic: Clinic, label: str = "Front desk", now=NOW) -> NewlyTrusted:
    return trust_device(label=label, is_by_pin=False, by=an_owner(clinic=clinic), now=now)


def a_pin(*, device: TrustedDevice, user: User, pin: str = PIN, now=NOW) -> None:
    """A PIN of the user's, as set after a full sign-in on the device."""
    by = an_actor(clinic=device.clinic, user=user)
    set_pin(device=device, pin=pin, is_by_pin=False, by=by, now=now)


def a_shared_desk(trusted: NewlyTrusted, *, user: User | None = None, now=NOW) -> Desk:
    """A browser on that device, with the user signed in fully or with nobody."""
    desk = Desk(user, now=now)
    desk.client.cookies[COOKIE] = trusted.secret
    return desk


@dataclass(frozen=True)
class SharedByTwo:
    """Noor, signed in fully and just at work on the device that she shares with Bo."""

    desk: Desk
    noor: User
    bo: User


def shared_by_two(*, clinic: Clinic) -> SharedByTwo:
    """Noor has `PIN`, Bo has `OTHER_PIN`."""
    noor, bo = a_user(clinic=clinic, name="Noor Bakker"), a_user(clinic=clinic, name="Bo Smit")
    trusted = a_trusted_device(clinic=clinic)
    a_pin(device=trusted.device, user=noor)
    a_pin(device=trusted.device, user=bo, pin=OTHER_PIN)
    desk = a_shared_desk(trusted, user=noor)
    desk.get("/")
    return SharedByTwo(desk, noor, bo)


def take_over(desk: Desk, user: User, pin: str, **more: str) -> Page:
    return desk.post("/desk/switch/", {"who": str(user.uuid), "pin": pin, **more})


def leave_alone(desk: Desk, minutes: float = 10) -> None:
    desk.now += timedelta(minutes=minutes)


def is_lock(page: Page) -> bool:
    return "Locked" in page.text and any("lock-secret" in form.fields for form in page.seen.forms[:1])


def unlock(desk: Desk, page: Page, secret: str) -> Page:
    return desk.send(page, "Unlock", **{"lock-secret": secret})


def ask(desk: Desk, url: str, said: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and answer, asked as the page’s own script asks."""
    with desk.clock():
        answer = desk.client.post(url, said, headers={"accept": "application/json"})
    return answer.status_code, json.loads(answer.content) if answer.content else None
