"""Acts that clash in the database are begun anew, a few times, and nothing else is."""

import pytest
from django.db import IntegrityError, OperationalError, transaction

from clinic.web import retrying
from clinic.web.retrying import TRIES, retried

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(retrying, "_LONGEST_PAUSE", 0)


class Clashing:
    """Fails so many times, then answers."""

    def __init__(self, times: int, error: Exception) -> None:
        self.left, self.tries, self.error = times, 0, error

    def __call__(self) -> str:
        self.tries += 1
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


def a_clash() -> OperationalError:
    return OperationalError("database is locked")


def a_deadlock() -> OperationalError:
    error, cause = OperationalError("deadlock detected"), Exception()
    setattr(cause, "sqlstate", "40P01")  # noqa: B010  (as psycopg marks it)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("error", [a_clash(), a_deadlock()])
def test_who_clashed_is_served_without_noticing(error):
    act = Clashing(TRIES - 1, error)

    assert retried(act) == "done"
    assert act.tries == TRIES


def test_who_clashes_every_time_is_told_so():
    act = Clashing(TRIES, a_clash())

    with pytest.raises(OperationalError):
        retried(act)

    assert act.tries == TRIES


@pytest.mark.parametrize("error", [OperationalError("gone"), IntegrityError("twice")])
def test_what_is_no_clash_is_not_tried_again(error):
    act = Clashing(1, error)

    with pytest.raises(type(error)):
        retried(act)

    assert act.tries == 1


def test_inside_a_transaction_of_others_nothing_is_tried_again():
    act = Clashing(1, a_clash())

    with pytest.raises(OperationalError), transaction.atomic():
        retried(act)

    assert act.tries == 1
