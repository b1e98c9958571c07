"""The trusted device that a request comes from, and sessions that a PIN opened on it."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse

from clinic.access.shared_desk import TRUSTED_FOR, NewlyTrusted, device_with
from clinic.models import TrustedDevice, User
from clinic.web.clock import now
from clinic.web.desk.at_desk import Kept

COOKIE = "desk_device"
_MARK = "by_pin_on"
_NOT_ASKED = object()


def device_of(request: HttpRequest) -> TrustedDevice | None:
    """The trusted device at which the request was made; asked of the database once a request."""
    known = getattr(request, "trusted_device", _NOT_ASKED)
    if known is _NOT_ASKED:
        secret = request.COOKIES.get(COOKIE)
        known = device_with(secret=secret, now=now()) if secret else None
        setattr(request, "trusted_device", known)  # noqa: B010  (a mark of ours on Django's object)
    return known if isinstance(known, TrustedDevice) else None


def device_in(request: HttpRequest, *, clinic_id: int) -> TrustedDevice | None:
    """The same, unless it is another clinic that trusts the device."""
    device = device_of(request)
    return device if device is not None and device.clinic_id == clinic_id else None


def keep_device(response: HttpResponse, *, trusted: NewlyTrusted) -> None:
    """Tell the browser the secret by which it is known from now on."""
    response.set_cookie(
        COOKIE,
        trusted.secret,
        max_age=TRUSTED_FOR // timedelta(seconds=1),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def pinned_to(session: Kept) -> str | None:
    """The public id of the device at which a PIN opened the session, if one did."""
    return session.get(_MARK)


def is_by_pin(request: HttpRequest) -> bool:
    """Whether the session goes back to a PIN: it may change nothing about how anyone signs in."""
    return pinned_to(request.session) is not None


def sit_down(request: HttpRequest, *, user: User, device: TrustedDevice) -> None:
    """The user acts from now on, in a new session that keeps nothing of the one before."""
    logout(request)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    mark_by_pin(request, device=device)


def mark_by_pin(request: HttpRequest, *, device: TrustedDevice) -> None:
    request.session[_MARK] = str(device.uuid)


def is_cut_off(request: HttpRequest, *, clinic_id: int) -> bool:
    """Whether a PIN opened the session, and not on this device, or one that this clinic trusts no more."""
    if not is_by_pin(request):
        return False
    device = device_in(request, clinic_id=clinic_id)
    return device is None or str(device.uuid) != pinned_to(request.session)
