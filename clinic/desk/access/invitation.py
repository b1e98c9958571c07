"""The page behind the link of an invitation."""

from allauth.account.utils import perform_login
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic.access.invitations import NewAccount, accept_invitation, has_account, invitation_with
from clinic.desk.account.signing_in_forms import JoinFields
from clinic.errors import ClinicError
from clinic.models import Invitation, User
from clinic.web.clock import now
from clinic.web.desk.desk_access import CHOSEN_CLINIC
from clinic.web.desk.desk_errors import refuse_form

_FIELDS = {"name_missing": "name", "weak_password": "password"}


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, *, token: str) -> HttpResponse:
    """Looking at it changes nothing; only the button joins."""
    setattr(request, "is_desk_page", True)  # noqa: B010  (a mark of ours on Django's object)
    found = invitation_with(token=token, now=now())
    if isinstance(request.user, User):
        return _join_as(request, found, token, request.user)
    if has_account(found):
        if request.method == "POST":
            return redirect_to_login(request.path)
        return _page(request, found, None)
    return _join_anew(request, found, token)


def _join_as(request: HttpRequest, found: Invitation, token: str, user: User) -> HttpResponse:
    if request.method != "POST":
        return _page(request, found, None)
    membership = accept_invitation(token=token, user=user, now=now())
    request.session[CHOSEN_CLINIC] = str(membership.clinic.uuid)
    return redirect("day-sheet")


def _join_anew(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    form = JoinFields(request.POST or None, initial={"name": found.name}, use_required_attribute=False)
    if request.method != "POST":
        return _page(request, found, form)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    new = NewAccount(name=form.cleaned_data["name"], password=form.cleaned_data["password"])
    try:
        membership = accept_invitation(token=token, new=new, now=now())
    except ClinicError as refusal:
        return _page(request, found, form, status=refuse_form(form, refusal=refusal, fields=_FIELDS))
    response: HttpResponse = perform_login(request, membership.user)
    return response


def _page(
    request: HttpRequest, found: Invitation, form: JoinFields | None, status: int = 200
) -> HttpResponse:
    is_theirs = isinstance(request.user, User) and request.user.email.lower() == found.email.lower()
    shown = {"invitation": found, "form": form, "is_theirs": is_theirs}
    return render(request, "clinic/access/invitation.html", shown, status=status)
