"""The idle lock: a desk that nobody touches shows nothing, and what was half done goes on for who did it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from clinic.access.shared_desk import MOST_WRONG_TRIES, has_pin, is_pin, refuse_wrong_pin, renew_pin
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.errors import ClinicError, NotAllowed, Problem, ProblemKind, Refused
from clinic.identity.actors import Actor
from clinic.models import User
from clinic.sentences import sentence as _
from clinic.web.clock import now
from clinic.web.desk.at_desk import Desk, Kept
from clinic.web.desk.by_pin import device_in, is_by_pin, is_cut_off, mark_by_pin
from clinic.web.desk.desk_errors import ProblemShown
from clinic.web.in_place import is_in_place, locked, signed_out, wants_json
from clinic.wording import worded

# What the lock page adds to the fields that it carries on; ONWARD stands for a page that was only looked at.
SECRET, LOCK, ACTING, ONWARD = "lock-secret", "lock-id", "lock-acting", "lock-next"
# Said by the script that shows a page anew because others have changed something.
UNATTENDED = "Coursebook-Unattended"
_OWN = (SECRET, LOCK, ACTING, ONWARD, "csrfmiddlewaretoken")
# A password is typed again: it stands in no page's source.
_PASSWORD = "password"  # nosec # part of the names of fields
# When a session was last used is kept as exactly as that: not every request is a write. So a desk may
# lock up to so much early, never late.
LONGEST_GRAIN_SECONDS = 60
_GRAINS_AN_IDLE_TIME = 10
_USED, _TRIES, _GONE_ON = "idle_lock", "idle_lock_tries", "idle_lock_gone_on"
_KEPT_LOCKS = 50


@dataclass(frozen=True, slots=True)
class Carried:
    """What was on its way when it met the lock: fields to send to the action once it is open."""

    action: str
    fields: list[tuple[str, str]]
    lock: str


def idle_lock(request: HttpRequest, desk: Desk) -> HttpResponse | None:
    """A gate of every desk page: the lock page in place of a page once the desk has been idle."""
    if is_cut_off(request, clinic_id=desk.clinic.pk):
        logout(request)
        if is_in_place(request):
            return signed_out(request)
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
    if SECRET in request.POST:
        # Asked even if another window has opened the lock: this one shows it.
        if request.POST.get(ACTING) != desk.actor.reference:
            return _someone_else(request)
        try:
            unlock(request, desk, secret=request.POST[SECRET])
        except ClinicError as refusal:
            return lock_page(request, desk, refusal=refusal)
    elif is_locked(request):
        return locked(request) if is_in_place(request) else lock_page(request, desk)
    elif is_unattended(request):
        return None
    elif _USED not in request.session:
        _begin(request, desk)
    touch(request, seconds=idle_seconds(desk))
    return _go_on(request) if LOCK in request.POST else None


def idle_seconds(desk: Desk) -> int:
    return desk.clinic.idle_lock_minutes * 60


def grain_seconds(seconds: int) -> int:
    return min(LONGEST_GRAIN_SECONDS, seconds // _GRAINS_AN_IDLE_TIME)


def is_locked(request: HttpRequest) -> bool:
    """Whether the session was idle for too long; one that nobody has used yet is not."""
    at = locks_at(request.session)
    return at is not None and _at() >= at


def locks_at(session: Kept) -> int | None:
    """When it locks unless it is used before, in seconds by the wall clock; None until its first use."""
    used = session.get(_USED)
    return None if used is None else used["at"] + used["seconds"]


def is_unattended(request: HttpRequest) -> bool:
    """Whether the page renews itself by our own script: nobody has touched the desk for it."""
    return request.method == "GET" and UNATTENDED in request.headers and _USED in request.session


def touch(request: HttpRequest, *, seconds: int) -> None:
    """Someone is there: the desk locks after so many seconds from now on."""
    used = request.session.get(_USED)
    at = _at()
    if used is None or used["seconds"] != seconds or abs(at - used["at"]) >= grain_seconds(seconds):
        request.session[_USED] = {"at": at, "seconds": seconds}


def unlock(request: HttpRequest, desk: Desk, *, secret: str) -> None:
    """Open the lock for the one who was acting, by their PIN on this device or by their password.

    What a PIN has opened is by PIN from then on. Raises Refused (`pin_refused`, `pin_void`,
    `password_refused`) and, with the session at its end, NotAllowed (`lock_signed_out`).
    """
    device = device_in(request, clinic_id=desk.clinic.pk)
    if device is not None and is_pin(secret):
        refuse_wrong_pin(device=device, pin=secret, by=desk.actor, now=now())
        mark_by_pin(request, device=device)
    else:
        refuse_wrong_password(request, secret, by=desk.actor)
    request.session[_TRIES] = 0
    request.session[_USED] = {"at": _at(), "seconds": idle_seconds(desk)}


def lock_page(request: HttpRequest, desk: Desk, *, refusal: ClinicError | None = None) -> HttpResponse:
    """The lock, and nothing of what lies behind it; a form that met it is carried on in hidden fields."""
    is_out = not request.user.is_authenticated
    if wants_json(request):
        state = "signed_out" if is_out else "refused" if refusal else "locked"
        told = {"state": state, "sentence": worded(refusal.sentence) if refusal else ""}
        return JsonResponse(told, status=422 if refusal else 200)
    if is_out:
        messages.warning(request, worded(refusal.sentence if refusal else _("You are signed out.")))
        return redirect("sign-in")
    device = device_in(request, clinic_id=desk.clinic.pk)
    is_looking = request.method != "POST" or ONWARD in request.POST
    shown = {
        "carried": None if is_looking else _carried(request),
        "onward": request.POST.get(ONWARD, request.get_full_path()),
        "acting": desk.actor,
        "device": device,
        "has_pin": device is not None and has_pin(device=device, by=desk.actor),
        "refusal": ProblemShown(worded(refusal.sentence)) if refusal else None,
    }
    return render(request, "clinic/shared_desk/lock.html", shown, status=422 if refusal else 200)


def own_path(request: HttpRequest, asked: str) -> str | None:
    """The path that was asked for, if it is one of ours."""
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_ours else None


def _begin(request: HttpRequest, desk: Desk) -> None:
    """The first page of a session. After a full sign-in a PIN that was void works again."""
    device = device_in(request, clinic_id=desk.clinic.pk)
    if device is not None and not is_by_pin(request):
        renew_pin(device=device, by=desk.actor)


def _carried(request: HttpRequest) -> Carried:
    fields = [(name, value) for name, values in request.POST.lists() for value in values if _is_left(name)]
    return Carried(request.get_full_path(), fields, request.POST.get(LOCK) or get_random_string(16))


def _is_left(name: str) -> bool:
    """Whether the field is the form's own, and may wait in the page of the lock."""
    return name not in _OWN and _PASSWORD not in name


