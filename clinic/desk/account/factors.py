"""The second step at signing in, as its owner sets it up and takes it off."""

from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from clinic.desk.account.signing_in import refusing
from clinic.web.desk.desk_access import account_page

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


@require_safe
@account_page
def keys(request: HttpRequest) -> HttpResponse:
    return redirect("mfa_index")
