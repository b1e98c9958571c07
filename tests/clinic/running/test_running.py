"""What `make run` stands on: strict readers, the data folder, loopback ports, the welcome."""

import json
import os
import socket
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic.running import environment, folder, ports
from clinic.running.welcome import Address, publish, welcome

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": "here",
    "OPTIONS": {"transaction_mode": "IMMEDIATE"},
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):
    """Set the variable under test."""
    return lambda value: monkeypatch.setenv("WORD", value)


@pytest.mark.parametrize(("said", "meant"), [("yes", True), ("ON", True), ("0", False), ("False", False)])
def test_yes_and_no_are_read_in_the_usual_spellings(given, said: str, meant: bool) -> None:
    given(said)

    assert environment.truth("WORD", default=not meant) is meant


def test_a_word_that_is_neither_yes_nor_no_is_refused_with_a_sentence(given) -> None:
    given("maybe")

    with pytest.raises(ImproperlyConfigured, match="WORD is “maybe”. Say yes or no."):
        environment.truth("WORD", default=False)


def test_an_empty_variable_counts_as_absent(given) -> None:
    given("  ")

    assert environment.text("WORD", default="other") == "other"
    assert environment.truth("WORD", default=True) is True
    assert environment.whole_number("WORD", default=7, lowest=1, highest=9) == 7


@pytest.mark.parametrize("number", ["0", "10", "-1", "1.5", "two", "²"])
def test_a_number_out_of_bounds_or_no_number_is_refused(given, number: str) -> None:
    given(number)

    with pytest.raises(ImproperlyConfigured, match="Give a whole number from 1 to 9."):
        environment.whole_number("WORD", default=1, lowest=1, highest=9)


def test_words_are_separated_by_commas(given) -> None:
    given("one.example, two.example,")

    assert environment.words("WORD", default=[]) == ["one.example", "two.example"]


def test_a_postgres_url_names_the_server(given) -> None:
    given("postgres://ann:p%40ss@db.example:5433/clinic")

    settings = environment.database("WORD", sqlite=SQLITE)

    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert settings["HOST"] == "db.example"
    assert settings["PORT"] == 5433
    assert settings["NAME"] == "clinic"
    assert (settings["USER"], settings["PASSWORD"]) == ("ann", "p@ss")


def test_another_sqlite_file_keeps_the_immediate_transactions(given) -> None:
    given("sqlite:////srv/clinic.sqlite3")

    settings = environment.database("WORD", sqlite=SQLITE)

    assert settings == SQLITE | {"NAME": "/srv/clinic.sqlite3"}


@pytest.mark.parametrize("url", ["mysql://db/clinic", "clinic", "postgres://db:port/clinic"])
def test_a_database_that_is_not_supported_is_refused_with_a_sentence(given, url: str) -> None:
    given(url)

    with pytest.raises(ImproperlyConfigured, match="WORD"):
        environment.database("WORD", sqlite=SQLITE)


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://ann:p%40ss@mail.example", 587, True, False),
        ("smtps://mail.example:4650", 4650, False, True),
    ],
)
def test_a_mail_url_says_how_the_line_is_secured(
    given, url: str, port: int, starttls: bool, tls: bool
) -> None:
    given(url)

    server = environment.mail_server("WORD", sink_port=2525)

    assert (server.host, server.port, server.starttls, server.tls) == ("mail.example", port, starttls, tls)


@pytest.mark.parametrize("url", ["imap://mail.example", "mail.example", "smtp://mail.example:mail"])
def test_a_mail_url_that_cannot_be_meant_is_refused(given, url: str) -> None:
    given(url)

    with pytest.raises(ImproperlyConfigured, match="WORD"):
        environment.mail_server("WORD", sink_port=2525)


def test_without_a_mail_url_the_sink_on_loopback_is_used() -> None:
    server = environment.mail_server("NOT_SET", sink_port=2599)

    assert (server.host, server.port) == ("127.0.0.1", 2599)


