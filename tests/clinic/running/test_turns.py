"""On SQLite those who write take turns: whoever came first is served first."""

from threading import Thread

import pytest
from django.db import connection, transaction

from clinic.models import Clinic
from clinic.running.sqlite3.turns import Turns
from tests.support.builders import a_clinic


def test_turns_are_given_in_the_order_in_which_they_were_asked_for():
    turns, served = Turns(), []
    assert turns.take(within_seconds=0)

    def wait(name: str) -> None:
        assert turns.take(within_seconds=20)
        served.append(name)
        turns.give_up()

    threads = [Thread(target=wait, args=[name]) for name in ("first", "second", "third")]
    for number, thread in enumerate(threads):
        thread.start()
        while len(turns._waiting) <= number:
            pass
    turns.give_up()
    for thread in threads:
        thread.join()

    assert served == ["first", "second", "third"]


def test_who_waited_too_long_goes_without_and_keeps_nobody_from_it():
    turns = Turns()
    turns.take(within_seconds=0)

    assert not turns.take(within_seconds=0.01)

    turns.give_up()
    assert turns.take(within_seconds=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("sqlite")  # PostgreSQL locks rows, and queues whoever waits for them
@pytest.mark.parametrize("ends_by", ["commit", "rollback", "close"])
def test_a_transaction_gives_its_turn_up_however_it_ends(ends_by):
    clinic = a_clinic()

    def write() -> None:
        with transaction.atomic():
            Clinic.objects.filter(pk=clinic.pk).update(name="Theirs")
            if ends_by == "rollback":
                transaction.set_rollback(True)
        connection.close()

    def break_off() -> None:
        transaction.set_autocommit(False)
        Clinic.objects.filter(pk=clinic.pk).update(name="Theirs")
        connection.close()

    thread = Thread(target=break_off if ends_by == "close" else write)
    thread.start()
    thread.join()
    Clinic.objects.filter(pk=clinic.pk).update(slug="ours")
    with transaction.atomic():
        clinic.refresh_from_db()

    assert clinic.slug == "ours"
    assert clinic.name == ("Theirs" if ends_by == "commit" else clinic.name)
