"""Headers on every answer."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from clinic.web.headers import security_headers
from tests.builders import a_clinic, a_key
from tests.rest import RestClient

PATHS = ["/healthz", "/readyz", "/api/v1/sites/", "/api/v1/nowhere/", "/sign-in/", "/nowhere/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_no_answer_can_be_framed_sniffed_scripted_or_kept(path):
    headers = Client().get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_an_answer_about_a_patient_is_not_kept():
    rest = RestClient(secret=a_key(clinic=a_clinic())[1])

    assert rest.get("patients/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "said", "kept"),
    [
        ("/feeds/token.ics", "private", "private"),
        ("/feeds/token.ics", None, "no-store"),
        ("/static/clinic/desk.css", None, None),
        ("/patients/", "private", "no-store"),
    ],
)
def test_only_feeds_and_static_files_say_how_long_they_are_kept(path, said, kept):
    headers = {} if said is None else {"Cache-Control": said}
    answering = security_headers(lambda _: HttpResponse(headers=headers))

    answer = answering(RequestFactory().get(path))

    assert answer.headers.get("Cache-Control") == kept
