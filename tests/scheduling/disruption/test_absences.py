"""Leave and closures over booked sessions: all that is in the way is listed, nothing is kept or dropped."""

from datetime import timedelta

import pytest

from clinic.errors import NotAllowed, Refused, Unknown
from clinic.hours.rota import NewLeave
from clinic.models import AuditEntry, Closure, Leave, LeaveState
from scheduling.disruption.absences import OnConflict, end_leave, enter_leave, grant_asked, reopen, swap_all
from scheduling.disruption.affected_sessions import sessions_in_the_way
from scheduling.disruption.substitutes import away_of
from scheduling.models import Claim, Hold, Session, SessionStatus
from tests.support.acts.absences import a_session, at, closed, leave_of, served, told
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.acts.holds import a_hold
from tests.support.builders import a_clinic, an_owner
from tests.support.cast import NOW
from tests.support.database.log import logged

pytestmark = pytest.mark.django_db


def test_leave_lists_every_session_in_its_way_and_touches_none(world):
    [_today, *sessions] = a_booked_course(world=world)
    doctor = served(sessions[0], "doctor")
    before = everything_written()

    with logged(world.clinic) as written:
        entered = leave_of(world, doctor)

    mine = [session for session in sessions if served(session, "doctor") == doctor]
    assert told(entered.cleared.in_the_way) == {session.pk: "treats_patient" for session in mine}
    assert [change.kind for change in written] == ["leave"]
    assert everything_written() == before | {"Change": [*before["Change"], written[0].pk]}


def test_only_sessions_at_those_minutes_are_in_the_way(world):
    doctor = world.doctors[0]
    a_session(world, "09:00", practitioner=doctor)
    hit = a_session(world, "10:00", practitioner=doctor)
    a_session(world, "10:10", practitioner=doctor)

    entered = leave_of(world, doctor, starts=at("10:01"), ends=at("10:05"))

    assert told(entered.cleared.in_the_way) == {hit.pk: "asked_for"}


def test_what_was_over_before_is_in_nobodys_way(world):
    over = a_session(world, "09:00", practitioner=world.doctors[0])
    ahead = a_session(world, "11:00", practitioner=world.doctors[0])

    entered = leave_of(world, world.doctors[0], now=at("10:00"))

    assert told(entered.cleared.in_the_way).keys() == {ahead.pk} != {over.pk}


def test_a_session_that_has_begun_is_listed_and_not_swapped(world):
    session = a_session(world, "10:00")
    Session.objects.filter(pk=session.pk).update(status=SessionStatus.IN_TREATMENT)

    entered = leave_of(world, served(session, "treatment-room"), swap=True, now=at("10:05"))

    assert told(entered.cleared.in_the_way) == {session.pk: "begun"}


def test_a_closure_lists_all_sessions_at_the_site_and_none_can_be_swapped(world):
    sessions = [a_session(world, clock) for clock in ("10:00", "11:00")]
    a_session(world, "14:00")

    entered = closed(world, starts=at("09:00"), ends=at("12:00"))

    assert told(entered.cleared.in_the_way) == {session.pk: "site_closed" for session in sessions}


def test_time_that_is_only_held_is_given_back(world):
    hold = a_hold(world=world)
    session = hold.sessions.order_by("starts_at").first()
    assert session is not None

    entered = leave_of(world, served(session, "doctor"))

    assert entered.cleared.in_the_way == ()
    assert len(entered.cleared.released) == 4
    assert not Claim.objects.exists()
    assert set(Session.objects.values_list("status", flat=True)) == {SessionStatus.DUE}
    assert Hold.objects.get().released_at == NOW
    assert AuditEntry.objects.filter(act="released_hold", about=hold.uuid).exists()


def test_a_hold_that_ran_out_is_given_back_once(world):
    hold = a_hold(world=world)
    session = hold.sessions.order_by("starts_at").first()
    assert session is not None
    version = session.version

    entered = leave_of(
        world, served(session, "doctor"), swap=True, now=hold.expires_at + timedelta(minutes=1)
    )

    assert {session.version for session in entered.cleared.released} == {version + 1}


def test_before_it_is_entered_the_same_list_is_a_question_that_writes_nothing(world):
    session = a_session(world, "10:00")
    hold = a_hold(world=world)
    room = served(session, "treatment-room")
    before = everything_written()
    asked = Leave(clinic=world.clinic, resource=room, starts_at=at("00:00"))

    found = sessions_in_the_way(away=away_of(asked), by=world.owner, now=NOW)

    assert told(found)[session.pk] == "swap"
    held = {one.session.pk for one in found if one.remedy == "release"}
    assert held <= set(hold.sessions.values_list("pk", flat=True))
    assert everything_written() == before


