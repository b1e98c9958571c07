"""What a page is told that asks whether anything has changed in the clinic."""

import logging
import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.models import ChangeCounter
from clinic.web.live.endpoint import watch
from clinic.web.live.watch import EVERY_SECONDS, Asking, Watch
from tests.support.builders import a_clinic, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk
from tests.support.failing import a_database_that_raises
from tests.support.live.asking import NEVER, ask, something_changes

pytestmark = pytest.mark.django_db


def last_change(clinic):
    return ChangeCounter.objects.get(clinic=clinic).last_number


def number_on(page):
    (number,) = re.findall(r'data-since="(\d+)"', page.html)
    return int(number)


def key_of(desk):
    return Asking(desk.client.cookies["sessionid"].value)


def test_a_page_is_told_nothing_until_something_changes_and_then_the_new_number(world, desk, passing):
    since = number_on(desk.get("/"))

    quiet = ask(desk, since)
    something_changes(world.clinic)
    passing.go(EVERY_SECONDS)
    told = ask(desk, since)

    assert (quiet.status, quiet.said) == (204, {})
    assert (told.status, told.said) == (200, {"number": last_change(world.clinic)})
    assert told.number > since
    assert ask(desk, told.number).status == 204


def test_the_number_on_a_page_is_read_before_anything_that_it_shows(desk):
    with CaptureQueriesContext(connection) as asked:
        desk.get("/")

    tables = [re.findall(r'(?:FROM|INTO|UPDATE) "(\w+)"', query["sql"])[:1] for query in asked]
    who_sits_here = [["django_session"], ["clinic_user"], ["scheduling_changecounter"]]
    assert tables[:3] == who_sits_here


@pytest.mark.parametrize("since", ["", "x", "-1", "1.5", "0x1", "１", " 1", "9" * 19])
def test_what_is_no_number_is_refused_with_a_sentence(desk, since):
    told = ask(desk, since)

    assert (told.status, told.code) == (400, "malformed_since")
    assert "digits alone" in told.said["detail"]


def test_a_number_beyond_ours_is_a_change_for_the_database_was_restored(world, desk):
    told = ask(desk, last_change(world.clinic) + 5)

    assert (told.status, told.number) == (200, last_change(world.clinic))


def test_a_counter_that_goes_back_is_a_change(world, desk, passing):
    something_changes(world.clinic)
    since = ask(desk).number
    ChangeCounter.objects.filter(clinic=world.clinic).update(last_number=since - 1)

    passing.go(EVERY_SECONDS)

    assert ask(desk, since).number == since - 1


def test_a_clinic_in_which_nothing_was_ever_written_stands_at_none():
    clinic = a_clinic()
    ChangeCounter.objects.filter(clinic=clinic).delete()
    desk = Desk(a_user(clinic=clinic))

    assert ask(desk, 0).status == 204
    assert number_on(desk.get("/")) == 0


def test_of_many_clinics_each_desk_is_told_of_its_own(passing):
    desks = {clinic: Desk(a_user(clinic=clinic)) for clinic in (a_clinic() for _ in range(5))}
    since = {clinic: last_change(clinic) for clinic in desks}
    assert {ask(desk, since[clinic]).status for clinic, desk in desks.items()} == {204}
    changed = list(desks)[2]

    something_changes(changed)
    passing.go(EVERY_SECONDS)

    told = {clinic: ask(desk, since[clinic]).status for clinic, desk in desks.items()}
    assert told == {clinic: 200 if clinic == changed else 204 for clinic in desks}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_other_methods_are_none(desk, method):
    answer = getattr(desk.client, method)("/live/")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"


def test_head_answers_as_get_without_a_body(desk):
    with desk.clock():
        told = desk.client.head("/live/?since=7")

    assert (told.status_code, told.content) == (200, b"")


def test_no_answer_is_kept_or_renews_a_cookie(desk):
    with desk.clock():
        answers = [desk.client.get("/live/", {"since": since}) for since in (NEVER, "x")]

    assert [answer.headers["Cache-Control"] for answer in answers] == ["no-store"] * 2
    assert [list(answer.cookies) for answer in answers] == [[], []]
    # Whoever reads the session says so.
    assert not any("Cookie" in answer.headers.get("Vary", "") for answer in answers)


def test_asking_neither_uses_nor_renews_the_session(desk):
    before = list(Session.objects.values()), list(UserSession.objects.values())

    for _ in range(30):
        desk.now += timedelta(minutes=0.3)
        assert ask(desk).status == 200

    assert (list(Session.objects.values()), list(UserSession.objects.values())) == before


def test_asking_leaves_no_line_in_the_log(desk, caplog):
    caplog.set_level(logging.DEBUG)

    ask(desk, 0)

    assert {record.levelname for record in caplog.records if record.name.startswith("clinic")} <= {"DEBUG"}


def test_each_process_sees_a_change_within_its_own_half_second(world, desk, passing):
    one, other = Watch(), Watch()
    before = [process.number_for(key_of(desk), now=NOW) for process in (one, other)]

    something_changes(world.clinic)
    passing.go(EVERY_SECONDS / 2)
    soon = [process.number_for(key_of(desk), now=NOW) for process in (one, other)]
    passing.go(EVERY_SECONDS * 3)
    later = [process.number_for(key_of(desk), now=NOW) for process in (one, other)]

    assert before == soon
    assert later == [last_change(world.clinic)] * 2


def test_a_process_that_starts_again_goes_on(world, desk):
    since = ask(desk).number

    watch.forget()

    assert ask(desk, since).status == 204


def test_a_wall_clock_that_goes_back_holds_nothing_up(world, desk, passing):
    since = ask(desk).number
    something_changes(world.clinic)

    desk.now -= timedelta(hours=3)
    passing.go(EVERY_SECONDS)

    assert ask(desk, since).status == 200


def test_without_the_database_one_asks_in_vain_and_the_others_go_by_what_is_known(desk, passing):
    since = ask(desk).number
    passing.go(EVERY_SECONDS * 3)

    with a_database_that_raises(OperationalError("gone")):
        with desk.clock():
            first = desk.client.get("/live/", {"since": since})
        others = [ask(desk, since).status for _ in range(5)]

    assert (first.status_code, first.headers["Retry-After"]) == (503, "5")
    assert first.json()["code"] == "database_down"
    assert others == [204] * 5


def test_nobody_who_is_not_signed_in_is_told_anything():
    told = ask(Desk(client=Client()), 0)

    assert (told.status, told.code) == (403, "not_at_desk")
