"""How much one may send, and in which writing: a clear refusal, and nothing is written."""

import pytest
from django.test import Client

from clinic.models import Patient
from tests.support.builders import a_clinic, a_key, a_user
from tests.support.desk import Desk
from tests.support.house.source import ROOT
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db

HUGE = "x" * 1_000_000


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"given_name": HUGE, "family_name": "Byron"}, 413),
        ({f"field-{number}": "x" for number in range(2_100)}, 400),
        ({"given_name": "x" * 10_000, "family_name": "Byron"}, 422),
        ({"given_name": "A\0da", "family_name": "Byron"}, 422),
    ],
)
def test_a_form_that_nobody_can_have_filled_in_is_refused_and_nothing_is_written(fields, status, settings):
    desk = Desk(a_user(clinic=a_clinic()))

    page = desk.post("/patients/new/", fields)

    assert page.status == status
    assert "x" * 5000 not in page.html or status == 422
    assert "<h1>" in page.html
    assert not Patient.objects.exists()


@pytest.mark.reads_clock
def test_a_file_is_taken_nowhere(tmp_path):
    desk = Desk(a_user(clinic=a_clinic()))
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG")

    with picture.open("rb") as file:
        answer = desk.client.post(
            "/patients/new/", {"given_name": "Ada", "family_name": "Byron", "file": file}
        )

    assert answer.status_code == 400
    assert "This cannot be read" in answer.content.decode()
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"given_name=\xff\xfe&family_name=%ff", "application/x-www-form-urlencoded"),
        (b"given_name=%00&family_name=%00", "application/x-www-form-urlencoded"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data"),
        (b"{}", "application/json"),
    ],
)
@pytest.mark.reads_clock
def test_a_form_in_no_writing_is_refused_and_nothing_is_written(body, media_type):
    desk = Desk(a_user(clinic=a_clinic()))

    answer = desk.client.post("/patients/new/", body, content_type=media_type)

    assert 400 <= answer.status_code < 500
    assert not Patient.objects.filter(family_name="").exists()


@pytest.mark.parametrize(
    ("given", "stored"), [("Ada\r\nBcc: thief@elsewhere.example", "Ada Bcc: thief@elsewhere.example")]
)
def test_a_name_with_line_breaks_is_one_line_by_every_way_in(given, stored):
    clinic = a_clinic()
    said = {"given_name": given, "family_name": "Byron"}

    Desk(a_user(clinic=clinic)).post("/patients/new/", said | {"language": "en", "message_consent": "no"})
    RestClient(secret=a_key(clinic=clinic)[1]).post("patients/", said)

    assert set(Patient.objects.values_list("given_name", flat=True)) == {stored}


@pytest.mark.parametrize("path", ["/patients/", "/sign-in/", "/feeds/none.ics", "/nowhere/", "/healthz"])
def test_an_address_too_long_to_be_one_of_ours_is_refused_on_a_page(path):
    answer = Client().get(f"{path}?search={'x' * 4000}")

    assert answer.status_code == 414
    assert "That address is too long" in answer.content.decode()


@pytest.mark.parametrize("path", ["patients/", "sites/", "sessions/"])
def test_a_query_too_long_to_be_meant_is_a_problem(path):
    answer = RestClient(secret=a_key(clinic=a_clinic())[1]).get(path, cursor="x" * 4000)

    assert (answer.status, answer.code) == (414, "address_too_long")


@pytest.mark.parametrize(
    "query",
    ["limit=1000000000", "page_size=1000000000", "limit=1e9", "limit=-1", "limit=%00", "cursor=%ff%00"],
)
@pytest.mark.parametrize(
    "path", ["patients/", "sites/", "sessions/", "resources/", "protocols/", "session-types/"]
)
def test_no_list_is_longer_than_two_hundred(path, query):
    answer = RestClient(secret=a_key(clinic=a_clinic())[1]).get(f"{path}?{query}")

    assert answer.status == 400
    assert answer.code in {"malformed", "malformed_cursor"}


@pytest.mark.parametrize(
    "query", ["page=1000000000", "page=-1", "page=x", "search=%00", "search=%ff%fe", "page=1e9"]
)
@pytest.mark.reads_clock
def test_a_page_of_patients_takes_any_query_for_what_it_may_mean(query):
    answer = Desk(a_user(clinic=a_clinic())).client.get(f"/patients/?{query}")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["/?on=9999-99-99", "/?on=%00", "/?on=0001-01-01", "/?on=9999-12-31", "/?site=%00"]
)
@pytest.mark.reads_clock
def test_a_day_that_is_none_is_no_fault_of_ours(path):
    answer = Desk(a_user(clinic=a_clinic())).client.get(path)

    assert 200 <= answer.status_code < 500


@pytest.mark.parametrize("path", ["/feeds/%00.ics", "/feeds/%ff%fe.ics", "/%00/", "/%ff/", "/patients/%00/"])
@pytest.mark.reads_clock
def test_a_path_in_no_writing_leads_nowhere(path):
    assert Client().get(path).status_code == 404


def test_the_web_server_takes_no_endless_lines_or_headers():
    [web] = [line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:")]

    for flag in ("--limit-request-line 4094", "--limit-request-fields 64", "--limit-request-field_size 8190"):
        assert flag in web
    assert "--access-logfile" not in web
