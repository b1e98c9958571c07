"""Sign-ins of the demo clinic, with passwords made for this one folder, and a program's key."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from clinic.access.keys import NewKey, issue_key
from clinic.access.members import NewMember, add_member, open_account
from clinic.identity.actors import Actor, ActorKind, Role, Scope, Way
from clinic.models import Resource
from scheduling.demo.cast.names import ADMINISTRATOR, AUDITOR, OWNER, RECEPTIONIST, WORDS
from scheduling.demo.cast.premises import Premises
from scheduling.icalendar.feeds import open_feed


@dataclass(frozen=True, slots=True)
class SignIn:
    """A member of the demo clinic, as an actor, and how to sign in as them."""

    actor: Actor
    email: str
    password: str

    def as_json(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}


def address_of(role: Role) -> str:
    return f"{role}@example.org"


def open_accounts(*, premises: Premises, by: Actor, now: datetime) -> dict[Role, SignIn]:
    """One of each role; the practitioner is the first doctor, with her own diary."""
    doctor = premises.doctors[0]
    names = {
        Role.OWNER: OWNER,
        Role.ADMINISTRATOR: ADMINISTRATOR,
        Role.RECEPTIONIST: RECEPTIONIST,
        Role.PRACTITIONER: doctor.name,
        Role.AUDITOR: AUDITOR,
    }
    own = {Role.PRACTITIONER: doctor}
    return {role: _opened(role, name, own.get(role), by, now) for role, name in names.items()}


def issue_everything_key(*, by: Actor, now: datetime) -> str:
    """The secret of an access key that may do all that keys may do."""
    return issue_key(new=NewKey("Demo", Scope), by=by, now=now).secret


def open_clinic_feed(*, by: Actor, now: datetime) -> str:
    """The path of a calendar with every session of the clinic."""
    opened = open_feed(label="All sessions", by=by, now=now)
    return f"/feeds/{opened.token}.ics"


def _opened(role: Role, name: str, practitioner: Resource | None, by: Actor, now: datetime) -> SignIn:
    email, password = address_of(role), _password()
    user = open_account(email=email, name=name, password=password)
    add_member(new=NewMember(user, role, practitioner), by=by, now=now)
    actor = Actor(
        clinic_id=by.clinic_id,
        kind=ActorKind.USER,
        label=user.name,
        way=Way.PAGE,
        reference=str(user.uuid),
        role=role,
        practitioner_id=practitioner.pk if practitioner else None,
        user_id=user.pk,
    )
    return SignIn(actor, email, password)


def _password() -> str:
    """Three words and four digits: easily typed, and 31 random bits for whoever cannot read the file."""
    words = [secrets.choice(WORDS) for _ in range(3)]
    return f"{'-'.join(words)}-{secrets.randbelow(10_000):04}"
