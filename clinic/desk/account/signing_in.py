"""Signing in and out: django-allauth's pages in our look, under our addresses."""

from typing import Any

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from clinic.web.desk.desk_access import DeskView, account_page
from clinic.web.desk.idle_lock import own_path


class Refusing:
    """A form that is sent back has the status of a refusal."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # of the view beside this
        if response.status_code == 200:
            response.status_code = 422
        return response


def refusing(view: Any) -> DeskView:
    """The library's view, refusing with 422."""
    kind: Any = type(view.__name__, (Refusing, view), {})
    shown: DeskView = kind.as_view()
    return shown


class SignInPage(Refusing, account.LoginView):  # type: ignore[misc]  # allauth comes without types
    template_name = "clinic/account/sign_in.html"


sign_in = SignInPage.as_view()
second_step = refusing(mfa.AuthenticateView)
password_forgotten = refusing(account.PasswordResetView)
password_anew = refusing(account.PasswordResetFromKeyView)

factors = account_page(mfa.index)
app_set_up = account_page(refusing(totp.ActivateTOTPView))
app_take_off = account_page(refusing(totp.DeactivateTOTPView))
codes = account_page(recovery.view_recovery_codes)
codes_anew = account_page(refusing(recovery.GenerateRecoveryCodesView))
key_add = account_page(refusing(webauthn.AddWebAuthnView))
key_rename = account_page(refusing(webauthn.EditWebAuthnView))
key_take_off = account_page(webauthn.remove_webauthn)
code_again = account_page(refusing(mfa.ReauthenticateView))
key_again = account_page(refusing(webauthn.ReauthenticateWebAuthnView))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leads to the sign-in page, and from there to the path that `next` names."""
    get_adapter().logout(request)
    onward = own_path(request, request.POST.get("next", ""))
    return redirect_to_login(onward) if onward else redirect("sign-in")


@require_safe
@account_page
def keys(request: HttpRequest) -> HttpResponse:
    return redirect("mfa_index")
