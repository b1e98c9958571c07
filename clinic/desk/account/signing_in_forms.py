"""Shapes of what is typed in to sign in, and to change how one does. Named in the settings."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.access.account_mail import post
from clinic.access.accounts import note_everywhere
from clinic.audit_trail.write import AuditAction
from clinic.models import User
from clinic.web.clock import now
from clinic.web.desk.account_mail import nobody_letter

PASSWORD_RULE = _("At least ten characters. Several words that mean something to you alone do well.")
CODE_RULE = _("The six digits that your app shows now, or one of your recovery codes.")
LONGEST_KEY_NAME = 100


class Plain(forms.Form):
    """Our labels and hints in place of the library's; no words inside of fields."""

    words: dict[str, tuple[Any, Any]] = {}

    def __init__(self, *args: Any, **named: Any) -> None:
        named.setdefault("use_required_attribute", False)
        super().__init__(*args, **named)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label, field.help_text = self.words.get(name, (field.label, ""))
            field.error_messages["required"] = gettext("Enter this: {label}.").format(
                label=str(field.label).lower()
            )


class SignIn(Plain, account.LoginForm):  # type: ignore[misc]  # allauth comes without types
    words = {"login": (_("E-mail"), ""), "password": (_("Password"), "")}

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        # Its fields are made after ours have looked at them.
        login = self.fields["login"]
        login.label, login.help_text = self.words["login"]
        login.widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "maxlength": 254}
        )
        login.error_messages |= {
            "required": gettext("Enter your e-mail address."),
            "invalid": gettext("That is not an e-mail address."),
        }
        self.fields["password"].error_messages["required"] = gettext("Enter your password.")


class PasswordAgain(Plain, account.ReauthenticateForm):  # type: ignore[misc]  # as above
    words = {"password": (_("Password"), "")}


class ChangePassword(Plain, account.ChangePasswordForm):  # type: ignore[misc]  # as above
    words = {
        "oldpassword": (_("Password now"), ""),
        "password1": (_("New password"), PASSWORD_RULE),
        "password2": (_("New password once more"), ""),
    }


class ForgottenPassword(Plain, account.ResetPasswordForm):  # type: ignore[misc]  # as above
    words = {"email": (_("E-mail"), "")}

    def save(self, request: HttpRequest, **named: Any) -> str:
        """A mail goes out either way: else the time that takes would tell who has an account."""
        email: str = super().save(request, **named)
        if not self.users:
            post(nobody_letter(email))
        return email


class NewPassword(Plain, account.ResetPasswordKeyForm):  # type: ignore[misc]  # as above
    words = {
        "password1": (_("New password"), PASSWORD_RULE),
        "password2": (_("New password once more"), ""),
    }


class NotedCode(Plain):
    """A code that is wrong is a refused sign-in: the trail is told."""

    user: User

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # of the library's form beside this one
        except ValidationError as wrong:
            if wrong.code == "incorrect_code":
                because = {"because": "second step"}
                note_everywhere(AuditAction.SIGN_IN_REFUSED, user=self.user, after=because, now=now())
            raise
        return code


class SecondStep(NotedCode, mfa.AuthenticateForm):  # type: ignore[misc]  # as above
    words = {"code": (_("Code"), CODE_RULE)}


class CodeAgain(NotedCode, mfa.ReauthenticateForm):  # type: ignore[misc]  # as above
    words = {"code": (_("Code"), CODE_RULE)}


class FirstCode(Plain, ActivateTOTPForm):  # type: ignore[misc]  # as above
    words = {"code": (_("Code"), _("The six digits that your app shows now."))}


class NewSecurityKey(Plain, AddWebAuthnForm):  # type: ignore[misc]  # as above
    words = {
        "name": (_("Name of the key"), _("So that you know it from others.")),
        "credential": (_("Key"), ""),
    }
    name = forms.CharField(required=False, max_length=LONGEST_KEY_NAME)


class SecurityKeyName(Plain, EditWebAuthnForm):  # type: ignore[misc]  # as above
    words = {"name": (_("Name of the key"), "")}
    name = forms.CharField(max_length=LONGEST_KEY_NAME)


class NameFields(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )


class EmailFields(forms.Form):
    email = forms.CharField(
        max_length=254,
        label=_("New e-mail"),
        help_text=_("A mail with a link goes there. Your old address stays until you open the link."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter the new address.")},
    )


class JoinFields(forms.Form):
    """What someone without an account says when they accept an invitation."""

    name = forms.CharField(
        max_length=150,
        label=_("Your name"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_RULE,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Choose a password.")},
    )
