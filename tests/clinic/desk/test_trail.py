"""The auditor's page: who saw or changed this patient, and when."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection

from clinic.audit_trail.read import TrailAsked, entries_asked
from clinic.audit_trail.write import AuditAction, AuditRecord, record_audit
from clinic.identity.actors import Role
from clinic.models import AuditEntry, Patient
from tests.support.builders import a_patient, a_user, an_actor
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.desk import Desk
from tests.support.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.AUDITOR, name="Ruben de Wit"))


def saw(world: World, patient, *, name: str = "Thijs Bakker", days_ago: int = 0):
    user = a_user(clinic=world.clinic, name=name)
    by = an_actor(clinic=world.clinic, user=user)
    record_audit(
        AuditRecord(AuditAction.SAW_PATIENT, patient, [patient.uuid]),
        by=by,
        now=NOW - timedelta(days=days_ago),
    )


def table(desk: Desk, **query: str) -> list[dict[str, str]]:
    """The rows of the CSV."""
    with desk.clock():
        answer: Any = desk.client.get("/trail.csv", query)
        text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(StringIO(text)))


def test_the_page_says_who_saw_a_patient_between_two_dates(world, auditor):
    other = a_patient(clinic=world.clinic, given_name="Jan")
    saw(world, world.patient)
    saw(world, world.patient, name="Long Ago", days_ago=40)
    saw(world, other, name="Somebody Else")

    page = auditor.get("/trail/", patient=str(world.patient.uuid), deed="saw_patient")

    names = page.html.partition("<tbody>")[2]
    assert "Thijs Bakker" in names
    assert "Saw patient" in names
    assert "Long Ago" not in names
    assert "Somebody Else" not in names


def test_the_page_calls_patients_and_rows_what_they_are_called_today_and_says_that_it_did(world, auditor):
    saw(world, world.patient)
    by = an_actor(clinic=world.clinic)
    record_audit(AuditRecord(AuditAction.ADDED_RESOURCE, world.doctors[0]), by=by, now=NOW)
    Patient.objects.update(family_name="Jansen")

    page = auditor.get("/trail/")

    assert "Marit Jansen" in page.text
    assert f"resource {world.doctors[0].name}" in page.text
    assert f"?patient={world.patient.uuid}" in page.seen.links
    assert AuditEntry.objects.get(act="saw_trail").patients == world.patient.uuid.hex


def test_no_name_is_kept_and_the_table_has_none(world, auditor):
    saw(world, world.patient)

    auditor.get("/trail/")

    kept = [str(value) for row in AuditEntry.objects.values() for value in row.values()]
    assert "de Vries" not in " ".join(kept)
    assert "de Vries" not in auditor.get("/trail.csv").html


def test_a_look_at_a_long_list_names_nobody_but_says_how_many(world, auditor):
    others = [a_patient(clinic=world.clinic, family_name=f"Number {one}") for one in range(5)]
    look = AuditRecord(AuditAction.SAW_PATIENTS, patients=[other.uuid for other in others])
    record_audit(look, by=an_actor(clinic=world.clinic), now=NOW)

    page = auditor.get("/trail/", deed="saw_patients")

    assert "5 patients" in page.text
    assert "Number 2" in page.text
    assert "Number 4" not in page.text


def test_the_patients_page_leads_to_who_looked_over_five_years(world):
    owner = Desk(a_user(clinic=world.clinic, role=Role.OWNER))
    saw(world, world.patient, name="Long Ago", days_ago=1_800)

    links = owner.get(f"/patients/{world.patient.uuid}/").seen.links
    [leads] = [link for link in links if link.startswith("/trail/?")]

    assert "Long Ago" in owner.get(leads).text
    reception = Desk(a_user(clinic=world.clinic))
    assert "/trail/" not in reception.get(f"/patients/{world.patient.uuid}/").html


def test_by_member_and_by_deed(world, auditor):
    saw(world, world.patient)
    saw(world, world.patient, name="Noor Visser")
    member = str(AuditEntry.objects.filter(act="saw_patient").order_by("-pk")[0].actor)

    rows = table(auditor, member=member, deed="saw_patient")

    assert [row["who"] for row in rows] == ["Noor Visser"]


def test_looking_at_the_trail_is_an_entry_itself(world, auditor):
    auditor.get("/trail/", patient=str(world.patient.uuid))

    entry = AuditEntry.objects.get(act="saw_trail")
    assert entry.patients == world.patient.uuid.hex
    assert entry.actor == str(auditor.user and auditor.user.uuid)


def test_the_table_defuses_what_a_spreadsheet_would_reckon_with(world, auditor):
    saw(world, world.patient, name="=HYPERLINK(1)")

    [row] = table(auditor, deed="saw_patient")

    assert row["who"] == "'=HYPERLINK(1)"


def test_the_newest_come_first_a_hundred_at_a_time(world, auditor):
    by = an_actor(clinic=world.clinic)
    for minute in range(105):
        record_audit(AuditRecord(AuditAction.SAW_DAY), by=by, now=NOW - timedelta(minutes=minute))

    first = auditor.get("/trail/", deed="saw_day")
    second = auditor.get("/trail/", deed="saw_day", page="1")

    assert first.html.count("Saw day</td>") + first.html.count("Saw day<br>") == 100
    assert second.html.count("Saw day</td>") + second.html.count("Saw day<br>") == 5
    assert "09:00:00" in first.html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"patient": "Marit"}, "is not a patient’s number"),
        ({"first_on": "2027-01-04", "last_on": "2027-01-03"}, "lies before the first"),
        ({"first_on": "soon"}, "That is not a date. Write it as"),
        ({"deed": "danced"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_asked_is_said(typed, sentence, auditor):
    page, answer = auditor.get("/trail/", **typed), auditor.get("/trail.csv", **typed)

    assert (page.status, answer.status) == (422, 422)
    assert sentence in page.text


def test_a_page_that_is_none_is_the_first(auditor):
    assert auditor.get("/trail/", page="-1").status == 200
    assert auditor.get("/trail/", page="x" * 40).status == 200


def test_the_look_goes_by_the_index_on_clinic_and_time(world):
    asked = TrailAsked(NOW - timedelta(days=7), NOW)
    rows = entries_asked(asked=asked, by=an_actor(clinic=world.clinic, role=Role.AUDITOR))

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = rows.explain()

    assert "audit_entry_by_clinic_and_time" in plan


def test_a_day_is_the_clinic_s_own_day(world, auditor):
    # 23:30 UTC on the third is half past midnight of the fourth in Amsterdam.
    by = an_actor(clinic=world.clinic)
    record_audit(AuditRecord(AuditAction.SAW_DAY), by=by, now=NOW.replace(day=3, hour=23, minute=30))

    with clocks_show(NOW):
        rows = table(auditor, first_on="2027-01-04", last_on="2027-01-04", deed="saw_day")

    assert len(rows) == 1
