"""Lines for who came without a time, on the page on which a day is entered."""

import pytest

from clinic.models import AuditEntry
from scheduling.models import Session
from tests.support.acts.attendance import S, again, due_number
from tests.support.acts.courses import everything_written
from tests.support.builders import a_patient
from tests.support.desk import Desk, reception
from tests.support.paper.lines import ON, a_consultation
from tests.support.paper.pages import ADDRESS, NEXT_DAY, kind_of, saved, ticks
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world) -> Desk:
    """Reception, the day after."""
    return reception(world, now=NEXT_DAY)


def test_a_walk_in_is_found_by_name_then_entered(world, desk):
    bo = a_patient(clinic=world.clinic, given_name="Bo", family_name="Smit")
    a_patient(clinic=world.clinic, given_name="Bob", family_name="Jansen")
    before = everything_written()

    found = desk.send(desk.get(ADDRESS), "Find", **{"walk-1-name": "bo", "find": "1"})
    assert (found.status, everything_written()) == (200, before)
    assert "Bo Smit" in found.text
    assert "Bob Jansen" in found.text
    said = {"walk-1-patient": str(bo.uuid), "walk-1-what": kind_of(world), "walk-1-arrived": "10:40"}
    who = {"walk-1-practitioner": str(world.doctors[1].uuid)}
    answer = saved(desk, found, said | who)

    assert answer.status == 302
    session = Session.objects.get(patient=bo)
    assert (session.status, f"{session.arrived_at:%H:%M}", session.local_date) == (S.COMPLETED, "09:40", ON)
    assert [part["name"] for part in session.used] == ["Dr Lindqvist"]


def test_nobody_is_entered_who_was_not_looked_at(world, desk):
    """One name is ticked, and waits for the person who typed it to see whom it found."""
    said = {"walk-0-name": "Marit", "walk-0-what": kind_of(world), "walk-0-arrived": "10:40"}

    page = saved(desk, desk.get(ADDRESS), said)

    assert page.status == 422
    assert "Say who of them it is" in page.text
    assert not Session.objects.exists()
    assert saved(desk, page, {}).status == 302
    assert Session.objects.get().patient == world.patient


def test_who_came_for_their_course_is_offered_what_is_due(world, desk):
    due = due_number(a_plan(world=world), 1)
    page = desk.send(desk.get(ADDRESS), "Find", **{"walk-0-name": "Marit", "find": "0"})
    assert "Marit de Vries: Session 1" in page.text

    said = {"walk-0-what": f"due:{due.uuid}", "walk-0-arrived": "15:00", "walk-0-record-kit-lot": "K-9"}
    answer = saved(desk, page, said)

    assert answer.status == 302
    assert (again(due).status, again(due).local_date) == (S.COMPLETED, ON)


def test_a_walk_in_says_what_its_kind_must_record(world, desk):
    said = {
        "walk-0-name": "Marit",
        "walk-0-patient": str(world.patient.uuid),
        "walk-0-what": kind_of(world, "svf-combination"),
        "walk-0-arrived": "10:40",
    }

    page = saved(desk, desk.get(ADDRESS), said)

    assert page.status == 422
    assert "Write down as well: Harvest site, Kit lot." in page.text
    fields = {"walk-0-record-harvest-site": "waist", "walk-0-record-kit-lot": "S-1"}
    assert saved(desk, page, fields).status == 302
    assert Session.objects.get().record == {"harvest-site": "waist", "kit-lot": "S-1"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"walk-0-name": "Nobody"}, "Nobody is called Nobody."),
        ({"walk-0-arrived": "10:40"}, "Write part of the name"),
        ({"walk-0-name": "Marit"}, "Say what they came for."),
        ({"walk-0-name": "Marit"}, "Say when they came"),
        ({"walk-0-what": "type:1"}, "That is not on offer any more."),
    ],
)
def test_a_walk_in_says_what_it_lacks(world, desk, said, words):
    page = saved(desk, desk.get(ADDRESS), said)

    assert page.status == 422
    assert words in page.text
    assert not Session.objects.exists()


def test_more_lines_and_ticking_all_save_nothing(world, desk):
    one, two = a_consultation(world), a_consultation(world, minutes=120)
    before = everything_written()
    page = desk.get(ADDRESS)

    more = desk.send(page, "More lines", more="yes", **ticks(missed=one))
    ticked = desk.send(more, "Tick all the others", all="given")

    assert everything_written() == before
    fields = ticked.form("Save the day").fields
    assert "walk-5-name" in fields
    assert (fields[f"{one.uuid}-outcome"], fields[f"{two.uuid}-outcome"]) == (["missed"], ["given"])


def test_another_clinics_session_and_patient_are_of_no_line(world, desk):
    theirs = a_consultation(a_course_world(), given_name="Zuleika")
    own = a_consultation(world)
    said = {
        **ticks(given=theirs),
        f"{theirs.uuid}-version": "1",
        "walk-0-name": "",
        "walk-0-patient": str(theirs.patient.uuid),
        "walk-0-what": kind_of(world),
        "walk-0-arrived": "10:40",
    }

    page = saved(desk, desk.get(ADDRESS), said | {f"{own.uuid}-outcome": "missed"})

    assert page.status == 422
    assert "A line is of no session of this clinic" in page.text
    assert "There is no such patient in this clinic." in page.text
    assert "Zuleika" not in page.text
    assert (again(theirs).status, again(own).status) == (S.BOOKED, S.MISSED)
    assert not AuditEntry.objects.filter(
        clinic=world.clinic, patients__contains=theirs.patient.uuid.hex
    ).exists()


def test_the_same_page_sent_twice_changes_nothing_twice(world, desk):
    came, bo = a_consultation(world), a_patient(clinic=world.clinic, given_name="Bo", family_name="Smit")
    page = desk.get(ADDRESS)
    said = {
        **ticks(given=came),
        "walk-0-name": "Bo",
        "walk-0-patient": str(bo.uuid),
        "walk-0-what": kind_of(world),
        "walk-0-arrived": "10:40",
        "walk-0-outcome": "given",
    }
    assert saved(desk, page, said).status == 302
    before = everything_written()

    assert saved(desk, page, said).status == 302

    assert everything_written() == before
    assert Session.objects.filter(patient=bo).count() == 1


def test_whoever_is_shown_is_noted(world, desk):
    one = a_consultation(world)
    desk.get(ADDRESS)
    desk.send(desk.get(ADDRESS), "Find", **{"walk-0-name": "Marit", "find": "0"})

    entries = AuditEntry.objects.filter(clinic=world.clinic)
    assert set(entries.filter(act="saw_day").values_list("patients", flat=True)) == {one.patient.uuid.hex}
    assert entries.get(act="saw_patients").patients == world.patient.uuid.hex
