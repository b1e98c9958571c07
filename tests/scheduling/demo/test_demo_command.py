"""The command that makes the demo clinic and takes it out: never where others come, never beside a clinic."""

import json
import stat
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from clinic.identity.actors import Role
from clinic.models import AuditEntry, Clinic, Membership, Patient, User
from scheduling.demo.days import Size
from scheduling.demo.making import make_demo
from scheduling.demo.removing import demo_clinic, remove_demo
from tests.support.builders import a_clinic, a_patient, a_user
from tests.support.worlds import a_course_world

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# A Wednesday, noon in Amsterdam.
NOW = datetime(2027, 1, 20, 11, tzinfo=UTC)
SMALLEST = Size(patients=7, weeks_lived=1, weeks_ahead=4, calling_now=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path


def demo(*arguments, **named):
    out = StringIO()
    call_command("demo", *arguments, stdout=out, **named)
    return out.getvalue()


def rows():
    """How many rows each table has, but for what outlives every clinic."""
    kept = ("clinic.AuditEntry", "clinic.AuditPatient", "clinic.Seal", "clinic.AuditCut")
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.label not in kept
    }


@pytest.mark.reads_clock
def test_the_command_writes_the_way_in_where_only_this_account_can_read_it(folder):
    said = demo(patients=8, seed="tests")

    way_in = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    assert set(way_in) == {"clinic", "users", "api_key", "feed_url_path", "seed"}
    assert way_in["clinic"] == str(Clinic.objects.get().uuid)
    assert stat.S_IMODE((folder / "demo.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["demo.json"]
    assert "8 patients" in said
    assert "Practitioners" in said
    assert way_in["api_key"] not in said


def test_where_there_is_a_clinic_no_demo_is_made(folder):
    clinic = a_clinic(name="Keizersgracht")

    assert demo() == "There is a clinic already, Keizersgracht: no demo clinic is made.\n"
    assert Clinic.objects.get() == clinic
    assert not list(folder.iterdir())


@pytest.mark.parametrize("address", ["https://book.clinic.example", "http://192.0.2.7:8000"])
def test_where_others_can_reach_the_service_no_demo_is_made(settings, address, folder):
    settings.BASE_URL = address

    assert demo() == f"Others can reach {address}: no demo clinic is made.\n"
    assert not Clinic.objects.exists()
    assert not list(folder.iterdir())


def test_a_demo_that_stands_already_keeps_a_service_from_opening_to_others(settings):
    a_clinic(slug="demo", name="Lindengracht Clinic (demo)")
    settings.BASE_URL = "https://book.clinic.example"

    with pytest.raises(CommandError, match="Remove it first: manage.py demo --remove"):
        demo()


@pytest.mark.reads_clock
def test_a_clinic_that_is_founded_while_the_demo_is_made_stays_alone(monkeypatch, folder):
    def found_another(**asked):
        made = make_demo(**asked | {"size": SMALLEST})
        a_clinic(name="Keizersgracht")
        return made

    monkeypatch.setattr("scheduling.management.commands.demo.make_demo", found_another)

    with pytest.raises(CommandError, match="A clinic was founded meanwhile"):
        demo()

    assert not Clinic.objects.filter(slug="demo").exists()
    assert not (folder / "demo.json").exists()


@pytest.mark.reads_clock
def test_a_demo_that_was_interrupted_says_at_the_next_start_that_it_begins_anew(monkeypatch, folder):
    def stop(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr("scheduling.management.commands.demo.make_demo", stop)
        with pytest.raises(KeyboardInterrupt):
            demo()
    assert not Clinic.objects.exists()

    said = demo(patients=8, seed="tests")

    assert said.startswith("The last start was stopped before the demo was made, and left nothing of it.\n")
    assert Clinic.objects.count() == 1
    assert [path.name for path in folder.iterdir()] == ["demo.json"]


def test_the_demo_is_removed_whole_and_the_clinic_beside_it_stays_as_it_is(folder):
    other = a_course_world()
    member = a_user(clinic=other.clinic)
    before = rows()
    make_demo(size=SMALLEST, seed="tests", now=NOW, watch=lambda lived, of, on: None)
    (folder / "demo.json").write_text("{}")

    said = demo("--remove")

    connection.check_constraints()
    assert rows() == before
    assert said.startswith("Lindengracht Clinic (demo) is removed, ")
    assert User.objects.filter(pk=member.pk).exists()
    assert not (folder / "demo.json").exists()
    # What was done and seen there stays written: it names nobody.
    assert AuditEntry.objects.exclude(clinic=other.clinic).exists()


def test_where_there_is_no_demo_nothing_is_removed():
    patient = a_patient(clinic=a_clinic())

    assert demo("--remove") == "There is no demo clinic here.\n"
    assert Patient.objects.get() == patient


def test_a_demo_in_which_somebody_works_by_now_is_not_removed():
    clinic = a_clinic(slug="demo", name="Lindengracht")
    a_user(clinic=clinic, role=Role.RECEPTIONIST, email="anna@lindengracht.example")

    with pytest.raises(CommandError, match="it is a clinic, and stays"):
        demo("--remove")

    assert Membership.objects.count() == 1


def test_a_person_of_the_demo_who_works_elsewhere_too_keeps_their_account():
    clinic, other = a_clinic(slug="demo", name="Lindengracht Clinic (demo)"), a_clinic()
    owner = a_user(clinic=clinic, role=Role.OWNER, email="owner@example.org")
    Membership.objects.create(clinic=other, user=owner, role=Role.OWNER)

    found = demo_clinic()
    assert found is not None
    remove_demo(clinic=found)

    assert [row.clinic for row in owner.memberships.all()] == [other]
