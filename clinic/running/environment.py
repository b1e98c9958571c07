"""Strict readers of environment variables: a malformed value stops the start with a sentence."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

LOCK_SECONDS = 20
# How long a thread keeps its connection, on either database.
CONNECTION_SECONDS = 60
_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off"}
# EMAIL_URL scheme -> default port, STARTTLS, TLS from the first byte.
_MAIL_SCHEMES = {"smtp": (25, False, False), "smtp+tls": (587, True, False), "smtps": (465, False, True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


def text(name: str, *, default: str = "") -> str:
    """An empty variable counts as absent, so `REDIS_URL= make run` means what it looks like."""
    return os.environ.get(name, "").strip() or default


def words(name: str, *, default: list[str]) -> list[str]:
    """Comma-separated."""
    given = [word.strip() for word in text(name).split(",")]
    return [word for word in given if word] or default


def truth(name: str, *, default: bool) -> bool:
    given = text(name).lower()
    if given and given not in _YES | _NO:
        raise ImproperlyConfigured(f"{name} is “{given}”. Say yes or no.")
    return given in _YES if given else default


def whole_number(name: str, *, default: int, lowest: int, highest: int) -> int:
    given = text(name)
    if not given:
        return default
    if not given.isascii() or not given.isdigit() or not lowest <= int(given) <= highest:
        raise ImproperlyConfigured(f"{name} is “{given}”. Give a whole number from {lowest} to {highest}.")
    return int(given)


def database(name: str, *, sqlite: dict[str, Any]) -> dict[str, Any]:
    """The `sqlite` settings given, unless the variable names a PostgreSQL server or another SQLite file."""
    url = text(name)
    if not url:
        return sqlite
    scheme = url.partition("://")[0]
    if scheme not in {"postgres", "postgresql", "sqlite"}:
        raise ImproperlyConfigured(
            f"{name} begins with “{scheme}”. Give postgres://user:password@host:5432/name, "
            "or sqlite:////path/to/file, or leave it empty."
        )
    try:
        parsed: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name} cannot be read: {problem}.") from problem
    if scheme == "sqlite":
        return sqlite | {"NAME": parsed["NAME"]}
    return parsed | {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": CONNECTION_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        # Whoever waits longer for a lock is told to try again, as on SQLite.
        "OPTIONS": {"options": f"-c lock_timeout={LOCK_SECONDS}s", **parsed.get("OPTIONS", {})},
    }


def mail_server(name: str, *, sink_port: int) -> MailServer:
    """The server the variable names as an URL, else the mail sink on loopback."""
    url = urlsplit(text(name, default=f"smtp://127.0.0.1:{sink_port}"))
    if url.scheme not in _MAIL_SCHEMES or not url.hostname:
        raise ImproperlyConfigured(
            f"{name} must look like smtp://host:25, smtp+tls://user:password@host:587 "
            "or smtps://user:password@host:465."
        )
    default_port, starttls, tls = _MAIL_SCHEMES[url.scheme]
    try:
        port = url.port or default_port
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name} has a port that is no port number: {problem}.") from problem
    return MailServer(
        host=url.hostname,
        port=port,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        starttls=starttls,
        tls=tls,
    )
