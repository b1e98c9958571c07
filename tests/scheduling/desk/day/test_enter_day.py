"""The page on which a day is entered from its printed sheet: tick, walk-ins, save once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from clinic.models import AuditEntry
from scheduling.attendance.attend import confirm_session
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Session
from tests.support.acts.attendance import S, again, done, due_number
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.builders import a_clinic, a_patient, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, Page, doctors_desk, reception
from tests.support.worlds import World, a_course_world, a_plan, a_second_site

pytestmark = pytest.mark.django_db

ON, NEXT_DAY = NOW.date(), NOW + timedelta(days=1)
ADDRESS = f"/enter/?on={ON}"


@pytest.fixture
def desk(world) -> Desk:
    """Reception, the day after."""
    return reception(world, now=NEXT_DAY)


def a_consultation(world: World, *, minutes: int = 60, kind: str = "consultation", **said: Any) -> Session:
    given_name = said.pop("given_name", f"Anna{minutes}")
    wanted = SingleSession(
        patient=a_patient(clinic=world.clinic, given_name=given_name),
        session_type=world.session_types[kind],
        starts_at=NOW + timedelta(minutes=minutes),
        site=said.pop("site", world.site),
    )
    return book_session(wanted=wanted, by=world.reception, now=NOW)


def ticks(**said: Session) -> dict[str, str]:
    """`given=session`: the line of that session, ticked so."""
    return {f"{session.uuid}-outcome": outcome for outcome, session in said.items()}


def kind_of(world: World, key: str = "consultation") -> str:
    return f"type:{world.session_types[key].uuid}"


def saved(desk: Desk, page: Page, said: dict[str, str]) -> Page:
    return desk.send(page, "Save the day", **said)


def test_the_sheet_of_a_day_that_is_over_and_the_call_list_lead_to_it(world, desk):
    a_consultation(world)

    assert ADDRESS in desk.get("/", on=str(ON)).seen.links
    assert ADDRESS in desk.get(reverse("calls")).seen.links
    assert "/enter/" in reception(world, now=NOW + timedelta(hours=5)).get("/").seen.links
    assert (
        f"/enter/?on={ON + timedelta(days=2)}" not in desk.get("/", on=str(ON + timedelta(days=2))).seen.links
    )


def test_it_shows_the_day_in_the_order_of_the_printed_sheet(world, desk):
    later, first = (a_consultation(world, minutes=minutes) for minutes in (180, 0))
    missed, course = a_consultation(world, minutes=90), a_booked_course(world=world)
    desk.post(reverse("session-miss", args=[missed.uuid]))

    page = desk.get(ADDRESS)

    places = [page.html.index(f'data-row="{one.uuid}"') for one in (first, missed, later)]
    assert places == sorted(places)
    assert course[0].local_date == ON
    assert "session 1 of 4" in page.text
    assert "Dr Osei" in page.text
    assert reverse("session-correct", args=[missed.uuid]) in page.seen.links


def test_a_day_is_ticked_and_saved_once(world, desk):
    came, missed, unsaid = (a_consultation(world, minutes=60 + 30 * n) for n in range(3))

    answer = saved(desk, desk.get(ADDRESS), ticks(given=came, missed=missed))

    sheet = desk.follow(answer)
    assert answer.location == f"/?on={ON}"
    assert "2 lines are entered." in sheet.text
    assert [again(one).status for one in (came, missed, unsaid)] == [S.COMPLETED, S.MISSED, S.BOOKED]


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


def test_a_line_that_is_refused_stays_as_it_was_typed_with_its_reason_and_the_others_are_saved(world, desk):
    good, bad = a_consultation(world), a_booked_course(world=world)[0]
    said = {
        **ticks(given=good, partly=bad),
        f"{bad.uuid}-arrived": "9:20",
        f"{bad.uuid}-record-kit-lot": "K-17",
    }

    page = saved(desk, desk.get(ADDRESS), said)

    assert page.status == 422
    assert "1 line is entered." in page.text
    assert "1 line is not entered." in page.text
    assert "Say why the treatment was not, or only partly, given" in page.text
    kept = page.form("Save the day").fields
    assert kept[f"{bad.uuid}-outcome"] == ["partly"]
    assert kept[f"{bad.uuid}-arrived"] == ["9:20"]
    assert kept[f"{bad.uuid}-record-kit-lot"] == ["K-17"]
    assert f"{good.uuid}-outcome" not in kept
    assert (again(good).status, again(bad).status) == (S.COMPLETED, S.BOOKED)

    assert saved(desk, page, {f"{bad.uuid}-reason": "Second tube clotted"}).status == 302
    session = again(bad)
    assert (session.outcome, session.record) == ("partly", {"kit-lot": "K-17"})
    assert f"{session.arrived_at:%H:%M}" == "08:20"


def test_a_time_that_is_none_is_said_beside_it(world, desk):
    one = a_consultation(world)

    page = saved(desk, desk.get(ADDRESS), ticks(given=one) | {f"{one.uuid}-arrived": "half ten"})

    assert page.status == 422
    assert "That is not a time of day." in page.text
    assert again(one).status == S.BOOKED


def test_times_alone_say_nothing(world, desk):
    one = a_consultation(world)

    page = saved(desk, desk.get(ADDRESS), {f"{one.uuid}-arrived": "10:20"})

    assert page.status == 422
    assert "Tick what came of it" in page.text


def test_what_another_desk_did_meanwhile_is_told_and_can_be_said_again(world, desk):
    settled, confirmed = a_consultation(world), a_consultation(world, minutes=120)
    page = desk.get(ADDRESS)
    done(settled, world)
    confirm_session(session=again(confirmed), by=world.reception, now=NOW)

    told = saved(desk, page, ticks(missed=settled) | ticks(given=confirmed))

    assert told.status == 422
    assert "noted as completed already" in told.text
    assert "Somebody changed this session meanwhile" in told.text
    assert (again(settled).status, again(confirmed).status) == (S.COMPLETED, S.CONFIRMED)
    assert saved(desk, told, {}).status == 302
    assert again(confirmed).status == S.COMPLETED


def test_a_line_that_nobody_told_of_keeps_what_was_shown(world, desk):
    """Another press must not overwrite what this desk never saw."""
    one, bad = a_consultation(world), a_consultation(world, minutes=120)
    refused = saved(desk, desk.get(ADDRESS), ticks(partly=bad))
    confirm_session(session=again(one), by=world.reception, now=NOW)

    page = saved(desk, refused, ticks(given=one) | {f"{bad.uuid}-reason": "Fainted"})

    assert page.status == 422
    assert "Somebody changed this session meanwhile" in page.text
    assert (again(one).status, again(bad).status) == (S.CONFIRMED, S.COMPLETED)


def test_a_session_that_was_moved_away_meanwhile_is_told_by_name(world, desk):
    one, two = a_consultation(world), a_consultation(world, minutes=120)
    page = desk.get(ADDRESS)
    Session.objects.filter(pk=one.pk).update(local_date=ON + timedelta(days=3))

    told = saved(desk, page, ticks(given=one) | ticks(missed=two))

    assert told.status == 422
    assert f"{one.patient} is not on this sheet any more" in told.text
    assert (again(one).status, again(two).status) == (S.BOOKED, S.MISSED)


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


def test_without_a_tick_or_a_reason_nothing_is_saved_and_the_page_says_so(world, desk):
    one = a_consultation(world)
    page = desk.get(ADDRESS)

    nothing = saved(desk, page, {})
    silent = saved(desk, page, ticks(given=one) | {"why": " "})

    assert (nothing.status, silent.status) == (422, 422)
    assert "Nothing is ticked yet." in nothing.text
    assert "Say why it is put right" in silent.text
    assert again(one).status == S.BOOKED


def test_a_page_of_thirty_lines_is_read_as_a_phone_posts_it(world):
    """Every field of every line, and blank ones for walk-ins: more than a form could hold once."""
    kind = "prp-mesotherapy"
    sessions = [
        a_consultation(world, minutes=30 * (n // 2), kind=kind, given_name=f"A{n}") for n in range(30)
    ]
    desk = reception(world, now=NEXT_DAY)
    page = desk.get(ADDRESS)
    named = set(re.findall(r' name="((?:[0-9a-f]{8}-|walk-)[^"]+)"', page.html))
    every = dict.fromkeys(named, "") | page.form("Save the day").fields
    every |= {f"{one.uuid}-outcome": "given" for one in sessions}
    assert len(every) > 200

    answer = desk.post(ADDRESS, every)

    assert answer.location == f"/?on={ON}"
    assert set(Session.objects.values_list("status", flat=True)) == {"completed"}


def test_as_many_queries_for_any_number_of_sessions(world, desk, django_assert_num_queries):
    a_consultation(world)
    desk.get("/clinics/")

    with django_assert_num_queries(12):
        desk.get(ADDRESS)
    for n in range(1, 8):
        a_consultation(world, minutes=60 + 30 * n)
    a_booked_course(world=world)
    with django_assert_num_queries(12):
        assert "Anna270" in desk.get(ADDRESS).text


@pytest.mark.parametrize(("days", "status"), [(7, 200), (8, 403)])
def test_reception_enters_seven_days_back(world, days, status):
    one = a_consultation(world)
    desk = reception(world, now=NOW + timedelta(days=days))

    page = desk.get(ADDRESS)

    assert page.status == status
    if status == 403:
        assert "more than 7 days ago" in page.text
        assert ADDRESS not in desk.get("/", on=str(ON)).seen.links
        assert desk.post(ADDRESS, ticks(given=one)).status == 403
        owner = Desk(a_user(clinic=world.clinic, role=Role.OWNER), now=desk.now)
        assert saved(owner, owner.get(ADDRESS), ticks(given=one)).status == 302


def test_a_practitioner_enters_their_own_patients_alone(world):
    own, other = a_booked_course(world=world)[0], a_consultation(world, minutes=240)
    desk = doctors_desk(world, now=NOW + timedelta(days=9))
    other.patient.care.all().delete()
    page = desk.get(ADDRESS)

    told = saved(desk, page, ticks(given=own) | ticks(missed=other))

    assert str(other.patient) not in page.text + told.text
    assert told.status == 422
    assert (again(own).status, again(other).status) == (S.COMPLETED, S.BOOKED)


def test_a_day_to_come_is_not_entered(world):
    one = a_consultation(world, minutes=24 * 60 + 60)
    desk, address = reception(world), f"/enter/?on={ON + timedelta(days=1)}"

    assert desk.get(address).location == f"/?on={ON + timedelta(days=1)}"
    assert desk.post(address, ticks(given=one) | {f"{one.uuid}-version": "1", "why": "x"}).status == 409
    assert again(one).status == S.BOOKED


def test_each_site_has_its_sheet(world, desk):
    east = a_second_site(world)
    here, there = a_consultation(world), a_consultation(world, minutes=120, site=east)
    page = desk.get(f"{ADDRESS}&site={east.uuid}")

    assert str(there.patient) in page.text
    assert str(here.patient) not in page.text
    assert saved(desk, page, ticks(given=there)).status == 302
    assert again(there).status == S.COMPLETED
    assert str(here.patient) in desk.get(ADDRESS).text
    assert desk.get(f"{ADDRESS}&site={a_course_world().site.uuid}").status == 404


def test_whoever_is_shown_is_noted(world, desk):
    one = a_consultation(world)
    desk.get(ADDRESS)
    desk.send(desk.get(ADDRESS), "Find", **{"walk-0-name": "Marit", "find": "0"})

    entries = AuditEntry.objects.filter(clinic=world.clinic)
    assert set(entries.filter(act="saw_day").values_list("patients", flat=True)) == {one.patient.uuid.hex}
    assert entries.get(act="saw_patients").patients == world.patient.uuid.hex


def test_a_clinic_without_a_site_has_nothing_to_enter():
    assert Desk(a_user(clinic=a_clinic())).get("/enter/").location == "/"
