"""Seconds that pass only for what a process remembers."""

import pytest

from clinic.web.live import watch
from tests.support.live.asking import Passing


@pytest.fixture
def passing(monkeypatch) -> Passing:
    passing = Passing()
    monkeypatch.setattr(watch, "monotonic", passing.read)
    return passing
