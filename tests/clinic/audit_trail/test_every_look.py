"""Every door, walked: whoever is shown is noted, in the name of who looked, before the answer goes out."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile, is_zipfile

import pytest

from clinic.identity.actors import Role, Scope, Way
from clinic.identity.permissions import Act
from clinic.models import AuditEntry, Patient
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_key, a_patient, a_user
from tests.support.cast import NOW, PASSWORD
from tests.support.desk import Desk
from tests.support.matrix.doors import Door, address, doors
from tests.support.matrix.rows import Rows, rows_of_a_clinic
from tests.support.openapi.bodies import body_for
from tests.support.rest import RestClient
from tests.support.worlds import a_plan
from treatments.models import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Names that stand in no word of a page.
MARIT, COMPANION, DUE, LONE = "Zwaluwstaart", "Kwikzilver", "Quastenflosser", "Oeverloper"

# What is sent to pages that show somebody in answer to it.
_SENT: dict[str, list[dict[str, Any]]] = {
    "patient-export": [{"password": PASSWORD}],
    "patients-found": [{"search": "mar"}],
    "patient-new": [
        {"given_name": "Marit", "family_name": LONE, "language": "en", "message_consent": "not_asked"}
    ],
}


@dataclass
class Looked:
    """One answer: who was in it, and whom the trail says that they saw."""

    door: str
    shown: set[str]
    noted: set[str]


@dataclass
class Walk:
    """A person and a key who may do everything, in a clinic whose patients are known by their names."""

    rows: Rows
    patients: dict[str, Patient]

    def __post_init__(self) -> None:
        clinic = self.rows.world.clinic
        self.user = a_user(clinic=clinic, role=Role.OWNER)
        self.key, secret = a_key(clinic=clinic, scopes=list(Scope))
        self.desk, self.rest = Desk(self.user, now=NOW), RestClient(secret)

    def looks(self) -> Iterator[Looked]:
        """Through every door; where a course is opened, one that is booked and one that is due."""
        booked, due = self.rows, replace(self.rows, plan=Plan.objects.get(patient=self.patients[DUE]))
        for door in doors():
            for rows in (booked, due) if address(door, booked) != address(door, due) else (booked,):
                for said in self.asked(door):
                    before = AuditEntry.objects.count()
                    text = self.answer(door, address(door, rows), said)
                    yield Looked(f"{door} {said}", self.shown(text, door), self.noted(door, before))

    def asked(self, door: Door) -> list[dict[str, Any]]:
        """What a page is asked besides: everything that leads to further patients, at once."""
        if not door.is_page:
            return [{}] if door.method == "GET" else [body_for(door, self.rows), {"name": "mar"}]
        if door.method == "POST":
            return _SENT.get(door.name, [])
        companion = Plan.objects.get(patient=self.patients[COMPANION])
        # Not the whole name: what was typed stands in the page again, and tells nobody.
        searched = {"search": "mar", "together_with": COMPANION[:5], "from": "calls"}
        return [
            {},
            searched,
            {"search": "", "companion": str(companion.uuid), "within_minutes": "60", "on": "2027-01-12"},
        ]

    def answer(self, door: Door, url: str, said: dict[str, Any]) -> str:
        if not door.is_page:
            return self.rest.ask(door.method, url, said).text
        if door.method == "POST":
            with self.desk.clock():
                return _text_of(self.desk.client.post(url, said).content)
        joint = "&" if "?" in url else "?"
        return self.desk.get(f"{url}{joint}{urlencode(said)}" if said else url).html

    def shown(self, text: str, door: Door) -> set[str]:
        # The trail itself holds opaque ids; that somebody read it is an entry of its own.
        reads_ids = door.act is not Act.SEE_TRAIL
        return {
            name
            for name, patient in self.patients.items()
            if name in text or (reads_ids and str(patient.uuid) in text)
        }

    def noted(self, door: Door, before: int) -> set[str]:
        who, way = (self.user.uuid, Way.PAGE) if door.is_page else (self.key.uuid, Way.REST)
        entries = AuditEntry.objects.order_by("pk")[before:]
        told = " ".join(one.patients for one in entries if (one.actor, one.way) == (str(who), way))
        return {name for name, patient in self.patients.items() if patient.uuid.hex in told}


def _text_of(content: bytes) -> str:
    if not is_zipfile(io.BytesIO(content)):
        return content.decode()
    with ZipFile(io.BytesIO(content)) as folder:
        return "".join(folder.read(name).decode() for name in folder.namelist())


@pytest.fixture
def walk() -> Walk:
    """Who is due wishes to come with the companion; Marit and the companion are booked, one is new."""
    rows = rows_of_a_clinic(family_name=MARIT)
    world = rows.world
    others = {name: a_patient(clinic=world.clinic, family_name=name) for name in (COMPANION, DUE, LONE)}
    companion = a_booked_course(world=world, patient=others[COMPANION])[0].plan
    assert companion is not None
    due = a_plan(world=world, patient=others[DUE])
    Plan.objects.filter(pk=due.pk).update(wishes={"companion": str(companion.uuid)})
    return Walk(rows, {MARIT: world.patient, **others})


def unseen(walk: Walk) -> list[tuple[str, set[str]]]:
    """Doors that show somebody without an entry that says so."""
    return [(look.door, look.shown - look.noted) for look in walk.looks() if look.shown - look.noted]


def test_every_door_that_shows_patients_leaves_entries_that_name_each_of_them(walk):
    found = unseen(walk)

    assert not found, "\n".join(map(str, found))


def test_without_the_telling_the_same_walk_finds_the_doors(walk, monkeypatch):
    monkeypatch.setattr("clinic.web.trail.record_audit", lambda *told, **named: None)

    found = unseen(walk)

    assert len({door for door, _ in found}) > 20
    assert set.union(*(missing for _, missing in found)) == {MARIT, COMPANION, DUE, LONE}
