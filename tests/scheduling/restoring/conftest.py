"""The command that lets mail go, at the clock of the tests."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from tests.support.cast import NOW
from tests.support.clock import clocks_show


@pytest.fixture
def release(capsys):
    """Run it with these ledgers of other hosts; what it said."""

    def run(*ledgers, **options):
        with clocks_show(NOW + timedelta(minutes=1)):
            call_command("release_mail", *map(str, ledgers), **options)
        told = capsys.readouterr()
        return told.out + told.err

    return run
