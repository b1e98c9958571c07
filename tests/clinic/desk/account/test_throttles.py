"""How often one may try: counted in the database, so that every web process counts on."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection

from tests.support.builders import a_clinic, a_user
from tests.support.desk import Desk
from tests.support.second_step import code_at, password_given, set_up_app

pytestmark = pytest.mark.django_db
TOO_OFTEN = "That was tried too often. Wait five minutes, then try again."


def guess(times: int, email: str, **where: str) -> list[str]:
    """That many wrong passwords, each from a browser of its own."""
    return [password_given(Desk(), email, f"a wrong password {time}").text for time in range(times)]


def test_after_five_wrong_passwords_the_right_one_waits_too(user):
    told = guess(5, user.email)

    answer = password_given(Desk(), user.email)

    assert not any(TOO_OFTEN in text for text in told)
    assert answer.status == 422
    assert TOO_OFTEN in answer.text


def test_five_minutes_later_one_may_try_again(user):
    guess(6, user.email)
    desk = Desk()
    desk.now += timedelta(minutes=5, seconds=1)

    assert password_given(desk, user.email).location == "/"


def test_an_address_that_nobody_has_is_counted_alike(user):
    guess(5, "nobody@clinic.example")

    assert TOO_OFTEN in guess(1, "nobody@clinic.example")[0]


def test_one_persons_wrong_passwords_do_not_keep_another_out(user):
    other = a_user(clinic=a_clinic(), email="ada@clinic.example")
    guess(5, user.email)

    assert password_given(Desk(), other.email).location == "/"


def test_the_count_lies_in_the_database_and_holds_in_every_process(user):
    guess(5, user.email)

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM coursebook_cache WHERE cache_key LIKE '%login_failed%'")
        (kept,) = cursor.fetchone()

    # What a process holds in its own memory would be gone with its connection to the cache.
    del caches["default"]
    assert isinstance(caches["default"], DatabaseCache)
    assert kept >= 2
    assert TOO_OFTEN in password_given(Desk(), user.email).text


def test_more_than_thirty_tries_a_minute_from_one_address_are_answered_with_a_page_that_says_so(user):
    desk = Desk()
    said = {"login": "", "password": ""}

    answers = [desk.post("/sign-in/", said) for _ in range(31)]

    assert [answer.status for answer in answers] == [422] * 30 + [429]
    assert "Wait five minutes, then try again" in answers[-1].text
    assert desk.get("/sign-in/").status == 200


def test_an_address_that_a_client_claims_is_not_believed(user):
    clients = [Desk() for _ in range(31)]
    for number, desk in enumerate(clients):
        desk.client.defaults["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"

    answers = [desk.post("/sign-in/", {"login": "", "password": ""}) for desk in clients]

    assert answers[-1].status == 429


def test_behind_a_proxy_of_ours_its_word_is_taken(user, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    clients = [Desk() for _ in range(31)]
    for number, desk in enumerate(clients):
        desk.client.defaults["HTTP_X_FORWARDED_FOR"] = f"198.51.100.1, 203.0.113.{number}"

    answers = [desk.post("/sign-in/", {"login": "", "password": ""}) for desk in clients]

    assert answers[-1].status == 422


def test_asking_for_a_new_password_again_and_again_is_answered_with_a_page_that_says_so(user, mailoutbox):
    desk = Desk()

    answers = [desk.post("/password/", {"email": user.email}) for _ in range(6)]

    assert [answer.status for answer in answers] == [302] * 5 + [429]
    assert len(mailoutbox) == 5


def test_after_five_wrong_codes_the_right_one_waits_too(user):
    owner = Desk(user)
    secret, _ = set_up_app(owner)
    desk = Desk(now=owner.now)
    step = desk.follow(password_given(desk, user.email))
    wrong = [desk.send(step, "Sign in", code="000000").text for _ in range(5)]

    answer = desk.send(step, "Sign in", code=code_at(secret, desk.now))

    assert not any(TOO_OFTEN in text for text in wrong)
    assert TOO_OFTEN in answer.text
    assert desk.get("/").status == 302


def test_the_password_that_is_asked_for_again_is_counted_too(user):
    desk = Desk(user)
    page = desk.follow(desk.get("/account/e-mail/"))

    answers = [desk.send(page, "Go on", password=f"wrong {number}").text for number in range(6)]

    assert TOO_OFTEN in answers[-1]
