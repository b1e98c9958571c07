"""Much is deleted a few rows at a time: nobody waits long for a lock meanwhile."""

import pytest
from django.db import connection

from clinic.models import IdempotentReply
from tests.support.builders import a_clinic
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic():
    clinic = a_clinic()
    for number in range(7):
        IdempotentReply.objects.create(
            clinic=clinic, asked_by="key", key=f"{number}", fingerprint="", created_at=NOW
        )
    return clinic


def test_rows_go_in_slices_each_in_a_transaction_of_its_own(clinic):
    deleted: list[bool] = []

    def note(execute, statement, params, many, context):
        if statement.startswith("DELETE"):
            deleted.append(len(params) <= 3)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        count = IdempotentReply.objects.of_clinic(clinic.pk).delete_in_slices(most=3)

    assert count == 7
    assert deleted == [True, True, True]
    assert not IdempotentReply.objects.exists()


def test_what_is_interrupted_has_deleted_whole_slices_and_goes_on(clinic):
    seen: list[str] = []

    def die_at_the_second(execute, statement, params, many, context):
        if statement.startswith("DELETE"):
            seen.append(statement)
            if len(seen) == 2:
                raise InterruptedError
        return execute(statement, params, many, context)

    rows = IdempotentReply.objects.of_clinic(clinic.pk)
    with connection.execute_wrapper(die_at_the_second), pytest.raises(InterruptedError):
        rows.delete_in_slices(most=3)
    left = rows.count()

    assert left == 4
    assert rows.delete_in_slices(most=3) == 4


def test_only_what_was_asked_for_goes(clinic):
    other = a_clinic()
    IdempotentReply.objects.create(clinic=other, asked_by="key", key="0", fingerprint="", created_at=NOW)

    IdempotentReply.objects.of_clinic(clinic.pk).delete_in_slices(most=3)

    assert IdempotentReply.objects.count() == 1
