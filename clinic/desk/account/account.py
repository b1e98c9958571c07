"""One's own account: name and address, what one signs in with, and where one is signed in."""

from allauth.account import views as account_views
from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.access.account_mail import post
from clinic.access.accounts import (
    change_email,
    memberships_of,
    new_email_of,
    new_email_token,
    note_everywhere,
    rename,
)
from clinic.audit_trail.write import AuditAction
from clinic.desk.account.signing_in import refusing
from clinic.desk.account.signing_in_forms import EmailFields, NameFields
from clinic.errors import ClinicError, Unknown
from clinic.models import User
from clinic.sentences import sentence as _
from clinic.web.clock import now
from clinic.web.desk.account_mail import change_letter, new_email_letter
from clinic.web.desk.desk_access import CHOSEN_CLINIC, account_page
from clinic.web.desk.desk_errors import refuse_form
from clinic.web.desk.own_sessions import end_other_sessions, end_session, own_sessions

_FIELDS = {"name_missing": "name", "malformed_email": "email", "account_exists": "email"}
password = account_page(refusing(account_views.PasswordChangeView))
password_again = account_page(refusing(account_views.ReauthenticateView))


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@require_safe
@account_page
def account(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    factors = [row.wrap() for row in Authenticator.objects.filter(user=user).order_by("pk")]
    kinds = {factor.instance.type for factor in factors}
    shown = {
        "has_app": Authenticator.Type.TOTP in kinds,
        "keys": [factor for factor in factors if factor.instance.type == Authenticator.Type.WEBAUTHN],
        "sessions": own_sessions(request, user=user),
        "memberships": memberships_of(user),
    }
    return render(request, "clinic/account/account.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def name(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = NameFields(request.POST or None, initial={"name": user.name}, use_required_attribute=False)
    if request.method != "POST":
        return _name_page(request, form)
    if not form.is_valid():
        return _name_page(request, form, status=422)
    try:
        rename(user=user, name=form.cleaned_data["name"], now=now())
    except ClinicError as refusal:
        return _name_page(request, form, status=refuse_form(form, refusal=refusal, fields=_FIELDS))
    messages.info(request, gettext("You are {name} from now on.").format(name=user.name))
    return redirect("account")


def _name_page(request: HttpRequest, form: NameFields, status: int = 200) -> HttpResponse:
    return render(request, "clinic/account/name.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator]  # allauth has no types
def email(request: HttpRequest) -> HttpResponse:
    form = EmailFields(request.POST or None, use_required_attribute=False)
    if request.method != "POST":
        return _email_page(request, form)
    if not form.is_valid():
        return _email_page(request, form, status=422)
    new = form.cleaned_data["email"].strip()
    try:
        token = new_email_token(user=user_of(request), email=new)
    except ClinicError as refusal:
        return _email_page(request, form, status=refuse_form(form, refusal=refusal, fields=_FIELDS))
    if not post(new_email_letter(new, token)):
        form.add_error(
            None, gettext("The mail could not be sent just now. Wait some minutes, then try again.")
        )
        return _email_page(request, form, status=503)
    messages.info(
        request,
        gettext("A mail with a link is on its way to {new}. Open the link within a day.").format(new=new),
    )
    return redirect("account")


def _email_page(request: HttpRequest, form: EmailFields, status: int = 200) -> HttpResponse:
    return render(request, "clinic/account/email.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def email_confirm(request: HttpRequest, *, token: str) -> HttpResponse:
    user = user_of(request)
    if request.method != "POST":
        shown = {"email": new_email_of(token=token, user=user)}
        return render(request, "clinic/account/email_confirm.html", shown)
    old = change_email(token=token, user=user, now=now())
    # To the old address: whoever reads there is told if it was not them.
    post(change_letter(old, "email_changed", request, now()))
    messages.info(request, gettext("From now on you sign in with {email}.").format(email=user.email))
    return redirect("account")


@require_safe
@account_page
def sessions(request: HttpRequest) -> HttpResponse:
    shown = {"sessions": own_sessions(request, user=user_of(request))}
    return render(request, "clinic/account/sessions.html", shown)


@require_POST
@account_page
def session_end(request: HttpRequest, *, pk: int) -> HttpResponse:
    end_session(request, user=user_of(request), pk=pk)
    _note_ended(request)
    messages.info(request, gettext("That browser is signed out."))
    return redirect("sessions")


@require_POST
@account_page
def sessions_end(request: HttpRequest) -> HttpResponse:
    end_other_sessions(request)
    _note_ended(request)
    messages.info(request, gettext("You are signed out everywhere but here."))
    return redirect("sessions")


def _note_ended(request: HttpRequest) -> None:
    ended = {"changed": "sessions_ended"}
    note_everywhere(AuditAction.CHANGED_SIGN_IN, user=user_of(request), after=ended, now=now())


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def clinics(request: HttpRequest) -> HttpResponse:
    memberships = memberships_of(user_of(request))
    if request.method != "POST":
        return render(request, "clinic/account/clinics.html", {"memberships": memberships})
    known = {str(membership.clinic.uuid) for membership in memberships}
    chosen = request.POST.get("clinic", "")
    if chosen not in known:
        raise Unknown("unknown_clinic", _("You belong to no such clinic. Choose one of your own."))
    request.session[CHOSEN_CLINIC] = chosen
    return redirect("day-sheet")
