"""Every way in, read off the list of paths: what each door needs, and whose rows lie behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clinic.identity.permissions import Act
from clinic.web.rest.contract import Contract
from tests.support.matrix.rows import TILL, Rows

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
    "offer": "its address is the secret",
    "switch": "the PIN is what opens it, and on a trusted device alone",
    "api-schema": "tells of the service, and of no clinic",
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

    @property
    def takes_an_id(self) -> bool:
        """Whether its path names a row by an id of ours; what others call rows is no secret of ours."""
        return bool(self.takes) and self.name not in _SPELT


# What a path's id names. A new kind of path with an id is entered here first.
_BEHIND: dict[str, Callable[[Rows], UUID]] = {
    "patient": lambda rows: rows.patient.uuid,
    "patient-export": lambda rows: rows.patient.uuid,
    "patient-erase": lambda rows: rows.patient.uuid,
    "patient-address": lambda rows: rows.patient.uuid,
    "patient-change": lambda rows: rows.patient.uuid,
    "prescribe": lambda rows: rows.patient.uuid,
    "session-move": lambda rows: rows.session.uuid,
    "book-session": lambda rows: rows.patient.uuid,
    "session-walk-in": lambda rows: rows.patient.uuid,
    "session": lambda rows: rows.session.uuid,
    "session-confirm": lambda rows: rows.session.uuid,
    "session-kind": lambda rows: rows.session.uuid,
    "session-elsewhere": lambda rows: rows.session.uuid,
    "session-arrive": lambda rows: rows.session.uuid,
    "session-start": lambda rows: rows.session.uuid,
    "session-complete": lambda rows: rows.session.uuid,
    "session-correct": lambda rows: rows.session.uuid,
    "session-miss": lambda rows: rows.session.uuid,
    "session-undo": lambda rows: rows.session.uuid,
    "session-give-time": lambda rows: rows.session.uuid,
    "act-undo": lambda rows: rows.act.uuid,
    "word-right": lambda rows: rows.word.uuid,
    "word-not-mine": lambda rows: rows.word.uuid,
    "act-send-now": lambda rows: rows.act.uuid,
    "plan": lambda rows: rows.plan.uuid,
    "told": lambda rows: rows.message.uuid,
    "phone-begin": lambda rows: rows.patient.uuid,
    "phone-tried": lambda rows: rows.patient.uuid,
    "phone-reached": lambda rows: rows.patient.uuid,
    "calendars": lambda rows: rows.plan.uuid,
    "plan-concerns": lambda rows: rows.plan.uuid,
    "concern-new": lambda rows: rows.plan.uuid,
    "session-cancel": lambda rows: rows.session.uuid,
    "plan-cancel": lambda rows: rows.plan.uuid,
    "plan-amend": lambda rows: rows.plan.uuid,
    "plan-pause": lambda rows: rows.plan.uuid,
    "plan-ripple": lambda rows: rows.plan.uuid,
    "session-wait": lambda rows: rows.session.uuid,
    "wait-leave": lambda rows: rows.wait.uuid,
    "wait-first": lambda rows: rows.wait.uuid,
    "wait-offer": lambda rows: rows.wait.uuid,
    "offer-accept": lambda rows: rows.offer.uuid,
    "offer-decline": lambda rows: rows.offer.uuid,
    "plan-resume": lambda rows: rows.plan.uuid,
    "hold-book": lambda rows: rows.hold.uuid,
    "hold-release": lambda rows: rows.hold.uuid,
    "site": lambda rows: rows.world.site.uuid,
    "site-last-day": lambda rows: rows.world.site.uuid,
    "site-holidays": lambda rows: rows.world.site.uuid,
    "resource": lambda rows: rows.world.doctors[0].uuid,
    "resource-last-day": lambda rows: rows.world.doctors[0].uuid,
    "skill": lambda rows: rows.skill.uuid,
    "skill-retire": lambda rows: rows.skill.uuid,
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
    "feed-rotate": lambda rows: rows.feed.uuid,
    "feed-revoke": lambda rows: rows.feed.uuid,
}


# By the name that a path gives to what it is about.
_NAMED: dict[str, Callable[[Rows], UUID | str]] = {
    "patient_id": lambda rows: rows.patient.uuid,
    "plan_id": lambda rows: rows.plan.uuid,
    "act_id": lambda rows: rows.act.uuid,
    "word_id": lambda rows: rows.word.uuid,
    "hold_id": lambda rows: rows.hold.uuid,
    "session_id": lambda rows: rows.session.uuid,
    "wait_id": lambda rows: rows.wait.uuid,
    "site_id": lambda rows: rows.world.site.uuid,
    "leave_id": lambda rows: rows.leave.uuid,
    "closure_id": lambda rows: rows.closure.uuid,
    "message_id": lambda rows: rows.message.uuid,
    "offer_id": lambda rows: rows.offer.uuid,
    "feed_id": lambda rows: rows.feed.uuid,
    "skill_id": lambda rows: rows.skill.uuid,
    "resource_id": lambda rows: rows.world.doctors[0].uuid,
    "on": lambda rows: "2027-01-05",
    "external": lambda rows: "roster-1",
}


# Paths that name the patient by what another system calls them.
_SPELT = {"api-patient-by-external-id": {"system": TILL.system, "value": TILL.value}}


# What must be asked at a path without which it answers nothing.
_ASKED: dict[str, Callable[[Rows], dict[str, UUID | str]]] = {
    "api-starts": lambda rows: {"session_type": rows.world.session_types["consultation"].uuid},
    "api-matches": lambda rows: {
        "site": rows.world.site.uuid,
        "starts_at": "2027-01-07T09:00:00Z",
        "ends_at": "2027-01-07T12:00:00Z",
    },
    "live": lambda rows: {"since": "0", "clinic": rows.world.clinic.uuid},
}


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


def contracts_of(callback: Any) -> dict[str, Contract]:
    """Method → the contract of an endpoint; nothing for a page."""
    contracts: dict[str, Contract] = getattr(getattr(callback, "cls", None), "contracts", {})
    return contracts


def needs(callback: Any) -> dict[str, Act]:
    """Method → what it needs, as the view itself says; nothing for an open one."""
    if contracts := contracts_of(callback):
        return {method: contract.act for method, contract in contracts.items()}
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
        Door(name, method, act, not contracts_of(pattern.callback), tuple(pattern.pattern.converters))
        for name, pattern in paths()
        for method, act in needs(pattern.callback).items()
    ]


def address(door: Door, rows: Rows) -> str:
    """The path with the ids of those rows, and what must be asked there."""
    if asked := _ASKED.get(door.name):
        return f"{reverse(door.name)}?{urlencode(asked(rows))}"
    if not door.takes:
        return reverse(door.name)
    if spelt := _SPELT.get(door.name):
        return reverse(door.name, kwargs=spelt)
    first, *others = door.takes
    behind = _BEHIND.get(door.name) or _NAMED[first]
    return reverse(door.name, kwargs={first: behind(rows), **{name: _NAMED[name](rows) for name in others}})
