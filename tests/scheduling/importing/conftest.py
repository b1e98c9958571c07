"""What several tests of importing share."""

import pytest

from tests.support.acts.imports import patients_brought
from tests.support.worlds import World


@pytest.fixture
def patients_are_known(world: World) -> None:
    """The clinic's patients were brought over before."""
    patients_brought(world)
