"""Pages that `test_pages.py` leaves to other tests, by their names in the list of paths."""

# test_signing_in.py: open to who is not signed in.
BEFORE_SIGNING_IN = (
    "sign-in",
    "account_login",
    "mfa_authenticate",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "invitation",
    # test_offered_time.py
    "offer",
)
# test_account_pages.py: about one's own account, as one without a second step, with an app and with a key.
WITHOUT_SECOND_STEP = {
    "account": "/account/",
    "account-name": "/account/name/",
    "account-email": "/account/e-mail/",
    "account_change_password": "/account/password/",
    "account_reauthenticate": "/account/again/password/",
    "clinics": "/clinics/",
    "mfa_activate_totp": "/account/second-step/app/",
    "mfa_add_webauthn": "/account/second-step/keys/new/",
    "mfa_index": "/account/second-step/",
    "sessions": "/account/sessions/",
}
WITH_AN_APP = {
    "account": "/account/",
    "mfa_deactivate_totp": "/account/second-step/app/off/",
    "mfa_generate_recovery_codes": "/account/second-step/codes/new/",
    "mfa_index": "/account/second-step/",
    "mfa_reauthenticate": "/account/again/code/",
    "mfa_view_recovery_codes": "/account/second-step/codes/",
}
WITH_A_KEY = {
    "mfa_edit_webauthn": "/account/second-step/keys/{key}/name/",
    "mfa_index": "/account/second-step/",
    "mfa_reauthenticate_webauthn": "/account/again/key/",
    "mfa_remove_webauthn": "/account/second-step/keys/{key}/off/",
}
ACCOUNT = (*WITHOUT_SECOND_STEP, *WITH_AN_APP, *WITH_A_KEY, "new-email-confirm")
# test_shared_desk.py: as a trusted device shows them.
SHARED = {
    "this-desk": ("/desk/",),
    "switch": ("/desk/switch/",),
}
# What acts, leads on to a page, or answers programs.
NO_PAGE = {
    "",
    "absence-enter",
    "account_logout",
    "api-schema",
    "desk-awake",
    "desk-pin",
    "desk-revoke",
    "desk-trust",
    "desk-unlock",
    "closure-end",
    "act-send-now",
    "act-undo",
    "feed",
    "feed-revoke",
    "feed-rotate",
    "healthz",
    "hold-book",
    "hold-release",
    "invitation-revoke",
    "key-revoke",
    "key-rotate",
    "leave-end",
    "leave-grant",
    "leave-swap",
    "live",
    "member-remove",
    "mfa_list_webauthn",
    "offer-accept",
    "offer-decline",
    "patients-found",
    "phone-begin",
    "phone-reached",
    "phone-tried",
    "skill-retire",
    "plan-resume",
    "readyz",
    "session-end",
    "sessions-end",
    "sign-out",
    "told",
    "trail-csv",
    "session-arrive",
    "session-confirm",
    "session-give-time",
    "session-miss",
    "session-start",
    "session-undo",
    "wait-first",
    "wait-leave",
    "wait-offer",
    "word-not-mine",
    "word-right",
}
