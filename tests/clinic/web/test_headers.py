"""Headers on every answer, also on those that refuse."""

import re

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from clinic.web.headers import security_headers
from tests.support.acts.feeds import a_feed
from tests.support.desk import reception
from tests.support.failing import a_database_that_raises
from tests.support.matrix.doors import address, doors, paths
from tests.support.matrix.rows import rows_of_a_clinic
from tests.support.rest import a_client_of

pytestmark = pytest.mark.django_db


def assert_kept_to_itself(answer, *, may_be_kept=False):
    headers = answer.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert {policy[f"{kind}-src"] for kind in ("script", "style", "connect", "font")} == {"'self'"}
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in str(policy)
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])
    if not may_be_kept:
        assert headers["Cache-Control"] == "no-store"


def everyone(rows):
    """Whoever may knock: nobody, someone at the desk, a program."""
    desk, rest = reception(rows.world).client, a_client_of(rows.world, now=None)
    return [(Client(), {}), (desk, {}), (Client(), {"Authorization": f"Bearer {rest.secret}"})]


@pytest.mark.slow
@pytest.mark.reads_clock
@pytest.mark.parametrize("method", ["get", "head", "post", "options", "delete"])
def test_no_answer_of_any_path_can_be_framed_sniffed_scripted_or_kept(method):
    rows = rows_of_a_clinic()
    with_rows = {address(door, rows) for door in doors()}
    others = {f"/{pattern.pattern}" for _, pattern in paths() if not pattern.pattern.converters}
    others |= {"/healthz", "/readyz", "/api/", "/api/v1/nowhere/", "/nowhere/", "/feeds/none.ics"}

    answers = [
        (path, getattr(client, method)(path, headers=headers, content_type="application/json"))
        if method in ("post", "delete")
        else (path, getattr(client, method)(path, headers=headers))
        for client, headers in everyone(rows)
        for path in sorted(with_rows | {path for path in others if "^" not in path})
    ]

    assert len(answers) > 60
    for path, answer in answers:
        assert_kept_to_itself(answer, may_be_kept=path.startswith("/feeds/"))
    drawn = {path for path, answer in answers if "data:" in answer.headers["Content-Security-Policy"]}
    assert drawn == ({"/clinic/api/"} if method in ("get", "head") else set())


@pytest.mark.reads_clock
def test_an_answer_that_refuses_has_the_same_headers(settings):
    settings.SEARCHES_A_MINUTE = 1
    rows = rows_of_a_clinic()
    desk = reception(rows.world).client
    desk.raise_request_exception = False
    strict = Client(enforce_csrf_checks=True)

    answers = {
        "a host that is none": Client().get("/", headers={"host": "evil.example"}),
        "a form of another page": strict.post("/sign-in/", {"email": "x"}),
        "a page that is none": desk.get("/nowhere/"),
        "a method that a page lacks": desk.delete("/patients/"),
        "too long a form": desk.post("/patients/new/", {"given_name": "x" * 300_000}),
        "too long an address": desk.get(f"/patients/?search={'x' * 5000}"),
        "the first search": desk.get("/patients/"),
        "the second search": desk.get("/patients/"),
    }
    with a_database_that_raises(RuntimeError("broken")):
        answers["a fault of ours"] = desk.get("/patients/new/")
    with a_database_that_raises(OperationalError("gone")):
        answers["no database"] = desk.get("/readyz")

    assert [answer.status_code for answer in answers.values()] == [
        *(400, 403, 404, 405, 413, 414, 200, 429, 500, 503)
    ]
    for answer in answers.values():
        assert_kept_to_itself(answer)


def test_a_page_tells_other_hosts_nothing_but_keeps_its_own_forms_working():
    page = Client().get("/sign-in/").content.decode()

    assert '<meta name="referrer" content="same-origin">' in page


@pytest.mark.slow
@pytest.mark.reads_clock
def test_no_page_has_script_or_style_inside():
    rows = rows_of_a_clinic()
    desk = reception(rows.world).client
    pages = [address(door, rows) for door in doors() if door.is_page and door.method == "GET"]

    answers = {path: desk.get(path) for path in (*pages, "/sign-in/", "/nowhere/")}

    files = {path for path, answer in answers.items() if not answer["Content-Type"].startswith("text/html")}
    assert {path.rsplit("/", 2)[-2] for path in files} == {"live"}
    for path in answers.keys() - files:
        html = answers[path].content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", html), path


@pytest.mark.reads_clock
def test_a_feed_may_be_kept_by_the_phone_that_asked_and_by_nobody_between():
    opened = a_feed(clinic=rows_of_a_clinic().world.clinic)

    answer = Client().get(f"/feeds/{opened.token}.ics")

    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert_kept_to_itself(answer, may_be_kept=True)


@pytest.mark.parametrize(
    ("path", "said", "kept"),
    [
        ("/feeds/token.ics", "private", "private"),
        ("/feeds/token.ics", None, "no-store"),
        ("/static/clinic/css/base.css", None, None),
        ("/patients/", "private", "no-store"),
    ],
)
def test_only_feeds_and_static_files_say_how_long_they_are_kept(path, said, kept):
    headers = {} if said is None else {"Cache-Control": said}
    answering = security_headers(lambda _: HttpResponse(headers=headers))

    answer = answering(RequestFactory().get(path))

    assert answer.headers.get("Cache-Control") == kept
