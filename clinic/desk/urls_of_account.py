"""Addresses of signing in and of one's own account. Names with an underscore are django-allauth's own."""

from allauth.account import views as account_views
from django.urls import path, re_path

from clinic.desk.access import invitation
from clinic.desk.account import account, signing_in

urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/", signing_in.sign_in, name="account_login"),
    path("sign-in/second-step/", signing_in.second_step, name="mfa_authenticate"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("sign-out/", signing_in.sign_out, name="account_logout"),
    path("password/", signing_in.password_forgotten, name="account_reset_password"),
    path("password/sent/", account_views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/set/",
        account_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        signing_in.password_anew,
        name="account_reset_password_from_key",
    ),
    path("invitation/<token>/", invitation.invitation, name="invitation"),
    path("clinics/", account.clinics, name="clinics"),
    path("account/", account.account, name="account"),
    path("account/name/", account.name, name="account-name"),
    path("account/e-mail/", account.email, name="account-email"),
    path("account/e-mail/<token>/", account.email_confirm, name="new-email-confirm"),
    path("account/password/", account.password, name="account_change_password"),
    path("account/again/password/", account.password_again, name="account_reauthenticate"),
    path("account/again/code/", signing_in.code_again, name="mfa_reauthenticate"),
    path("account/again/key/", signing_in.key_again, name="mfa_reauthenticate_webauthn"),
    path("account/second-step/", signing_in.factors, name="mfa_index"),
    path("account/second-step/app/", signing_in.app_set_up, name="mfa_activate_totp"),
    path("account/second-step/app/off/", signing_in.app_take_off, name="mfa_deactivate_totp"),
    path("account/second-step/codes/", signing_in.codes, name="mfa_view_recovery_codes"),
    path("account/second-step/codes/new/", signing_in.codes_anew, name="mfa_generate_recovery_codes"),
    path("account/second-step/keys/", signing_in.keys, name="mfa_list_webauthn"),
    path("account/second-step/keys/new/", signing_in.key_add, name="mfa_add_webauthn"),
    path("account/second-step/keys/<int:pk>/name/", signing_in.key_rename, name="mfa_edit_webauthn"),
    path("account/second-step/keys/<int:pk>/off/", signing_in.key_take_off, name="mfa_remove_webauthn"),
    path("account/sessions/", account.sessions, name="sessions"),
    path("account/sessions/others/end/", account.sessions_end, name="sessions-end"),
    path("account/sessions/<int:pk>/end/", account.session_end, name="session-end"),
]
