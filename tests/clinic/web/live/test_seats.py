"""Who is told: whoever could open a page of the desk, and fifteen seconds later nobody else."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import OperationalError

from clinic.access.members import change_role, remove_member
from clinic.access.shared_desk import revoke_device
from clinic.identity.actors import Role
from clinic.models import Clinic, Membership
from clinic.web.desk.by_pin import COOKIE
from clinic.web.live.watch import CHECK_SECONDS, EVERY_SECONDS, LONGEST_SECONDS
from tests.support.builders import a_clinic, a_user, an_owner
from tests.support.cast import NOW, PASSWORD
from tests.support.desk import Desk
from tests.support.failing import a_database_that_raises
from tests.support.live.asking import NEVER, ask, renewed
from tests.support.second_step import password_given
from tests.support.sharing import PIN, a_shared_desk, is_lock, leave_alone, take_over, unlock

pytestmark = pytest.mark.django_db


def over(desk):
    """Ways in which someone may be told no more, by what each does."""
    user, clinic = desk.user, Membership.objects.get(user=desk.user).clinic
    member = Membership.objects.get(user=user)
    owner = an_owner(clinic=clinic)

    def new_password():
        user.set_password("another password")
        user.save()

    def switched_off():
        user.is_active = False
        user.save()

    return {
        "signed out elsewhere": lambda: [row.end() for row in UserSession.objects.filter(user=user)],
        "another password": new_password,
        "switched off": switched_off,
        "removed": lambda: remove_member(member=member, by=owner, now=NOW),
        "second step demanded": lambda: Clinic.objects.update(demands_second_factor=True),
    }


@pytest.mark.parametrize(
    "way", ["signed out elsewhere", "another password", "switched off", "removed", "second step demanded"]
)
def test_who_could_open_no_page_any_more_is_told_no_more_once_seats_are_checked(desk, passing, way):
    a_user(clinic=Membership.objects.get(user=desk.user).clinic, role=Role.OWNER)
    assert ask(desk).status == 200

    over(desk)[way]()
    passing.go(CHECK_SECONDS)

    assert ask(desk).code == "not_at_desk"


def test_who_becomes_an_auditor_is_told_no_more(world, desk, passing):
    assert ask(desk).status == 200
    member = Membership.objects.get(user=desk.user)

    change_role(member=member, role=Role.AUDITOR, practitioner=None, by=world.owner, now=NOW)
    passing.go(CHECK_SECONDS)

    assert (ask(desk).status, ask(desk).code) == (403, "not_allowed")


def test_an_auditors_page_does_not_ask(world):
    auditor = Desk(a_user(clinic=world.clinic, role=Role.AUDITOR))

    assert "live.js" not in auditor.get("/trail/").html


def test_who_signs_out_by_the_button_is_told_no_more_at_once(desk):
    assert ask(desk).status == 200

    desk.post("/sign-out/")

    assert ask(desk).code == "not_at_desk"


def test_while_no_check_gets_through_a_seat_is_good_for_fifteen_seconds(desk, passing):
    since = ask(desk).number

    with a_database_that_raises(OperationalError("gone")):
        statuses = []
        for _ in range(40):
            passing.go(EVERY_SECONDS)
            statuses.append(ask(desk, since).status)

    before, after = statuses[: int(LONGEST_SECONDS / EVERY_SECONDS) - 1], statuses[-10:]
    assert set(before) == {204, 503}
    assert set(after) == {503}


def test_the_session_of_another_day_is_none(desk, passing):
    assert ask(desk).status == 200

    desk.now += timedelta(hours=13)
    passing.go(CHECK_SECONDS)

    assert ask(desk).code == "not_at_desk"


# --- a desk that several share ----------------------------------------------------------------------


@pytest.fixture
def by_pin(trusted, noor):
    desk = a_shared_desk(trusted)
    take_over(desk, noor, PIN)
    desk.get("/")
    return desk


def test_a_device_that_is_trusted_no_more_is_told_no_more(clinic, trusted, by_pin, passing):
    assert ask(by_pin).status == 200

    revoke_device(device=trusted.device, by=an_owner(clinic=clinic), now=NOW)
    passing.go(CHECK_SECONDS)

    assert ask(by_pin).code == "not_at_desk"


def test_a_session_by_pin_is_told_nothing_on_another_device(by_pin):
    assert ask(by_pin).status == 200

    del by_pin.client.cookies[COOKIE]

    assert ask(by_pin).code == "not_at_desk"


def test_whoever_takes_over_is_told_at_once(clinic, trusted, by_pin, bo):
    assert ask(by_pin).status == 200

    take_over(by_pin, bo, "8203")

    assert ask(by_pin).status == 200


# --- the idle lock ----------------------------------------------------------------------------------


def test_a_desk_left_alone_locks_however_often_its_page_asks(desk, passing):
    for _ in range(40):
        leave_alone(desk, minutes=0.25)
        passing.go(15)
        ask(desk)

    assert ask(desk).code == "desk_locked"
    assert is_lock(desk.get("/"))


def test_a_desk_left_alone_locks_though_its_page_was_renewed_all_the_while(desk):
    for _ in range(40):
        leave_alone(desk, minutes=0.24)
        assert b"lock-acting" not in renewed(desk).content.partition(b"<template")[0]

    leave_alone(desk, minutes=0.4)

    assert b"Locked" in renewed(desk).content
    assert is_lock(desk.get("/"))


def test_a_desk_that_was_used_just_before_is_not_told_that_it_is_locked(desk, passing):
    assert ask(desk).status == 200
    leave_alone(desk, minutes=9.9)
    desk.get("/")

    leave_alone(desk, minutes=0.2)

    assert ask(desk).status == 200


def test_a_lock_that_was_opened_is_known_at_the_next_check(desk, passing):
    assert ask(desk).status == 200
    leave_alone(desk)
    assert ask(desk).code == "desk_locked"

    unlock(desk, desk.get("/"), PASSWORD)
    passing.go(CHECK_SECONDS)

    assert ask(desk).status == 200


def test_a_locked_desk_is_looked_up_once_and_not_each_time_it_asks(desk, passing, django_assert_num_queries):
    ask(desk)
    leave_alone(desk)
    ask(desk)

    with django_assert_num_queries(0):
        assert [ask(desk).code for _ in range(20)] == ["desk_locked"] * 20


def test_a_session_that_was_not_used_yet_cannot_be_renewed_past_the_lock(world):
    desk = Desk(a_user(clinic=world.clinic))
    renewed(desk)

    leave_alone(desk)

    assert is_lock(desk.get("/"))


def test_a_renewed_page_leaves_notices_to_the_page_that_someone_asks_for(world, desk):
    desk.send(desk.get("/patients/new/"), "Register", given_name="Ilse", family_name="Kwik")

    page = renewed(desk).content.decode()

    assert "The patient is registered" not in page
    assert "The patient is registered" in desk.get("/").text


def test_a_renewed_page_is_no_sign_of_a_person(world):
    desk = Desk()
    password_given(desk, a_user(clinic=world.clinic).email)
    desk.get("/")
    seen_at = UserSession.objects.get().last_seen_at
    leave_alone(desk, minutes=8)

    renewed(desk)

    assert UserSession.objects.get().last_seen_at == seen_at


# --- one person, two clinics ------------------------------------------------------------------------


@pytest.fixture
def elsewhere(desk):
    elsewhere = a_clinic(name="Elsewhere")
    Membership.objects.create(clinic=elsewhere, user=desk.user, role=Role.RECEPTIONIST)
    return elsewhere


def test_a_page_of_the_clinic_that_was_left_in_another_tab_is_told_so(world, desk, elsewhere, passing):
    here = world.clinic.uuid
    assert ask(desk, NEVER, here).status == 200

    desk.post("/clinics/", {"clinic": str(elsewhere.uuid)})
    passing.go(CHECK_SECONDS)

    told = ask(desk, NEVER, here)
    assert (told.status, told.code) == (409, "clinic_switched")
    assert "Reload" in told.said["detail"]
    assert ask(desk, NEVER, elsewhere.uuid).status == 200


def test_no_clinic_is_told_of_by_naming_it(desk):
    foreign = a_clinic()

    assert ask(desk, NEVER, foreign.uuid).code == "clinic_switched"
    assert ask(desk, NEVER, "nonsense").code == "clinic_switched"
