"""Requirements of a Coursebook that others can reach. One switch: its address, BASE_URL."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from clinic.running import environment

DEFAULT_ADDRESS = "http://127.0.0.1:8000"
# Good for trying out: nobody is reached under these.
DEFAULT_CALENDAR_HOST = "coursebook.example"
DEFAULT_SENDER = "Coursebook <reminders@coursebook.example>"
SHORTEST_SECRET, FEWEST_LETTERS = 50, 10


def base_url() -> str:
    """BASE_URL without a closing stroke. Raises ImproperlyConfigured if it is not an address of pages."""
    given = environment.text("BASE_URL", default=DEFAULT_ADDRESS).rstrip("/")
    try:
        url = urlsplit(given)
        is_address = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
        is_bare = not (url.path or url.query or url.fragment or url.username)
    except ValueError:
        is_address = is_bare = False
    if not (is_address and is_bare):
        raise ImproperlyConfigured(
            f"BASE_URL is “{given}”. Give scheme and host alone: https://book.clinic.example"
        )
    return given


def is_open_to_others(address: str) -> bool:
    """Whether the address names another host than loopback, or speaks HTTPS."""
    url = urlsplit(address)
    return url.scheme == "https" or not _is_loopback(url.hostname or "")


def refuse_unless_fit(address: str) -> None:
    """Raise ImproperlyConfigured with a sentence for each thing that is missing."""
    if missing := list(_missing(address)):
        opening = f"Coursebook does not start: BASE_URL says that others can reach {address}."
        raise ImproperlyConfigured("\n".join([opening, *missing]))


def _missing(address: str) -> Iterator[str]:
    if not address.startswith("https://"):
        yield "BASE_URL is not https. Health records travel encrypted or not at all: give https://…"
    if _is_guessable(environment.text("SECRET_KEY")):
        yield (
            f"SECRET_KEY is missing or too simple. Give at least {SHORTEST_SECRET} random characters, "
            "the same on every host; the one in the data folder is for this machine alone."
        )
    if any(_is_guessable(earlier) for earlier in environment.words("SECRET_KEY_FALLBACKS", default=[])):
        yield (
            f"SECRET_KEY_FALLBACKS has a key that is too simple. Take out each one of less than "
            f"{SHORTEST_SECRET} random characters: whoever guesses it signs in as anybody."
        )
    hosts = environment.words("ALLOWED_HOSTS", default=[])
    if not hosts:
        yield "ALLOWED_HOSTS is missing. Name the hosts under which the pages are asked for, with commas."
    elif not validate_host(host := urlsplit(address).hostname or "", hosts):
        yield f"ALLOWED_HOSTS lacks {host}, the host of BASE_URL. Add it."
    if any("*" in host for host in hosts):
        yield "ALLOWED_HOSTS has a “*”. Name each host: a forged name must not end up in a link."
    if any(host.startswith(".") for host in hosts):
        yield "ALLOWED_HOSTS has a host with a leading dot: that lets in every name below it. Name each host."
    if environment.text("CALENDAR_HOST", default=DEFAULT_CALENDAR_HOST) == DEFAULT_CALENDAR_HOST:
        yield "CALENDAR_HOST is missing. Name your own domain; it goes into every calendar UID, for ever."
    if environment.text("DEFAULT_FROM_EMAIL", default=DEFAULT_SENDER) == DEFAULT_SENDER:
        yield "DEFAULT_FROM_EMAIL is missing. Name the address that your reminders come from."


def _is_guessable(secret: str) -> bool:
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_LETTERS


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
