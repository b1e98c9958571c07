"""Where one is signed in, and how that ends."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.models import User
from tests.support.builders import a_clinic, a_user
from tests.support.desk import Desk
from tests.support.second_step import password_given

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


def signed_in_with(user: User, agent: str, address: str = "203.0.113.7") -> Desk:
    desk = Desk()
    desk.client.defaults |= {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": address}
    password_given(desk, user.email)
    desk.get("/")
    return desk


@pytest.mark.parametrize(
    ("agent", "said"),
    [(FIREFOX, "Firefox on Windows"), (EDGE, "Edge on Windows"), (PHONE, "Safari on an iPhone")],
)
def test_each_browser_is_listed_with_its_address_and_when_it_was_last_seen(user, agent, said):
    desk = signed_in_with(user, agent)

    page = desk.get("/account/sessions/")

    assert said in page.text
    assert "203.0.113.7" in page.text
    assert "4 Jan 2027, 08:00 UTC" in page.text
    assert "(this one)" in page.text


def test_when_it_was_last_seen_is_kept_up_to_five_minutes(user):
    desk = signed_in_with(user, FIREFOX)
    desk.now += timedelta(minutes=3)
    desk.get("/")
    before = UserSession.objects.get().last_seen_at
    desk.now += timedelta(minutes=3)

    desk.get("/")

    assert before == desk.now - timedelta(minutes=6)
    assert UserSession.objects.get().last_seen_at == desk.now


def test_looking_at_pages_does_not_write_each_time(user):
    desk = signed_in_with(user, FIREFOX)

    with CaptureQueriesContext(connection) as asked:
        desk.get("/account/name/")

    assert not [query for query in asked if "UPDATE" in query["sql"] or "INSERT" in query["sql"]]


def test_one_browser_is_signed_out_at_once(user):
    lost, desk = signed_in_with(user, PHONE), Desk(user)
    page = desk.get("/account/sessions/")

    answer = desk.post(f"/account/sessions/{UserSession.objects.get(user_agent=PHONE).pk}/end/")

    assert "Safari on an iPhone" in page.text
    assert answer.location == "/account/sessions/"
    assert lost.get("/").status == 302
    assert desk.get("/").status == 200


def test_signing_out_everywhere_else_leaves_this_one(user):
    others = [signed_in_with(user, agent) for agent in (FIREFOX, PHONE)]
    desk = signed_in_with(user, EDGE)

    desk.send(desk.get("/account/sessions/"), "Sign out everywhere else")

    assert [other.get("/").status for other in others] == [302, 302]
    assert desk.get("/").status == 200


def test_nobody_ends_the_session_of_another(user):
    mine = signed_in_with(user, FIREFOX)
    other = Desk(a_user(clinic=a_clinic()))

    other.post(f"/account/sessions/{UserSession.objects.get(user=user).pk}/end/")
    other.post("/account/sessions/others/end/")

    assert mine.get("/").status == 200


@pytest.mark.parametrize("path", ["/account/sessions/others/end/", "/account/sessions/1/end/"])
def test_looking_ends_nothing(user, path):
    assert Desk(user).get(path).status == 405


def test_who_is_switched_off_is_out_at_the_next_request_everywhere(user):
    desks = [signed_in_with(user, FIREFOX), Desk(user)]
    before = [desk.get("/").status for desk in desks]

    User.objects.update(is_active=False)

    assert before == [200, 200]
    assert [desk.get(path).status for desk in desks for path in ("/", "/account/")] == [302] * 4


def test_who_is_switched_off_does_not_sign_in_and_is_told_whom_to_ask(user):
    User.objects.update(is_active=False)

    answer = password_given(Desk(), user.email)

    assert answer.status == 422
    assert "ask your administrator" in answer.text
