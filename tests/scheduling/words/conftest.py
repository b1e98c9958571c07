"""What the tests of words share: a doctor who can be named, and who sits at the desk."""

import pytest

from clinic.identity.actors import Actor
from clinic.models import User
from tests.support.builders import a_user, an_actor
from tests.support.words.spoken import a_speaker, on_the_word_of


@pytest.fixture
def doctor(world) -> User:
    return a_speaker(world=world)


@pytest.fixture
def desk(world) -> Actor:
    """Noor at the desk, who signs in."""
    return an_actor(clinic=world.clinic, user=a_user(clinic=world.clinic, name="Noor"))


@pytest.fixture
def on_word(doctor, desk) -> Actor:
    return on_the_word_of(doctor, by=desk)
