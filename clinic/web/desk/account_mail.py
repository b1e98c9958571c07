"""The mails about an account that pages send."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from clinic.access.account_mail import Letter
from clinic.web.desk.own_sessions import address_of, browser_of

_CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "password_changed": "Your password for Coursebook was changed.",
        "password_reset": "Your password for Coursebook was set anew with a link from a mail.",
        "email_changed": "The e-mail address with which you sign in to Coursebook was changed.",
        "totp_activated": "An authenticator app was set up as your second step at signing in.",
        "totp_deactivated": "The authenticator app is no longer a second step at signing in.",
        "webauthn_added": "A security key was added as your second step at signing in.",
        "webauthn_removed": "A security key is no longer a second step at signing in.",
        "recovery_codes_generated": "New recovery codes were made. The old ones work no more.",
    }
)


def password_letter(email: str, link: str) -> Letter:
    return Letter(
        to=email,
        subject="Set a new password for Coursebook",
        sentences=[
            "Someone, hopefully you, asked for a new password for your account.",
            "The link below works once, and for one hour.",
        ],
        link=link,
        link_words="Set a new password",
        why="If it was not you, leave this mail: your password stays as it is.",
    )


def nobody_letter(email: str) -> Letter:
    return Letter(
        to=email,
        subject="No account at Coursebook for this address",
        sentences=[
            "Someone, hopefully you, asked for a new password, but nobody signs in with this address.",
            "Perhaps your account goes by another address. Your clinic’s administrator knows it.",
        ],
        link=_address("account_reset_password"),
        link_words="Try another address",
        why="If it was not you, leave this mail: there is nothing to change.",
    )


def new_email_letter(email: str, token: str) -> Letter:
    return Letter(
        to=email,
        subject="Is this your new address for Coursebook?",
        sentences=[
            "Open the link below to sign in to Coursebook with this address from now on.",
            "It works once, and for one day. Until then your old address stays.",
        ],
        link=_address("new-email-confirm", token),
        link_words="Use this address",
        why="If you do not know why you get this mail, leave it: nothing changes.",
    )


def change_letter(email: str, changed: str, request: HttpRequest | None, at: datetime) -> Letter:
    """Tells the owner of an account what was changed, and from where."""
    told = _CHANGES[changed]
    where = f"It was done on {at:%d %B %Y at %H:%M} UTC"
    if request is not None:
        where += f" from the address {address_of(request)} with {browser_of(request)}"
    return Letter(
        to=email,
        subject=told.removesuffix("."),
        sentences=[told, f"{where}.", "If it was you, there is nothing to do."],
        link=_address("account_reset_password"),
        link_words="It was not me: set a new password",
        why="You get this mail because it is about the safety of your account. "
        "If it was not you, tell your administrator too.",
    )


def _address(name: str, *parts: str) -> str:
    return settings.BASE_URL.rstrip("/") + reverse(name, args=parts)
