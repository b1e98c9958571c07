"""A thread keeps its connection from one request to the next, and waits with it for nobody."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.signals import request_finished, request_started
from django.db import connection

from clinic.models import Clinic
from tests.support.builders import a_clinic

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_next_request_finds_the_connection_open():
    a_clinic()
    before = connection.connection

    request_finished.send(sender=None)
    request_started.send(sender=None)

    assert Clinic.objects.exists()
    assert connection.connection is before is not None


def test_a_connection_that_is_kept_sees_what_others_have_written_since():
    assert not Clinic.objects.exists()
    request_finished.send(sender=None)

    def elsewhere() -> None:
        a_clinic()
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(elsewhere).result()

    request_started.send(sender=None)
    assert Clinic.objects.exists()


@pytest.mark.only_on("sqlite")
def test_a_connection_that_is_kept_holds_no_lock():
    Clinic.objects.exists()
    request_finished.send(sender=None)

    assert connection.connection is not None
    assert not connection.connection.in_transaction
