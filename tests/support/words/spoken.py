"""Rules set aside on somebody's word: who can be named, and what was done in their name."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from clinic.access.speakers import on_word_of
from clinic.identity.actors import Actor, Role
from clinic.models import Resource, User
from scheduling.courses.prescribe import prescribe_course
from scheduling.models import Session, SpokenWaiver
from tests.support.builders import a_user
from tests.support.cast import NOW
from tests.support.worlds import World
from treatments.models import Plan
from treatments.prescribing import Prescription


def a_speaker(*, world: World, doctor: Resource | None = None) -> User:
    """Dr Osei, who signs in, unless another doctor is named."""
    doctor = doctor or world.doctors[0]
    return a_user(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=doctor, name=doctor.name)


def on_the_word_of(who: User | UUID, *, by: Actor) -> Actor:
    return on_word_of(by=by, member=who.uuid if isinstance(who, User) else who, now=NOW)


def two_sessions(*, world: World, by: Actor, reason: str = "Begun elsewhere") -> Plan:
    """Prescribed with fewer sessions than the protocol has: a practitioner may, with a reason."""
    prescription = Prescription(
        patient=world.patient,
        protocol=world.protocols["prp-mesotherapy"],
        session_count=2,
        waiver=reason,
    )
    return prescribe_course(prescription=prescription, by=by, now=NOW)


def a_word(*, world: World, said_by: User | None = None, by: Actor | None = None) -> SpokenWaiver:
    """What reception prescribed on the doctor's word."""
    said_by = said_by or a_speaker(world=world)
    two_sessions(world=world, by=on_the_word_of(said_by, by=by or world.reception))
    return SpokenWaiver.objects.select_related("patient", "plan", "said_by").latest("pk")


def unwritten(*_: Any, **__: Any) -> Iterator[str]:
    """What is set aside on a word without a row that says so. An act that is undone leaves its own."""
    said = {(word.said_at.isoformat(), code) for word in SpokenWaiver.objects.all() for code in word.codes}
    for row in (*Session.objects.exclude(waived=[]), *Plan.objects.exclude(waived=[])):
        for entry in row.waived:
            if "on_word_of" in entry and (entry["at"], entry["code"]) not in said:
                yield f"{row} was set aside on a word that nobody hears of: {entry}"