def test_nobody_can_be_booked_in_leave_and_can_be_when_it_ends(world):
    entered = leave_of(world, world.doctors[0])
    assert isinstance(entered.absence, Leave)
    with pytest.raises(Refused, match="cannot do this"):
        a_session(world, "10:00", practitioner=world.doctors[0])

    ended = end_leave(leave=entered.absence, at=at("09:30"), by=world.owner, now=NOW)

    assert ended is not None
    assert ended.ends_at == at("09:30")
    a_session(world, "10:00", practitioner=world.doctors[0])
    assert AuditEntry.objects.filter(act="ended_leave").count() == 1


def test_leave_that_ends_before_it_begins_was_never_taken(world):
    entered = leave_of(world, world.doctors[0], starts=at("09:00"))
    assert isinstance(entered.absence, Leave)

    assert end_leave(leave=entered.absence, at=at("09:00"), by=world.owner, now=NOW) is None

    assert not Leave.objects.exists()
    with pytest.raises(Unknown):
        end_leave(leave=entered.absence, at=at("09:00"), by=world.owner, now=NOW)


def test_an_absence_is_not_made_longer_by_ending_it(world):
    leave = leave_of(world, world.doctors[0], ends=at("12:00")).absence
    closure = closed(world, starts=at("14:00"), ends=at("15:00")).absence
    assert isinstance(leave, Leave)
    assert not isinstance(closure, Leave)

    with pytest.raises(Refused, match="Enter another absence"):
        end_leave(leave=leave, at=at("12:05"), by=world.owner, now=NOW)
    with pytest.raises(Refused, match="Enter another absence"):
        reopen(closure=closure, at=at("15:05"), by=world.owner, now=NOW)


def test_a_site_is_open_again_when_its_closure_ends(world):
    closure = closed(world, starts=at("09:00"), ends=at("17:00")).absence
    assert not isinstance(closure, Leave)

    shorter = reopen(closure=closure, at=at("10:00"), by=world.owner, now=NOW)

    assert shorter is not None
    a_session(world, "10:00")
    assert reopen(closure=shorter, at=at("08:00"), by=world.owner, now=NOW) is None


def test_leave_that_was_asked_for_lists_what_is_in_its_way_when_it_is_granted(world):
    session = a_session(world, "10:00", practitioner=world.doctors[0])
    asked = Leave.objects.create(
        clinic=world.clinic,
        resource=world.doctors[0],
        starts_at=at("00:00"),
        state=LeaveState.ASKED,
        changed_at=NOW,
    )
    with pytest.raises(Refused, match="Grant it first"):
        swap_all(leave=asked, also_practitioners=False, by=world.reception, now=NOW)

    entered = grant_asked(leave=asked, on_conflict=OnConflict.LIST, by=world.owner, now=NOW)

    assert told(entered.cleared.in_the_way) == {session.pk: "asked_for"}
    assert Leave.objects.get().state == LeaveState.GRANTED


def test_only_those_who_manage_places_enter_leave(world):
    with pytest.raises(NotAllowed):
        leave_of(world, world.doctors[0], by=world.reception)


def test_leave_of_another_clinic_is_unknown(world):
    leave = leave_of(world, world.doctors[0]).absence
    assert isinstance(leave, Leave)
    stranger = an_owner(clinic=a_clinic())

    with pytest.raises(Unknown):
        swap_all(leave=leave, also_practitioners=False, by=stranger, now=NOW)
    with pytest.raises(Unknown):
        end_leave(leave=leave, at=at("09:00"), by=stranger, now=NOW)
    with pytest.raises(Unknown):
        leave_of(world, world.doctors[0], by=stranger)


def test_a_long_reason_is_refused(world):
    new = NewLeave(world.doctors[0], at("09:00"), reason="x" * 201)

    with pytest.raises(Refused) as refused:
        enter_leave(new=new, on_conflict=OnConflict.LIST, by=world.owner, now=NOW)

    assert refused.value.code == "reason_too_long"


def test_a_practitioner_sees_only_sessions_of_their_own_patients_in_the_way(world):
    a_session(world, "10:00", practitioner=world.doctors[1])
    own = a_session(world, "11:00", practitioner=world.doctors[0])
    asked = Closure(clinic=world.clinic, site=world.site, starts_at=at("00:00"), ends_at=at("23:00"))
    away = away_of(asked)

    found = sessions_in_the_way(away=away, by=world.doctor, now=NOW)

    assert told(found) == {own.pk: "site_closed"}


def test_the_list_takes_as_many_queries_for_many_sessions_as_for_one(world, django_assert_max_num_queries):
    [first, *_] = [a_session(world, f"{hour:02}:00") for hour in range(9, 17)]
    leave = leave_of(world, served(first, "doctor")).absence

    with django_assert_max_num_queries(16):
        found = sessions_in_the_way(away=away_of(leave), by=world.owner, now=NOW)

    assert found
