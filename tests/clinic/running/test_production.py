"""What a Coursebook needs that others can reach, and what comes on by itself once it has it."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic.running.production import base_url, is_open_to_others
from tests.support.house.source import ROOT

FIT = {
    "BASE_URL": "https://book.clinic.example",
    "ALLOWED_HOSTS": "book.clinic.example",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "CALENDAR_HOST": "clinic.example",
    "DEFAULT_FROM_EMAIL": "Clinic <reminders@clinic.example>",
}


def run(*command, folder, **variables):
    """A command of a process of its own that inherits nothing but where programs are."""
    environment = {"PATH": os.environ["PATH"], "DATA": str(folder), **variables}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def settings_of(folder, **variables):
    """The settings that those variables make, as far as JSON can say them."""
    tell = (
        "import json, clinic.settings as settings\n"
        "said = {name: value for name, value in vars(settings).items() if name.isupper()}\n"
        "print(json.dumps(said, default=str))"
    )
    said = run("-c", tell, folder=folder, **variables)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://127.8.9.1", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("https://localhost", True),
        ("https://book.clinic.example", True),
        ("http://book.clinic.example", True),
        ("http://192.168.1.20:8000", True),
        ("http://0.0.0.0:8000", True),
        ("http://localhost.evil.example", True),
    ],
)
def test_a_service_is_open_to_others_by_its_address(address, is_open):
    assert is_open_to_others(address) is is_open


@pytest.mark.parametrize(
    "address", ["book.clinic.example", "ftp://x", "https://", "https://x/desk", "http://[::1", "https://x:y"]
)
def test_an_address_that_is_none_is_refused(address, monkeypatch):
    monkeypatch.setenv("BASE_URL", address)

    with pytest.raises(ImproperlyConfigured, match="Give scheme and host alone"):
        base_url()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"BASE_URL": "http://book.clinic.example"}, "BASE_URL is not https."),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing or too simple."),
        ({"SECRET_KEY": "x" * 49}, "SECRET_KEY is missing or too simple."),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY is missing or too simple."),
        ({"SECRET_KEY_FALLBACKS": f"{FIT['SECRET_KEY']},simple"}, "SECRET_KEY_FALLBACKS has a key that is"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is missing."),
        ({"ALLOWED_HOSTS": "book.clinic.example,*"}, "ALLOWED_HOSTS has a “*”."),
        ({"ALLOWED_HOSTS": ".clinic.example"}, "ALLOWED_HOSTS has a host with a leading dot"),
        (
            {"ALLOWED_HOSTS": "book.clinic.example, .other.example"},
            "ALLOWED_HOSTS has a host with a leading dot",
        ),
        ({"ALLOWED_HOSTS": "other.example"}, "ALLOWED_HOSTS lacks book.clinic.example"),
        ({"CALENDAR_HOST": ""}, "CALENDAR_HOST is missing."),
        ({"CALENDAR_HOST": "coursebook.example"}, "CALENDAR_HOST is missing."),
        ({"DEFAULT_FROM_EMAIL": ""}, "DEFAULT_FROM_EMAIL is missing."),
    ],
)
def test_a_service_that_lacks_something_does_not_start_and_says_what(variables, sentence, tmp_path):
    said = run("manage.py", "check", folder=tmp_path / "data", **FIT | variables)

    assert said.returncode == 1
    opening, *sentences = said.stderr.splitlines()
    assert opening.startswith("Coursebook does not start: BASE_URL says that others can reach ")
    assert [line for line in sentences if line.startswith(sentence)] == sentences
    # Nor has it made a secret that somebody might then think good enough.
    assert not (tmp_path / "data").exists()


def test_everything_that_is_missing_is_said_at_once(tmp_path):
    said = run("manage.py", "check", folder=tmp_path, BASE_URL="http://book.clinic.example")

    assert [line.split()[0] for line in said.stderr.splitlines()[1:]] == [
        "BASE_URL",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "CALENDAR_HOST",
        "DEFAULT_FROM_EMAIL",
    ]


def test_the_web_server_says_the_same_without_a_traceback(tmp_path):
    said = run(
        "-m",
        "gunicorn",
        "clinic.wsgi",
        "--preload",
        "--check-config",
        folder=tmp_path,
        **FIT | {"SECRET_KEY": ""},
    )

    assert said.returncode != 0
    assert "SECRET_KEY is missing or too simple." in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("variables", [{}, {"BASE_URL": "http://book.clinic.example", "DEBUG": "yes"}])
def test_on_loopback_and_for_debugging_nothing_is_needed(variables, tmp_path):
    settings = settings_of(tmp_path, **variables)

    assert settings["SESSION_COOKIE_SECURE"] is False
    assert settings["SECURE_SSL_REDIRECT"] is False
    assert settings["SECURE_HSTS_SECONDS"] == 0
    assert settings["SESSION_COOKIE_NAME"] == "sessionid"


def test_the_deployment_check_finds_nothing_to_warn_of(tmp_path):
    said = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", folder=tmp_path, **FIT)

    assert said.returncode == 0, said.stderr
    assert "no issues" in said.stdout


def test_what_keeps_an_open_service_safe_comes_on_by_itself(tmp_path):
    settings = settings_of(tmp_path, **FIT)

    assert settings["DEBUG"] is False
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SECURE_HSTS_SECONDS"] == 31_536_000
    assert settings["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is settings["SECURE_HSTS_PRELOAD"] is False
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://book.clinic.example"]
    for cookie in ("SESSION", "CSRF"):
        assert settings[f"{cookie}_COOKIE_SECURE"] is True
        assert settings[f"{cookie}_COOKIE_HTTPONLY"] is True
        assert settings[f"{cookie}_COOKIE_SAMESITE"] == "Lax"
        assert settings[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
        # What the prefix demands, or no browser takes the cookie.
        assert settings.get(f"{cookie}_COOKIE_DOMAIN") is None
        assert settings.get(f"{cookie}_COOKIE_PATH", "/") == "/"


SIGN = "from django.core.signing import Signer; print(Signer().sign('a link'))"
READ = "import sys; from django.core.signing import Signer; print(Signer().unsign(sys.argv[1]))"
WITH_SETTINGS = {"DJANGO_SETTINGS_MODULE": "clinic.settings"}


def test_what_an_earlier_secret_signed_is_read_while_it_is_named(tmp_path):
    earlier, other = secrets.token_urlsafe(50), secrets.token_urlsafe(50)
    signed = run("-c", SIGN, folder=tmp_path, **WITH_SETTINGS, **FIT | {"SECRET_KEY": earlier}).stdout.strip()

    named = run(
        "-c",
        READ,
        signed,
        folder=tmp_path,
        **WITH_SETTINGS,
        **FIT,
        SECRET_KEY_FALLBACKS=f"{other}, {earlier}",
    )
    unnamed = run("-c", READ, signed, folder=tmp_path, **WITH_SETTINGS, **FIT)

    assert named.stdout.strip() == "a link", named.stderr
    assert unnamed.returncode != 0
    assert "BadSignature" in unnamed.stderr


def test_what_a_proxy_says_is_believed_only_where_there_is_one(tmp_path):
    alone, behind = settings_of(tmp_path, **FIT), settings_of(tmp_path, **FIT, PROXIES="1")

    assert alone["SECURE_PROXY_SSL_HEADER"] is None
    assert behind["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


ASK = """
import os, sys, json, django
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
said = {}
for path in sys.argv[1:]:
    scheme, path = path.split(":")
    client = Client(enforce_csrf_checks=True)
    answer = client.get(path, secure=scheme == "https", headers={"host": "book.clinic.example"})
    said[scheme + ":" + path] = {
        "status": answer.status_code,
        "headers": dict(answer.headers),
        "cookies": [morsel.OutputString() for morsel in answer.cookies.values()],
    }
print(json.dumps(said))
"""


def test_pages_are_had_over_https_alone_and_their_cookies_stay_there(tmp_path):
    asked = ["http:/sign-in/", "http:/healthz", "http:/readyz", "https:/sign-in/"]

    said = run("-c", ASK, *asked, folder=tmp_path, **FIT)

    assert said.returncode == 0, said.stderr
    answers = json.loads(said.stdout)
    plain = answers["http:/sign-in/"]
    assert (plain["status"], plain["headers"]["Location"]) == (301, "https://book.clinic.example/sign-in/")
    assert answers["http:/healthz"]["status"] == answers["http:/readyz"]["status"] == 200
    page = answers["https:/sign-in/"]
    assert page["headers"]["Strict-Transport-Security"] == "max-age=31536000"
    assert page["cookies"]
    for cookie in page["cookies"]:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
