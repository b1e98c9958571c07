"""Every way in, read off the list of paths: what each door needs, and whose rows lie behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clinic.actors import Role
from clinic.invitations import NewInvitation, invite_member
from clinic.models import AccessKey, Closure, Invitation, Leave, Membership, Patient, TrustedDevice
from clinic.permissions import Act
from clinic.rota import NewClosure, NewLeave, close_site, grant_leave
from scheduling.models import Hold, Session
from tests.builders import a_key, a_user
from tests.cast import NOW
from tests.courses import a_booked_course
from tests.holds import a_hold
from tests.sharing import a_trusted_device
from tests.worlds import World, a_course_world
from treatments.models import Plan

# Open to who is not signed in, each for a reason.
OPEN = {
    "sign-in": "one cannot be signed in before",
    "sign-out": "whoever is signed in may leave",
    "account_login": "the same page, as django-allauth calls it",
    "account_logout": "the same, as django-allauth calls it",
    "mfa_authenticate": "the second step, open to whose password was right",
    "account_reset_password": "one who forgot it cannot be signed in",
    "account_reset_password_done": "says that a mail is on its way, or not",
    "account_reset_password_from_key": "its address is the secret",
    "account_reset_password_from_key_done": "says that one may sign in now",
    "invitation": "its address is the secret",
    "healthz": "tells nothing but that the process lives",
    "readyz": "tells nothing but what is up",
    "feed": "its address is the secret",
    "switch": "the PIN is what opens it, and on a trusted device alone",
    "": "answers for paths that are none",
}


@dataclass(frozen=True)
class Door:
    """One method of one path."""

    name: str
    method: str
    act: Act
    is_page: bool
    takes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


@dataclass(frozen=True)
class Rows:
    """A clinic: a patient with a booked and a held course, a member, a key, an invitation, leave."""

    world: World
    plan: Plan
    session: Session
    hold: Hold
    member: Membership
    key: AccessKey
    invitation: Invitation
    device: TrustedDevice
    leave: Leave
    closure: Closure

    @property
    def patient(self) -> Patient:
        return self.world.patient


# What a path's id names. A new kind of path with an id is entered here first.
_BEHIND: dict[str, Callable[[Rows], UUID]] = {
    "patient": lambda rows: rows.patient.uuid,
    "patient-export": lambda rows: rows.patient.uuid,
    "patient-erase": lambda rows: rows.patient.uuid,
    "prescribe": lambda rows: rows.patient.uuid,
    "book-visit": lambda rows: rows.patient.uuid,
    "api-patient": lambda rows: rows.patient.uuid,
    "api-patient-export": lambda rows: rows.patient.uuid,
    "plan": lambda rows: rows.plan.uuid,
    "calendars": lambda rows: rows.plan.uuid,
    "api-plan": lambda rows: rows.plan.uuid,
    "api-proposals": lambda rows: rows.plan.uuid,
    "api-book": lambda rows: rows.plan.uuid,
    "api-hold": lambda rows: rows.plan.uuid,
    "api-one-hold": lambda rows: rows.hold.uuid,
    "api-release": lambda rows: rows.hold.uuid,
    "hold-book": lambda rows: rows.hold.uuid,
    "hold-release": lambda rows: rows.hold.uuid,
    "api-session": lambda rows: rows.session.uuid,
    "api-enter-leave": lambda rows: rows.leave.resource.uuid,
    "api-close-site": lambda rows: rows.world.site.uuid,
    "api-leave-in-the-way": lambda rows: rows.leave.uuid,
    "api-leave-swap": lambda rows: rows.leave.uuid,
    "api-leave-grant": lambda rows: rows.leave.uuid,
    "api-leave-end": lambda rows: rows.leave.uuid,
    "api-closure-in-the-way": lambda rows: rows.closure.uuid,
    "api-closure-end": lambda rows: rows.closure.uuid,
    "leave": lambda rows: rows.leave.uuid,
    "leave-swap": lambda rows: rows.leave.uuid,
    "leave-grant": lambda rows: rows.leave.uuid,
    "leave-end": lambda rows: rows.leave.uuid,
    "closure": lambda rows: rows.closure.uuid,
    "closure-end": lambda rows: rows.closure.uuid,
    "member": lambda rows: rows.member.user.uuid,
    "member-remove": lambda rows: rows.member.user.uuid,
    "invitation-revoke": lambda rows: rows.invitation.uuid,
    "key-rotate": lambda rows: rows.key.uuid,
    "key-revoke": lambda rows: rows.key.uuid,
    "desk-revoke": lambda rows: rows.device.uuid,
}


# What must be asked at a path without which it answers nothing.
_ASKED: dict[str, Callable[[Rows], dict[str, UUID]]] = {
    "api-starts": lambda rows: {"session_type": rows.world.session_types["consultation"].uuid},
}


def rows_of_a_clinic(*, family_name: str = "de Vries", **fields: Any) -> Rows:
    """A clinic of its own, whose patient has that name."""
    world = a_course_world(**fields)
    Patient.objects.filter(pk=world.patient.pk).update(
        family_name=family_name, search_key=f"marit {family_name.casefold()}"
    )
    world.patient.refresh_from_db()
    first, *_ = a_booked_course(world=world)
    assert first.plan is not None
    hold = a_hold(world=world)
    user = a_user(clinic=world.clinic, role=Role.ADMINISTRATOR)
    member = Membership.objects.get(user=user)
    invitation = invite_member(
        new=NewInvitation(email="new@clinic.example", name="New", role=Role.RECEPTIONIST),
        by=world.owner,
        now=NOW,
    ).invitation
    key, _ = a_key(clinic=world.clinic)
    device = a_trusted_device(clinic=world.clinic, label="Front desk").device
    starts_at, ends_at = NOW + timedelta(days=300), NOW + timedelta(days=301)
    away, shut = NewLeave(world.doctors[0], starts_at), NewClosure(world.site, starts_at, ends_at)
    leave = grant_leave(new=away, by=world.owner, now=NOW)
    closure = close_site(new=shut, by=world.owner, now=NOW)
    return Rows(world, first.plan, first, hold, member, key, invitation, device, leave, closure)


def paths() -> Iterator[tuple[str, URLPattern]]:
    """(name, pattern) of every path."""

    def walk(patterns: list[Any]) -> Iterator[URLPattern]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns)
            else:
                yield pattern

    for pattern in walk(get_resolver().url_patterns):
        yield pattern.name or "", pattern


def needs(callback: Any) -> dict[str, Act]:
    """Method → what it needs, as the view itself says; nothing for an open one."""
    if views := getattr(callback, "views", None):
        return {method: view.act for method, view in views.items() if hasattr(view, "act")}
    found = callback
    while found is not None and not hasattr(found, "act"):
        found = getattr(found, "__wrapped__", None)
    return {} if found is None else {"GET": found.act, "POST": found.act}


def is_own_account(callback: Any) -> bool:
    """Whether the page is about whoever is signed in, and asks for no role."""
    found = callback
    while found is not None and not hasattr(found, "is_own_account"):
        found = getattr(found, "__wrapped__", None)
    return found is not None


def doors() -> list[Door]:
    return [
        Door(name, method, act, not hasattr(pattern.callback, "views"), tuple(pattern.pattern.converters))
        for name, pattern in paths()
        for method, act in needs(pattern.callback).items()
    ]


def address(door: Door, rows: Rows) -> str:
    """The path with the ids of those rows, and what must be asked there."""
    if asked := _ASKED.get(door.name):
        return f"{reverse(door.name)}?{urlencode(asked(rows))}"
    if not door.takes:
        return reverse(door.name)
    return reverse(door.name, kwargs={door.takes[0]: _BEHIND[door.name](rows)})
