"""Signing in, as django-allauth asks us: our words, our mails, our trail."""

from types import MappingProxyType
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.access.account_mail import post
from clinic.access.accounts import note_everywhere
from clinic.audit_trail.write import AuditAction
from clinic.models import User
from clinic.web.clock import now
from clinic.web.desk.account_mail import change_letter, page_address, password_letter
from clinic.web.desk.own_sessions import SEEN_AT, end_other_sessions

# What is said on the next page. What is not here goes without saying.
_SAID = MappingProxyType(
    {
        "account/messages/password_changed.txt": _(
            "Your password is changed. Other browsers are signed out."
        ),
        "mfa/messages/totp_activated.txt": _("Your authenticator app is set up."),
        "mfa/messages/totp_deactivated.txt": _("Your authenticator app is taken off."),
        "mfa/messages/webauthn_added.txt": _("Your security key is added."),
        "mfa/messages/webauthn_removed.txt": _("The security key is taken off."),
    }
)
_FIRST_FACTOR = ("mfa/email/totp_activated", "mfa/email/webauthn_added")


class SigningIn(DefaultAccountAdapter):  # type: ignore[misc]  # allauth comes without types
    """Named in the settings. What happens to an account is told here: to the trail and to its owner."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            _("E-mail and password do not belong together. Check both, or ask your administrator.")
        ),
        "too_many_login_attempts": _("That was tried too often. Wait five minutes, then try again."),
        "rate_limited": _("That was tried too often. Wait five minutes, then try again."),
        "incorrect_password": _("That is not your password. Try again, or set a new one by mail."),
        "enter_current_password": _("That is not the password you have now. Try again."),
        "incorrect_code": _("This code is not right. Wait for the next one and enter that."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str = "", *rest: Any, **named: Any
    ) -> None:
        if said := named.get("message") or _SAID.get(message_template):
            messages.add_message(request, min(level, messages.WARNING), str(said))

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **hook: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **hook)
        assert isinstance(user, User)
        # The library has just noted this browser.
        request.session[SEEN_AT] = now().timestamp()
        note_everywhere(AuditAction.SIGNED_IN, user=user, now=now())
        return response

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            note_everywhere(AuditAction.SIGNED_OUT, user=request.user, now=now())
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        # An address that nobody has belongs to no clinic, and may be a password typed into the wrong field.
        known = User.objects.filter(email__iexact=credentials.get("email", "")).first()
        if known is not None:
            note_everywhere(AuditAction.SIGN_IN_REFUSED, user=known, after={"because": "password"}, now=now())

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        assert isinstance(user, User)
        note_everywhere(AuditAction.SIGN_IN_REFUSED, user=user, after={"because": "switched off"}, now=now())
        return render(request, "account/account_inactive.html", status=422)

    def get_reset_password_from_key_url(self, key: str) -> str:
        # The library's own begins with whatever host the request names.
        account, token = key.split("-", 1)
        return page_address("account_reset_password_from_key", account, token)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if template_prefix != "account/email/password_reset_key":
            raise LookupError(f"No mail of ours is called {template_prefix}.")
        post(password_letter(email, context["password_reset_url"]))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Whatever is changed about signing in comes by here: it is noted, and its owner gets a mail."""
        assert isinstance(user, User)
        changed = template_prefix.rpartition("/")[2]
        note_everywhere(AuditAction.CHANGED_SIGN_IN, user=user, after={"changed": changed}, now=now())
        if template_prefix in _FIRST_FACTOR and self.request is not None:
            # Who signed in elsewhere did so without it.
            end_other_sessions(self.request)
        post(change_letter(email or user.email, changed, self.request, now()))
