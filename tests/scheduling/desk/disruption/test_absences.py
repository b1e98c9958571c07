"""Leave and closures at the desk: entering them, seeing what is in their way, swapping it."""

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import AuditEntry, Closure, Leave, LeaveState
from scheduling.models import Session
from tests.support.acts.absences import a_session, at, served
from tests.support.acts.holds import a_hold
from tests.support.builders import a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, reception

pytestmark = pytest.mark.django_db

ENTER, SWAP, END, GRANT = "Enter it", "Swap all", "End it then", "Grant it"


@pytest.fixture
def boss(world) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=Role.ADMINISTRATOR))


def entered(desk: Desk, what, **typed: str):
    page = desk.get(reverse("absences"))
    return desk.send(page, ENTER, **{"what": str(what.uuid), "first_on": "2027-01-05"} | typed)


def test_a_doctor_falls_ill_and_the_page_shows_whom_it_hits(world, boss):
    session = a_session(world, "10:00", practitioner=world.doctors[0])

    page = boss.follow(entered(boss, world.doctors[0], reason="Flu"))

    leave = Leave.objects.get()
    assert (leave.starts_at, leave.ends_at, leave.reason) == (at("00:00"), None, "Flu")
    assert "1 session in the way" in page.text
    assert "Tue 5 Jan, 10:00" in page.text
    assert reverse("patient", args=[session.patient.uuid]) in page.seen.links
    assert AuditEntry.objects.filter(act="saw_sessions", about=leave.uuid).exists()


def test_the_desk_swaps_all_and_each_session_that_needs_consent_when_it_is_ticked(world, boss):
    session = a_session(world, "10:00", practitioner=world.doctors[0])
    page = boss.follow(entered(boss, world.doctors[0]))
    desk = reception(world)

    kept = desk.follow(desk.send(desk.get(page.url), SWAP))
    swapped = desk.follow(desk.send(kept, SWAP, also_practitioners="on"))

    assert "0 sessions swapped, 1 session left to be moved." in kept.text
    assert "1 session swapped, 0 sessions left to be moved." in swapped.text
    assert served(session, "doctor") == world.doctors[1]
    assert "No session is in the way." in swapped.text


def test_what_was_only_held_is_said_to_be_due_again(world, boss):
    a_hold(world=world)

    page = boss.follow(entered(boss, world.site, last_on="2027-01-31"))

    assert "4 sessions that were only held are due again." in page.text
    assert set(Session.objects.values_list("status", flat=True)) == {"due"}
    assert Closure.objects.get().ends_at == at("00:00", at("00:00").date().replace(month=2, day=1))


def test_times_are_those_of_the_site(world, boss):
    entered(boss, world.centrifuges[0], starts="09:30", last_on="2027-01-06", ends="12:00")

    leave = Leave.objects.get()
    assert (leave.starts_at, leave.ends_at) == (at("09:30"), at("12:00", at("00:00").date().replace(day=6)))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first_on": ""}, "Enter the first day."),
        ({"last_on": "2027-01-04"}, "The absence ends before it begins."),
        ({"reason": "x" * 201}, "200 letters or fewer"),
    ],
)
def test_what_is_no_absence_is_said_on_the_form(world, boss, typed, sentence):
    page = entered(boss, world.doctors[0], **typed)

    assert page.status == 422
    assert sentence in page.text
    assert not Leave.objects.exists()


def test_a_site_needs_a_last_day(world, boss):
    page = entered(boss, world.site)

    assert page.status == 422
    assert "Enter the last day" in page.text


def test_leave_ends_earlier_and_is_taken_back(world, boss):
    page = boss.follow(entered(boss, world.doctors[0], last_on="2027-01-08"))

    longer = boss.send(page, END, back_on="2027-01-20")
    shorter = boss.send(page, END, back_on="2027-01-07", back="12:00")

    assert (longer.status, shorter.status) == (422, 302)
    assert "Enter another absence" in longer.text
    assert Leave.objects.get().ends_at == at("12:00", at("00:00").date().replace(day=7))
    boss.send(page, END, back_on="2027-01-05")
    assert not Leave.objects.exists()


def test_leave_that_was_asked_for_is_granted(world, boss):
    asked = Leave.objects.create(
        clinic=world.clinic,
        resource=world.doctors[0],
        starts_at=at("00:00"),
        state=LeaveState.ASKED,
        changed_at=NOW,
    )
    page = boss.get(reverse("leave", args=[asked.uuid]))
    assert "Asks to be away" in page.text

    boss.send(page, GRANT)

    assert Leave.objects.get().state == LeaveState.GRANTED


def test_reception_sees_who_is_away_and_not_why_and_enters_nothing(world, boss):
    entered(boss, world.doctors[0], reason="Flu")

    page = reception(world).get(reverse("absences"))

    assert world.doctors[0].name in page.text
    assert "Flu" not in page.text
    assert ENTER not in page.text
    assert "Flu" in boss.get(reverse("absences")).text
