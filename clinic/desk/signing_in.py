"""Signing in and out."""

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from clinic.desk.forms import SignIn


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    onward = _onward(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(onward)
        return _page(request, SignIn(request, use_required_attribute=False), onward)
    form = SignIn(request, data=request.POST, use_required_attribute=False)
    if not form.is_valid():
        return _page(request, form, onward, status=422)
    login(request, form.get_user())
    return redirect(onward)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


def _onward(request: HttpRequest) -> str:
    """Where they were going, if that is a page of ours."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_ours else "day-sheet"


def _page(request: HttpRequest, form: SignIn, onward: str, status: int = 200) -> HttpResponse:
    return render(request, "clinic/sign_in.html", {"form": form, "next": onward}, status=status)
