"""Notices of the act that led to a page, with a button that takes the act back."""

from django.contrib import messages
from django.http import HttpRequest


def say(request: HttpRequest, words: str, *, undo: str = "") -> None:
    """`undo` is the address to which the button is sent; without one there is no button."""
    messages.info(request, words, extra_tags=undo)
