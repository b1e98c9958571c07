"""The mails about an account that pages send."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from clinic.access.account_mail import Letter
from clinic.sentences import Sentence
from clinic.sentences import sentence as _
from clinic.web.desk.own_sessions import address_of, browser_of

_CHANGES: Mapping[str, Sentence] = MappingProxyType(
    {
        "password_changed": _("Your password for Coursebook was changed."),
        "password_reset": _("Your password for Coursebook was set anew with a link from a mail."),
        "email_changed": _("The e-mail address with which you sign in to Coursebook was changed."),
        "totp_activated": _("An authenticator app was set up as your second step at signing in."),
        "totp_deactivated": _("The authenticator app is no longer a second step at signing in."),
        "webauthn_added": _("A security key was added as your second step at signing in."),
        "webauthn_removed": _("A security key is no longer a second step at signing in."),
        "recovery_codes_generated": _("New recovery codes were made. The old ones work no more."),
    }
)


def password_letter(email: str, link: str) -> Letter:
    return Letter(
        to=email,
        subject=_("Set a new password for Coursebook"),
        sentences=[
            _("Someone, hopefully you, asked for a new password for your account."),
            _("The link below works once, and for one hour."),
        ],
        link=link,
        link_words=_("Set a new password"),
        why=_("If it was not you, leave this mail: your password stays as it is."),
    )


def nobody_letter(email: str) -> Letter:
    return Letter(
        to=email,
        subject=_("No account at Coursebook for this address"),
        sentences=[
            _("Someone, hopefully you, asked for a new password, but nobody signs in with this address."),
            _("Perhaps your account goes by another address. Your clinic’s administrator knows it."),
        ],
        link=page_address("account_reset_password"),
        link_words=_("Try another address"),
        why=_("If it was not you, leave this mail: there is nothing to change."),
    )


def new_email_letter(email: str, token: str) -> Letter:
    return Letter(
        to=email,
        subject=_("Is this your new address for Coursebook?"),
        sentences=[
            _("Open the link below to sign in to Coursebook with this address from now on."),
            _("It works once, and for one day. Until then your old address stays."),
        ],
        link=page_address("new-email-confirm", token),
        link_words=_("Use this address"),
        why=_("If you do not know why you get this mail, leave it: nothing changes."),
    )


def change_letter(email: str, changed: str, request: HttpRequest | None, at: datetime) -> Letter:
    """Tells the owner of an account what was changed, and from where."""
    told = _CHANGES[changed]
    where = _("It was done on {at:j F Y} at {at:H:i} UTC.", at=at)
    if request is not None:
        where = _(
            "It was done on {at:j F Y} at {at:H:i} UTC from the address {address} with {browser}.",
            at=at,
            address=address_of(request),
            browser=browser_of(request),
        )
    return Letter(
        to=email,
        subject=told,
        sentences=[told, where, _("If it was you, there is nothing to do.")],
        link=page_address("account_reset_password"),
        link_words=_("It was not me: set a new password"),
        why=_(
            "You get this mail because it is about the safety of your account. "
            "If it was not you, tell your administrator too."
        ),
    )


def page_address(name: str, *parts: str) -> str:
    """A page as mails name it: by BASE_URL, never by the host that a request says."""
    return settings.BASE_URL.rstrip("/") + reverse(name, args=parts)
