"""What the tests of the desk share: the browser of its receptionist."""

import pytest

from tests.support.desk import Desk, reception


@pytest.fixture
def desk(world) -> Desk:
    return reception(world)
