"""The page on which a day is entered from its printed sheet: tick, walk-ins, save once."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from scheduling.attendance.attend import confirm_session
from scheduling.models import Session
from tests.support.acts.attendance import S, again, done
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_clinic, a_user
from tests.support.cast import NOW
from tests.support.desk import Desk, doctors_desk, reception
from tests.support.paper.lines import ON, a_consultation
from tests.support.paper.pages import ADDRESS, NEXT_DAY, saved, ticks
from tests.support.worlds import a_course_world, a_second_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world) -> Desk:
    """Reception, the day after."""
    return reception(world, now=NEXT_DAY)


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


def test_a_clinic_without_a_site_has_nothing_to_enter():
    assert Desk(a_user(clinic=a_clinic())).get("/enter/").location == "/"
