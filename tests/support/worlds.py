"""The standard small clinic, and a prescription in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import transaction

from clinic.identity.actors import Actor, Role
from clinic.models import Clinic, Patient, Resource, Site
from scheduling.courses.prescribe import prescribe_course
from tests.support.builders import (
    a_clinic,
    a_device,
    a_patient,
    a_practitioner,
    a_room,
    a_site,
    an_actor,
    an_owner,
    hours_at,
)
from tests.support.cast import (
    ASSISTANTS,
    CENTRIFUGES,
    DOCTORS,
    DRAW_CHAIRS,
    NOW,
    PROCEDURE_ROOM,
    TREATMENT_ROOMS,
)
from tests.support.database.stamping import Stamp
from treatments.catalogue_files.load import load_catalogue
from treatments.models import Plan, Protocol, SessionType
from treatments.prescribing import Prescription
from treatments.wishes import Wishes


@dataclass(frozen=True)
class World:
    """The standard small clinic. Its people stand in the order of `tests.support.cast`."""

    clinic: Clinic
    site: Site
    doctors: tuple[Resource, ...]
    assistants: tuple[Resource, ...]
    treatment_rooms: tuple[Resource, ...]
    draw_chairs: tuple[Resource, ...]
    procedure_room: Resource
    centrifuges: tuple[Resource, ...]
    protocols: dict[str, Protocol]
    session_types: dict[str, SessionType]
    patient: Patient

    @property
    def reception(self) -> Actor:
        return an_actor(clinic=self.clinic)

    @property
    def owner(self) -> Actor:
        return an_owner(clinic=self.clinic)

    @property
    def doctor(self) -> Actor:
        return an_actor(clinic=self.clinic, role=Role.PRACTITIONER, practitioner=self.doctors[0])


def a_course_world(**differently: Any) -> World:
    """A clinic with its catalogue and one site, staffed and open Monday to Friday from nine to five.

    `differently`: zone, country, now, and columns of the clinic. Those like all others are stamped.
    """
    return _made_world(**differently) if differently else _standard_world().world()


@cache
def _standard_world() -> Stamp[World]:
    """Made once a process, and taken back out of the database."""
    with transaction.atomic():
        world = _made_world()
        stamp = Stamp(world, world.clinic)
        transaction.set_rollback(True)
    return stamp


def _made_world(
    *, zone: str = "Europe/Amsterdam", country: str = "NL", now: datetime = NOW, **fields
) -> World:
    clinic = a_clinic(created_at=now, **fields)
    load_catalogue(clinic=clinic, now=now)
    site = a_site(clinic=clinic, zone=zone, country=country, now=now)
    hours_at(site=site)

    def staff(names: Sequence[str], skill: str) -> tuple[Resource, ...]:
        return tuple(a_practitioner(clinic=clinic, name=n, skills=[skill], works_at=site) for n in names)

    def rooms(names: Sequence[str], skill: str) -> tuple[Resource, ...]:
        return tuple(a_room(site=site, name=name, skills=[skill]) for name in names)

    return World(
        clinic=clinic,
        site=site,
        doctors=staff(DOCTORS, "doctor"),
        assistants=staff(ASSISTANTS, "assistant"),
        treatment_rooms=rooms(TREATMENT_ROOMS, "treatment-room"),
        draw_chairs=rooms(DRAW_CHAIRS, "draw-chair"),
        procedure_room=a_room(site=site, name=PROCEDURE_ROOM, skills=["procedure-room"]),
        centrifuges=tuple(a_device(site=site, name=name) for name in CENTRIFUGES),
        protocols={row.key: row for row in Protocol.objects.filter(clinic=clinic, is_current=True)},
        session_types={row.key: row for row in SessionType.objects.filter(clinic=clinic, is_current=True)},
        patient=a_patient(clinic=clinic, now=now),
    )


def a_plan(
    *,
    world: World,
    protocol: str = "prp-mesotherapy",
    sessions: int = 4,
    patient: Patient | None = None,
    prescribed_by: Resource | None = None,
    wishes: Wishes = Wishes(),
    by: Actor | None = None,
    now: datetime = NOW,
    **fields,
) -> Plan:
    """A prescription entered at the desk, with its course: every session due."""
    prescription = Prescription(
        patient=patient or world.patient,
        protocol=world.protocols[protocol],
        session_count=sessions,
        prescribed_by=prescribed_by or world.doctors[0],
        wishes=wishes,
        **fields,
    )
    return prescribe_course(prescription=prescription, by=by or world.reception, now=now)


def a_second_site(world: World) -> Site:
    """East, with everything a PRP + mesotherapy needs, and a doctor who is only there."""
    east = a_site(clinic=world.clinic, name="East")
    hours_at(site=east)
    a_practitioner(clinic=world.clinic, name="Dr East", works_at=east)
    a_practitioner(clinic=world.clinic, name="Eve", skills=["assistant"], works_at=east)
    a_room(site=east, name="East room")
    a_room(site=east, name="East chair", skills=["draw-chair"])
    a_device(site=east, name="East centrifuge")
    return east