def test_the_secret_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    first = folder.secret_key(tmp_path / "new")

    assert folder.secret_key(tmp_path / "new") == first
    assert len(first) >= 50
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]


def test_a_data_folder_that_cannot_be_made_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ImproperlyConfigured, match="cannot be written: .* Name another one with DATA="):
        folder.secret_key(tmp_path / "file" / "folder")


def test_the_broker_listens_in_the_data_folder(tmp_path: Path) -> None:
    assert folder.broker_socket(tmp_path / "var") == tmp_path / "var" / "broker.sock"


def test_a_path_too_long_for_a_socket_gets_a_short_one_that_is_its_own(tmp_path: Path) -> None:
    long = tmp_path / ("ü" * 60)

    short = folder.broker_socket(long)

    assert len(os.fsencode(short)) <= folder.LONGEST_SOCKET_PATH
    assert short == folder.broker_socket(long)
    assert short != folder.broker_socket(tmp_path / ("ö" * 60))


def test_the_sink_keeps_its_port_as_long_as_it_is_free(tmp_path: Path) -> None:
    chosen = folder.choose_sink_port(tmp_path)
    again = folder.choose_sink_port(tmp_path)
    with socket.create_server((ports.LOOPBACK, chosen)):
        other = folder.choose_sink_port(tmp_path)

    assert again == chosen
    assert other != chosen
    assert folder.sink_port(tmp_path) == other


def test_a_data_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with folder.occupied(tmp_path), pytest.raises(folder.FolderInUse), folder.occupied(tmp_path):
        pass

    with folder.occupied(tmp_path):
        pass


def test_a_taken_port_is_named_and_a_free_one_offered() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as other:
        port = other.getsockname()[1]

        assert f"Port {port} is taken by another program." in (ports.why_not(port) or "")
        assert not ports.is_free(port)
        assert ports.accepts(port)

    assert ports.why_not(port) is None


def test_nobody_answers_where_nobody_listens(tmp_path: Path) -> None:
    port = ports.free_port()

    assert not ports.accepts(port)
    assert not ports.accepts(tmp_path / "broker.sock")
    assert not ports.serves_pages(port)


def test_the_welcome_and_the_file_for_programs_say_the_same(tmp_path: Path) -> None:
    users = {"doctor": {"email": "doctor@demo.example", "password": "a b c"}}
    made = {"users": users, "api_key": "key", "feed_url_path": "/feeds/token.ics"}
    (tmp_path / "demo.json").write_text(json.dumps(made))
    here = Address(base_url="http://127.0.0.1:8001", folder=tmp_path, mail_folder=tmp_path / "mail")

    demo = publish(here)
    lines = welcome(here, demo=demo)

    assert json.loads((tmp_path / "demo.json").read_text()) == demo
    assert demo["feed_url"] == "http://127.0.0.1:8001/feeds/token.ics"
    assert demo["api_key"] == "key"
    for word in ("http://127.0.0.1:8001", "doctor@demo.example", "a b c", str(tmp_path / "mail")):
        assert word in lines


def test_the_addresses_follow_a_start_on_another_port(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps({"feed_url_path": "/feeds/token.ics"}))
    publish(Address(base_url="http://127.0.0.1:8001", folder=tmp_path, mail_folder=tmp_path / "mail"))

    demo = publish(Address(base_url="http://127.0.0.1:8002", folder=tmp_path, mail_folder=None))

    assert demo["feed_url"] == "http://127.0.0.1:8002/feeds/token.ics"
    assert demo["mail_folder"] is None


def test_a_clinic_that_is_no_demo_is_welcomed_without_sign_ins(tmp_path: Path) -> None:
    here = Address(base_url="http://127.0.0.1:8001", folder=tmp_path, mail_folder=None)

    lines = welcome(here, demo=publish(here))

    assert "http://127.0.0.1:8001" in lines
    assert "Sign in as" not in lines
    assert "mail" not in lines
