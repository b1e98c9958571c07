"""Whoever the tests of accounts are about."""

import pytest

from clinic.models import User
from tests.support.builders import a_clinic, a_user


@pytest.fixture
def user() -> User:
    return a_user(clinic=a_clinic(), email="noor@clinic.example")
