"""What goes wrong on a desk page is said on a page."""

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from clinic.errors import Conflict, Malformed, NotAllowed, Problem, ProblemKind, Refused, Unknown
from clinic.sentences import verbatim
from clinic.web.desk.desk_errors import desk_errors
from tests.support.builders import a_clinic, a_user
from tests.support.desk import Desk, Seen

pytestmark = pytest.mark.django_db


def answer_of_no_interest(request):
    return HttpResponse()


def refusal_of(raised):
    request = RequestFactory().get("/")
    setattr(request, "is_desk_page", True)  # noqa: B010  (a mark of ours on Django's object)
    return desk_errors(answer_of_no_interest).process_exception(request, raised)


def two_problems():
    return Refused(
        [Problem(code, ProblemKind.BLOCKER, verbatim(f"Because of {code}.")) for code in ("rain", "snow")]
    )


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (Malformed("m", verbatim("Cannot be read.")), 400),
        (NotAllowed("n", verbatim("Not yours.")), 403),
        (Unknown("u", verbatim("No such patient.")), 404),
        (Conflict("c", verbatim("Taken.")), 409),
        (two_problems(), 422),
    ],
)
def test_a_refusal_becomes_a_page_with_the_status_the_api_gives(raised, status):
    page = refusal_of(raised)

    assert page.status_code == status
    assert page["Content-Type"].startswith("text/html")


def test_all_problems_are_said():
    page = refusal_of(two_problems())

    text = Seen(page.content.decode()).text
    assert "Because of rain." in text
    assert "Because of snow." in text


def test_what_other_edges_raise_is_theirs_to_answer():
    request = RequestFactory().get("/feeds/x.ics")

    assert (
        desk_errors(answer_of_no_interest).process_exception(request, Unknown("u", verbatim("No."))) is None
    )


def test_what_is_no_refusal_is_left_alone():
    assert refusal_of(ValueError("a bug")) is None


def test_while_the_database_is_away_the_page_says_to_wait():
    desk = Desk(a_user(clinic=a_clinic()))

    def away(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        page = desk.get("/patients/")

    assert page.status == 503
    assert int(page.headers["Retry-After"]) > 0
    assert "nothing was changed" in page.text


def test_an_address_that_leads_nowhere_says_so_on_a_page():
    desk = Desk(a_user(clinic=a_clinic()))

    signed_in, anonymous = desk.get("/nothing/here/"), Desk().get("/nothing/here/")

    assert signed_in.status == anonymous.status == 404
    assert "There is no such page" in signed_in.text
    assert "There is no such page" in anonymous.text


def test_a_bug_is_answered_with_a_page_that_asks_nothing_of_anyone(monkeypatch):
    def broken(**_):
        raise ZeroDivisionError

    monkeypatch.setattr("clinic.desk.patients.patients_seen", broken)
    desk = Desk(a_user(clinic=a_clinic()))
    desk.client.raise_request_exception = False

    page = desk.get("/patients/")

    assert page.status == 500
    assert "Something broke on our side" in page.text
    assert "ZeroDivisionError" not in page.html


def test_pages_for_those_who_are_not_signed_in_need_no_database(django_assert_num_queries):
    client = Client()

    with django_assert_num_queries(0):
        assert client.get("/sign-in/").status_code == 200
