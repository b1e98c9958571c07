"""The second step at signing in: who must have one, and how its secrets are kept."""

import base64
import logging
import secrets
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import User
from clinic.plain_text import isolated
from clinic.web.desk.at_desk import Desk

log = logging.getLogger(__name__)

_SALT = "clinic.web.desk.second_factor"


def second_factor(request: HttpRequest, desk: Desk) -> HttpResponse | None:
    """A gate: who has no second step and works for a clinic that demands one is led to set it up."""
    if not desk.clinic.demands_second_factor or has_second_factor(desk.actor.user_id):
        return None
    messages.warning(
        request,
        gettext(
            "{clinic} asks for a second step at signing in. Set one up, then you get to its pages."
        ).format(clinic=isolated(desk.clinic)),
    )
    return redirect("mfa_index")


def has_second_factor(user_id: int | None) -> bool:
    return second_factors().filter(user_id=user_id).exists()


def second_factors() -> QuerySet[Any]:
    """Apps and keys, of everyone; recovery codes alone are none."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    rows: QuerySet[Any] = Authenticator.objects.filter(type__in=kinds)
    return rows


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # allauth comes without types
    """Named in the settings. Secrets lie encrypted in the database: a copy of it signs nobody in."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right. Wait for the next one and enter that."),
        "cannot_generate_recovery_codes": _("Set up an authenticator app or a security key first."),
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # Sealed under a SECRET_KEY that is gone: nothing fits any more, and above all no known code.
            log.error("A second factor cannot be read: SECRET_KEY has changed. Name the old one too.")
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        svg: str = super().build_totp_svg(url)
        # Without the line that says it is a file of its own: it stands inside the page.
        return svg[svg.index("<svg") :]

    def _get_site_name(self) -> str:
        return "Coursebook"

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002  (its hook)
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Security key {number}").format(number=number)


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str | bytes) -> bytes:
    return salted_hmac(_SALT, b"", secret=key, algorithm="sha256").digest()
