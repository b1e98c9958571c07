"""The change log: numbers without a gap, each clinic its own, and no slow transaction is ever skipped."""

from dataclasses import dataclass, replace
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from clinic.changelog.log import NOBODY, Written, plan_written, record_changes, session_written
from clinic.models import Audience, Change, ChangeCounter, ChangeKind, Clinic
from tests.support.builders import a_clinic
from tests.support.cast import NOW
from tests.support.database.rivals import at_once


def written(*uuids: UUID) -> list[Written]:
    before, after = Audience((5,), (1,)), Audience((5, 6), (2,))
    return [Written(ChangeKind.SESSION, uuid, 1, before, after) for uuid in uuids]


@dataclass(frozen=True)
class Booked:
    """A session of patient 7, as far as the log asks."""

    uuid: UUID
    version: int = 3
    patient_id: int = 7
    site_id: int | None = 2


def numbers(clinic: Clinic) -> list[int]:
    return sorted(Change.objects.of_clinic(clinic.pk).values_list("number", flat=True))


def record(clinic: Clinic, count: int) -> None:
    with transaction.atomic():
        record_changes(clinic_id=clinic.pk, written=written(*(uuid4() for _ in range(count))), now=NOW)


def test_a_session_says_itself_whose_it_is_and_where():
    session = Booked(uuid4())

    written = session_written(session, before=[6, 5], after=[5])

    assert (written.uuid, written.version) == (session.uuid, 3)
    assert (written.before, written.after) == (Audience((5, 6), (2,), 7), Audience((5,), (2,), 7))


def test_a_session_that_was_elsewhere_is_told_of_there_too():
    moved = session_written(Booked(uuid4()), before=[5], after=[5], sites_before=[1])

    assert (moved.before.sites, moved.after.sites) == ((1,), (2,))


def test_a_new_session_concerned_nobody_and_one_that_is_gone_concerns_nobody():
    session = Booked(uuid4())

    new, gone = session_written(session, after=[5]), session_written(session, before=[5])

    assert (new.before, gone.after) == (NOBODY, NOBODY)
    assert new.after == gone.before == Audience((5,), (2,), 7)


def test_a_session_that_is_due_and_a_plan_are_nowhere():
    due = replace(Booked(uuid4()), site_id=None)

    session, plan = session_written(due, after=[5]), plan_written(due, patient_diary_id=5)

    assert session.after == plan.before == plan.after == Audience((5,), (), 7)


@pytest.mark.django_db
def test_writes_are_numbered_in_their_order_and_the_counter_tells_the_last():
    clinic, first, second = a_clinic(), uuid4(), uuid4()

    record_changes(clinic_id=clinic.pk, written=written(first, second), now=NOW)

    rows = Change.objects.of_clinic(clinic.pk).order_by("number")
    assert list(rows.values_list("number", "object_uuid")) == [(1, first), (2, second)]
    assert ChangeCounter.objects.of_clinic(clinic.pk).get().last_number == 2
    assert (rows[0].diaries_before, rows[0].diaries_after, rows[0].changed_at) == ([5], [5, 6], NOW)
    assert (rows[0].sites_before, rows[0].sites_after, rows[0].patient) == ([1], [2], None)


@pytest.mark.django_db
def test_each_clinic_counts_its_own():
    one, other = a_clinic(), a_clinic()
    record(one, 3)

    record(other, 1)

    assert (numbers(one), numbers(other)) == ([1, 2, 3], [1])


@pytest.mark.django_db
def test_a_write_that_is_taken_back_leaves_no_gap():
    clinic = a_clinic()
    with transaction.atomic():
        record_changes(clinic_id=clinic.pk, written=written(uuid4()), now=NOW)
        transaction.set_rollback(True)

    record(clinic, 2)

    assert numbers(clinic) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_many_who_write_at_once_leave_no_gap_and_no_number_twice():
    clinic = a_clinic()

    at_once([lambda: record(clinic, 3)] * 8)

    assert numbers(clinic) == list(range(1, 25))


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_nobody_is_numbered_after_a_transaction_that_is_still_open():
    """Else a reader who saw the later number would never see the earlier one."""
    clinic, has_number, may_end = a_clinic(), Event(), Event()
    record(clinic, 1)

    def slow() -> None:
        with transaction.atomic():
            record_changes(clinic_id=clinic.pk, written=written(uuid4()), now=NOW)
            has_number.set()
            may_end.wait(30)
        connection.close()

    thread = Thread(target=slow)
    thread.start()
    assert has_number.wait(30)
    quick = Thread(target=at_once, args=([lambda: record(clinic, 1)],))
    quick.start()
    quick.join(0.5)

    seen_meanwhile, is_waiting = numbers(clinic), quick.is_alive()
    may_end.set()
    thread.join(30)
    quick.join(30)

    assert is_waiting
    assert seen_meanwhile == [1]
    assert numbers(clinic) == [1, 2, 3]
