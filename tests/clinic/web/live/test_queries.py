"""However many ask, the database is asked as often as the clock says."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.web.live import watch as watching
from clinic.web.live.endpoint import watch
from clinic.web.live.seats import MOST_STATEMENTS
from clinic.web.live.watch import CHECK_SECONDS, EVERY_SECONDS, FORGET_SECONDS
from tests.support.builders import a_clinic, a_user
from tests.support.desk import Desk
from tests.support.live.asking import ask
from tests.support.sharing import PIN, a_pin, a_shared_desk, a_trusted_device, take_over

pytestmark = pytest.mark.django_db


def desks(count, *, clinics=1):
    """So many people in each of so many clinics, each at a page that has asked once."""
    found = [Desk(a_user(clinic=clinic)) for clinic in [a_clinic() for _ in range(clinics)] * count]
    for desk in found:
        assert ask(desk, 0).status == 204
    return found


def asked_by(everyone):
    with CaptureQueriesContext(connection) as asked:
        for desk in everyone:
            assert ask(desk, 0).status == 204
    return len(asked)


@pytest.mark.parametrize(("count", "clinics"), [(1, 1), (10, 1), (4, 5)])
def test_within_half_a_second_no_page_asks_the_database_and_then_one_does_for_all(passing, count, clinics):
    everyone = desks(count, clinics=clinics)

    at_once = asked_by(everyone)
    passing.go(EVERY_SECONDS * MOST_STATEMENTS)
    later = asked_by(everyone)

    assert (at_once, later) == (0, 1)


@pytest.mark.parametrize("count", [1, 12])
def test_a_check_takes_as_many_queries_for_many_as_for_one(passing, count):
    everyone = desks(count)

    passing.go(CHECK_SECONDS)

    assert asked_by(everyone) == 2


def test_a_check_of_sessions_by_pin_takes_one_more(passing, noor, trusted):
    desk = a_shared_desk(trusted)
    take_over(desk, noor, PIN)
    ask(desk, 5)

    passing.go(CHECK_SECONDS)
    with CaptureQueriesContext(connection) as asked:
        ask(desk, 5)

    assert len(asked) == MOST_STATEMENTS


def test_over_a_minute_there_are_at_most_two_queries_a_second(passing):
    clinic = a_clinic()
    device = a_trusted_device(clinic=clinic)
    user = a_user(clinic=clinic)
    a_pin(device=device.device, user=user)
    by_pin = a_shared_desk(device)
    take_over(by_pin, user, PIN)
    everyone = desks(5)
    ask(by_pin, 0)

    with CaptureQueriesContext(connection) as asked:
        for _ in range(600):
            passing.go(0.1)
            ask(by_pin, 0)
            for desk in everyone:
                ask(desk, 0)

    assert 80 <= len(asked) <= 120


def test_someone_new_is_looked_up_with_two_queries_and_then_known(passing):
    desks(1)
    newcomer = Desk(a_user(clinic=a_clinic()))

    assert asked_by([newcomer]) == 2
    assert asked_by([newcomer]) == 0


@pytest.mark.parametrize(("cookie", "queries"), [("", 0), ("x" * 41, 0), ("x" * 32, 1)])
def test_a_made_up_session_costs_one_query_at_most_and_is_not_kept(passing, cookie, queries):
    desk = Desk()
    desk.client.cookies["sessionid"] = cookie

    with CaptureQueriesContext(connection) as asked:
        told = ask(desk, 0)

    assert told.code == "not_at_desk"
    assert len(asked) == queries
    assert watch._known == {}


def test_a_page_that_asks_no_more_is_forgotten(passing):
    _gone, stays = desks(2)
    for _ in range(int(FORGET_SECONDS + CHECK_SECONDS)):
        passing.go(1)
        ask(stays, 0)

    assert list(watch._known) == [stays.client.cookies["sessionid"].value]


def test_of_more_sessions_than_are_kept_the_first_goes(passing, monkeypatch):
    monkeypatch.setattr(watching, "MOST_SESSIONS", 2)

    everyone = desks(3)

    assert len(watch._known) == 2
    assert {ask(desk, 0).status for desk in everyone} == {204}
