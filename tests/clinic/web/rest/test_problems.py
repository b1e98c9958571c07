"""Whatever goes wrong under /api/ is said as problem+json, and says no more than it should."""

import json

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from clinic.models import Patient
from tests.support.builders import a_clinic, a_key
from tests.support.failing import a_database_that_raises
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db


def a_client():
    return RestClient(secret=a_key(clinic=a_clinic())[1], client=Client(raise_request_exception=False))


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v2/", "/api/v1/", "/api/v1/plants/", "/api/v1/plans/17/", "/api/v1/patients"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_path_is_a_problem_and_not_a_page(path, method):
    answer = getattr(Client(), method)(path)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "patients/"),
        ("delete", "sites/"),
        ("post", "session-types/"),
        ("patch", "sessions/"),
        ("options", "sites/"),
    ],
)
def test_a_method_that_a_path_does_not_have_is_405(method, path):
    answer = a_client()._ask(method, path)

    assert (answer.status, answer.code) == (405, "method_not_allowed")


def test_a_405_says_which_methods_there_are():
    answer = a_client()._ask("delete", "patients/")

    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_head_is_get_without_the_body():
    answer = a_client()._ask("head", "sites/")

    assert (answer.status, answer.text) == (200, "")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_body_that_is_not_json_is_415(media_type):
    answer = a_client()._ask("post", "patients/", data="given_name=Marit", content_type=media_type)

    assert (answer.status, answer.code) == (415, "unsupported_media_type")


def test_an_answer_that_is_not_json_cannot_be_had():
    answer = a_client()._ask("get", "sites/", headers={"Accept": "text/html"})

    assert (answer.status, answer.code) == (406, "not_acceptable")


NAMED = '{"given_name": "Marit", "family_name": "de Vries", '


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "17",
        '"Marit"',
        "null",
        NAMED + '"intake_facts": {"height": NaN}}',
        NAMED + '"intake_facts": {"height": Infinity}}',
        NAMED + '"intake_facts": {"height": 1' + "0" * 5000 + "}}",
        NAMED + '"intake_facts": ' + '{"a":' * 13 + "1" + "}" * 14,
        NAMED + '"intake_facts": ' + "[" * 7000 + "]" * 7000 + "}",
        NAMED + '"desk_note": "\\ud800"}',
        NAMED + '"\\ud800": 1}',
        b'{"given_name": "\xff"}',
        b"\x00",
        "\ufeff{}",
    ],
)
def test_a_body_that_cannot_be_read_is_malformed(body):
    text = body if isinstance(body, bytes) else body.encode()

    answer = a_client()._ask("post", "patients/", data=text, content_type="application/json")

    assert (answer.status, answer.code) == (400, "malformed")
    assert not Patient.objects.exists()


def test_a_body_of_more_than_sixteen_kilobytes_is_refused_unread():
    answer = a_client().post("patients/", {"given_name": "x" * 1_000_000, "family_name": "de Vries"})

    assert (answer.status, answer.code) == (413, "body_too_large")


def test_every_wrong_field_is_named_with_its_sentence():
    answer = a_client().post("patients/", {"given_name": 7, "born_on": "today"})

    assert answer.code == "malformed"
    assert {entry["field"] for entry in answer.json["fields"]} == {"given_name", "family_name", "born_on"}
    for entry in answer.json["fields"]:
        assert entry["sentence"] in answer.json["detail"]


@pytest.mark.parametrize("trouble", [OperationalError("gone"), InterfaceError("closed")])
@pytest.mark.parametrize(("method", "path"), [("get", "patients/"), ("post", "patients/")])
def test_without_its_database_the_service_says_when_to_try_again(trouble, method, path):
    rest = a_client()

    with a_database_that_raises(trouble):
        answer = rest.get(path) if method == "get" else rest.post(path, {})

    assert (answer.status, answer.code) == (503, "database_down")
    assert int(answer.headers["Retry-After"]) > 0
    assert "gone" not in answer.text


def test_a_fault_of_ours_tells_neither_the_client_nor_the_log_what_the_row_held(caplog):
    rest = a_client()

    with a_database_that_raises(RuntimeError("canary: Marit de Vries, born 1984")):
        answer = rest.get("patients/")

    assert (answer.status, answer.code) == (500, "unexpected")
    assert "canary" not in answer.text
    assert "Traceback" not in answer.text
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


def test_a_problem_repeats_its_status_and_has_a_title():
    answer = a_client().get("sites/", limit=0)

    assert json.loads(answer.text) | {"detail": "", "fields": []} == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "malformed",
        "detail": "",
        "fields": [],
    }
