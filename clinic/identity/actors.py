"""Actors and the ways in by which they act. Every use case is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from clinic.sentences import Sentence
from clinic.sentences import sentence as _


class ActorKind(StrEnum):
    USER = "user"
    KEY = "key"
    PATIENT = "patient"
    TASK = "task"


class Way(StrEnum):
    """How an act came in."""

    PAGE = "page"
    REST = "rest"
    FEED = "feed"
    LINK = "link"
    TASK = "task"
    COMMAND = "command"


class Role(StrEnum):
    """What a membership lets a user be in one clinic."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    RECEPTIONIST = "receptionist"
    PRACTITIONER = "practitioner"
    AUDITOR = "auditor"


ROLE_NAMES: Mapping[Role, Sentence] = MappingProxyType(
    {
        Role.OWNER: _("owner"),
        Role.ADMINISTRATOR: _("administrator"),
        Role.RECEPTIONIST: _("receptionist"),
        Role.PRACTITIONER: _("practitioner"),
        Role.AUDITOR: _("auditor"),
    }
)


class Scope(StrEnum):
    """What an access key may do."""

    PATIENTS_READ = "patients:read"
    PATIENTS_WRITE = "patients:write"
    PATIENTS_EXPORT = "patients:export"
    CALENDAR_READ = "calendar:read"
    BOOKING_WRITE = "booking:write"
    WAIVE_AS_RECEPTIONIST = "booking:waive:receptionist"
    WAIVE_AS_ADMINISTRATOR = "booking:waive:administrator"
    WAIVE_AS_PRACTITIONER = "booking:waive:practitioner"
    ANSWER_WORDS = "words:answer"
    PLACES_WRITE = "places:write"
    IMPORT = "import"
    FEEDS_WRITE = "feeds:write"
    CLINIC_WRITE = "clinic:write"


@dataclass(frozen=True, slots=True)
class Speaker:
    """A member on whose word somebody else sets rules aside: `reference` is their public id."""

    user_id: int
    reference: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts in one clinic: `reference` is the public id of the user, key or patient.

    `practitioner_id` is the resource whose diary is the user's own. What an actor may do is said by
    `clinic.identity.permissions`. Of one who acts on somebody's word `on_word_of` says whose: they act
    themselves, and set aside what the other may.
    """

    clinic_id: int
    kind: ActorKind
    label: str
    way: Way
    reference: str = ""
    role: Role | None = None
    scopes: frozenset[Scope] = frozenset()
    practitioner_id: int | None = None
    user_id: int | None = None
    key_id: int | None = None
    on_word_of: Speaker | None = None

    def saying(self, speaker: Speaker) -> "Actor":
        """The same actor, on the word of that member."""
        return replace(self, on_word_of=speaker)

    @property
    def sees_only_own_patients(self) -> bool:
        return self.role is Role.PRACTITIONER

    def __str__(self) -> str:
        return f"{self.kind}:{self.reference or self.label}"


def task_actor(*, clinic_id: int, label: str, way: Way = Way.COMMAND) -> Actor:
    """The actor of a background task or a command run by the operator."""
    return Actor(clinic_id=clinic_id, kind=ActorKind.TASK, label=label, way=way)
