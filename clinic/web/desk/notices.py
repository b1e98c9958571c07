"""Notices of the act that led to a page, with buttons that take it back or send now what it leaves."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest
from django.utils.translation import gettext

Buttons = list[tuple[str, str]]


def buttons_of(*, undo: str = "", send_now: str = "") -> Buttons:
    """What each says and where it is sent; without an address there is no button."""
    return [
        (label, address)
        for label, address in ((gettext("Undo"), undo), (gettext("Send now"), send_now))
        if address
    ]


def say(request: HttpRequest, words: str, *, undo: str = "", send_now: str = "") -> None:
    """With the buttons that have an address."""
    messages.info(request, words, extra_tags=urlencode(buttons_of(undo=undo, send_now=send_now)))


def buttons_in(tags: str) -> Buttons:
    """Those of a notice."""
    return parse_qsl(tags)


class _LeftWaiting(BaseStorage):
    """Shows nothing and takes nothing: what waits is for the page that someone asks for."""

    def _get(self, *args: Any, **named: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, messages: Any, response: Any, *args: Any, **named: Any) -> list[Any]:
        return []


def leave_waiting(request: HttpRequest) -> None:
    """Nobody reads this page first: notices stay for the next one."""
    setattr(request, "_messages", _LeftWaiting(request))  # noqa: B010  (where Django keeps them)


def is_offered(request: HttpRequest, address: str) -> bool:
    """Whether a notice on the page that is being made has a button with this address."""
    said = messages.get_messages(request)
    return any(address in dict(buttons_in(one.extra_tags or "")).values() for one in said)
