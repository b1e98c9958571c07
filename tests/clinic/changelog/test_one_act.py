"""An act numbers all that was logged in it at its end, and forgets what was taken back."""

from functools import partial
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.changelog.log import Written, one_act, record_changes
from clinic.models import Change, ChangeKind, Clinic
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.database.log import logged
from tests.support.database.rivals import at_once


class Refusal(Exception):
    pass


@pytest.fixture
def clinic(db) -> Clinic:
    return a_clinic()


def write(clinic: Clinic, *uuids: UUID) -> None:
    """Something logged by an act of its own."""
    with one_act():
        written = [Written(ChangeKind.SITE, uuid, 1) for uuid in uuids]
        record_changes(clinic_id=clinic.pk, written=written, now=NOW)


def write_and_take_back(clinic: Clinic) -> None:
    with one_act():
        write(clinic, uuid4())
        raise Refusal


@transaction.atomic
def write_in_a_savepoint_and_take_back(clinic: Clinic) -> None:
    write(clinic, uuid4())
    raise Refusal


def commit_without_a_number(clinic: Clinic) -> None:
    with one_act():
        write(clinic, uuid4())
        # Under another guise it is not found at the end of the act.
        transaction.on_commit(partial(connection.run_on_commit[-1][1]))


def uuids(changes: list[Change]) -> list[UUID]:
    return [change.object_uuid for change in changes]


def test_acts_within_an_act_are_numbered_once_at_its_end(clinic):
    first, second, third = uuid4(), uuid4(), uuid4()

    with logged(clinic) as written, CaptureQueriesContext(connection) as asked, one_act():
        write(clinic, first)
        write(clinic, second, third)
        numbered_meanwhile = Change.objects.exists()

    statements = [one["sql"] for one in asked if "scheduling_change" in one["sql"]]
    assert uuids(written) == [first, second, third]
    assert not numbered_meanwhile
    assert [sql.split()[0] for sql in statements] == ["SELECT", "UPDATE", "INSERT"]


def test_what_an_act_within_took_back_is_forgotten(clinic):
    kept, also_kept = uuid4(), uuid4()

    with logged(clinic) as written, one_act():
        write(clinic, kept)
        with pytest.raises(Refusal):
            write_and_take_back(clinic)
        write(clinic, also_kept)

    assert uuids(written) == [kept, also_kept]


def test_so_is_what_was_done_in_any_savepoint_that_was_taken_back(clinic):
    kept = uuid4()

    with logged(clinic) as written, one_act():
        with pytest.raises(Refusal):
            write_in_a_savepoint_and_take_back(clinic)
        with transaction.atomic():
            write(clinic, uuid4())
            transaction.set_rollback(True)
        with transaction.atomic():
            write(clinic, kept)

    assert uuids(written) == [kept]


def test_an_act_that_is_refused_leaves_nothing_for_the_next(clinic):
    kept = uuid4()
    with pytest.raises(Refusal):
        write_and_take_back(clinic)
    with one_act():
        write(clinic, uuid4())
        transaction.set_rollback(True)

    with logged(clinic) as written:
        write(clinic, kept)

    assert uuids(written) == [kept]


@pytest.mark.django_db(transaction=True)
def test_nor_does_one_whose_transaction_was_the_whole(clinic):
    kept = uuid4()
    with pytest.raises(Refusal):
        write_and_take_back(clinic)

    with logged(clinic) as written:
        write(clinic, kept)

    assert uuids(written) == [kept]
    assert connection.run_on_commit == []


@pytest.mark.django_db(transaction=True)
def test_what_an_act_put_off_until_its_commit_is_an_act_of_its_own(clinic):
    first, second = uuid4(), uuid4()

    with logged(clinic) as written, one_act():
        transaction.on_commit(lambda: write(clinic, second))
        write(clinic, first)

    assert uuids(written) == [first, second]
    assert connection.run_on_commit == []


def test_an_act_on_two_clinics_is_numbered_in_each(clinic):
    other, here, there = a_clinic(), uuid4(), uuid4()

    with logged(clinic) as written, logged(other) as written_there, one_act():
        write(other, there)
        write(clinic, here)

    assert (uuids(written), uuids(written_there)) == ([here], [there])


def test_without_an_act_it_is_numbered_at_once(clinic):
    with transaction.atomic(), logged(clinic) as written:
        record_changes(clinic_id=clinic.pk, written=[Written(ChangeKind.SITE, uuid4(), 1)], now=NOW)

    assert len(written) == 1


def test_an_act_that_logs_nothing_asks_for_no_number(clinic, django_assert_num_queries):
    # A savepoint of the test's own transaction, made and released.
    with django_assert_num_queries(2), one_act():
        record_changes(clinic_id=clinic.pk, written=[], now=NOW)


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_without_a_number_is_an_error(clinic):
    """Nothing of ours can do that: the end of the act is where its numbers are given."""
    with pytest.raises(RuntimeError, match="has no numbers"):
        commit_without_a_number(clinic)


def test_each_change_has_a_mark_of_its_own(clinic):
    write(clinic, *(uuid4() for _ in range(50)))

    marks = set(Change.objects.values_list("mark", flat=True))
    assert len(marks) == 50
    assert min(marks) < 0 < max(marks)
    assert all(-(2**63) <= mark < 2**63 for mark in marks)


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_an_act_under_way_keeps_nobody_from_a_number(clinic):
    """Its number is the last thing it takes: whoever is quicker has an earlier one."""
    slow, quick, has_logged, may_end = uuid4(), uuid4(), Event(), Event()

    def slowly() -> None:
        with one_act():
            write(clinic, slow)
            has_logged.set()
            may_end.wait(30)
        connection.close()

    thread = Thread(target=slowly)
    thread.start()
    assert has_logged.wait(30)
    at_once([lambda: write(clinic, quick)])
    may_end.set()
    thread.join(30)

    assert list(Change.objects.order_by("number").values_list("object_uuid", flat=True)) == [quick, slow]
