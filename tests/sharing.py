"""A desk that people share: one browser on a trusted device, and PINs there."""

from clinic.models import Clinic, TrustedDevice, User
from clinic.shared_desk import NewlyTrusted, set_pin, trust_device
from clinic.web.by_pin import COOKIE
from tests.builders import an_actor, an_owner
from tests.cast import NOW
from tests.desk import Desk

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
