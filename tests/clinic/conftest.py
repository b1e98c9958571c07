"""A clinic whose receptionists Noor and Bo share a desk."""

import pytest

from tests.support.builders import a_clinic, a_user
from tests.support.desk import Desk
from tests.support.sharing import OTHER_PIN, a_pin, a_trusted_device, shared_by_two
from tests.support.worlds import a_course_world


@pytest.fixture
def clinic():
    return a_clinic(name="Hair and Skin")


@pytest.fixture
def noor(clinic):
    return a_user(clinic=clinic, name="Noor Bakker")


@pytest.fixture
def bo(clinic):
    return a_user(clinic=clinic, name="Bo Smit")


@pytest.fixture
def trusted(clinic, noor, bo):
    """A device on which Noor and Bo have PINs."""
    trusted = a_trusted_device(clinic=clinic)
    a_pin(device=trusted.device, user=noor)
    a_pin(device=trusted.device, user=bo, pin=OTHER_PIN)
    return trusted


@pytest.fixture
def world():
    return a_course_world()


@pytest.fixture
def desk(world):
    """A browser of one person’s own, just used."""
    desk = Desk(a_user(clinic=world.clinic, name="Noor Bakker"))
    desk.get("/")
    return desk


@pytest.fixture
def shared(world):
    return shared_by_two(clinic=world.clinic)
