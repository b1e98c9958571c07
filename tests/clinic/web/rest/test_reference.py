"""The reference is what the code says."""

import pytest
from django.conf import settings

from clinic.management.commands.api_reference import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_current(name):
    kept = (settings.BASE / "docs" / name).read_text("utf-8")

    assert kept == PAGES[name](), "docs are behind: .venv/bin/python manage.py api_reference"
