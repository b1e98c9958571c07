"""What the tests of importing share: a clinic whose patients were brought over."""

import pytest

from tests.support.acts.imports import patients_brought
from tests.support.worlds import World, a_course_world


@pytest.fixture
def world() -> World:
    world = a_course_world()
    patients_brought(world)
    return world