def _someone_else(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"state": "someone_else", "sentence": ""})
    messages.warning(request, gettext("Someone else had begun this. Nothing of it was sent."))
    return redirect("day-sheet")


def _go_on(request: HttpRequest) -> HttpResponse | None:
    """Let the act that met the lock reach its page, once."""
    if SECRET not in request.POST:
        return _someone_else(request)
    if not _is_first(request, request.POST[LOCK]):
        messages.warning(
            request, gettext("This was sent already. Look at what came of it before you send it again.")
        )
        return redirect("day-sheet")
    left = QueryDict(mutable=True, encoding=request.POST.encoding)
    for name, values in request.POST.lists():
        if _is_left(name):
            left.setlist(name, values)
    left._mutable = False
    setattr(request, "POST", left)  # noqa: B010  (the page sees what its own form sent)
    return None


def _is_first(request: HttpRequest, lock: str) -> bool:
    with _session_alone(request) as session:
        gone_on = session.get(_GONE_ON, [])
        is_first = lock not in gone_on
        session[_GONE_ON] = [*gone_on, lock][-_KEPT_LOCKS:]
        request.session[_GONE_ON] = session[_GONE_ON]
    return is_first


def refuse_wrong_password(request: HttpRequest, typed: str, *, by: Actor) -> None:
    """Raises Refused (`password_refused`), and NotAllowed (`lock_signed_out`) with the session at its end."""
    user = request.user
    # Counted before anyone looks, as with PINs: many at once are worth no more than one by one.
    with _session_alone(request) as session:
        tries = session[_TRIES] = session.get(_TRIES, 0) + 1
    if tries <= MOST_WRONG_TRIES and isinstance(user, User) and user.check_password(typed):
        request.session[_TRIES] = 0
        return
    with transaction.atomic():
        record_audit(
            AuditRecord(AuditAction.SIGN_IN_REFUSED, after={"because": "password"}), by=by, now=now()
        )
    if tries >= MOST_WRONG_TRIES:
        logout(request)
        sentence = _("After {tries} wrong tries you are signed out. Sign in again.", tries=MOST_WRONG_TRIES)
        raise NotAllowed("lock_signed_out", sentence)
    sentence = _("That is not the password of {name}. Type it again.", name=by.label)
    raise Refused([Problem("password_refused", ProblemKind.BLOCKER, sentence)])


@contextmanager
def _session_alone(request: HttpRequest) -> Iterator[SessionBase]:
    """The session as it lies in the database: requests of one browser take turns."""
    key = request.session.session_key
    with transaction.atomic():
        if Session.objects.select_for_update().filter(pk=key).first() is None:
            # Another request has ended it since this one came in.
            logout(request)
            raise NotAllowed("lock_signed_out", _("You are signed out. Sign in again."))
        session = type(request.session)(key)
        yield session
        session.save()


def _at() -> int:
    return int(now().timestamp())
