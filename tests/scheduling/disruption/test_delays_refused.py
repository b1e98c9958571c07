"""Running late, refused: nothing is pushed half, and what is in the way has a name."""

import pytest

from clinic.errors import ClinicError
from clinic.identity.actors import Role
from clinic.models import Resource
from scheduling.disruption.delays import preview_delay, push_day
from scheduling.models import Session, SessionStatus
from tests.support.acts.courses import away, everything_written
from tests.support.acts.delays import LATE, a_consultation, agreed, at, late, push, refused, starts
from tests.support.builders import a_patient, an_actor
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


def test_whose_treatment_began_early_stays_and_is_in_the_way(world):
    soon, here = a_consultation(world, at(10, 30)), a_consultation(world, at(11))
    Session.objects.filter(pk=here.pk).update(status=SessionStatus.IN_TREATMENT)

    refusal = refused(world, late(world))

    assert refusal.code == "time_taken"
    assert "The session at 10:30 would begin at 10:50" in refusal.sentence
    assert starts(soon, here) == ["10:30", "11:00"]


def test_every_clash_is_named_with_the_session_it_hits(world):
    patient = a_patient(clinic=world.clinic, family_name="Twice")
    morning = a_consultation(world, at(10, 15), patient=patient)
    a_consultation(world, at(10, 45), patient=patient, doctor=world.doctors[1])
    afternoon, here = a_consultation(world, at(15)), a_consultation(world, at(15, 30))
    Session.objects.filter(pk=here.pk).update(status=SessionStatus.IN_TREATMENT)

    refusal = refused(world, late(world, 20))

    assert refusal.code == "time_taken"
    assert [problem["code"] for problem in refusal.details["problems"]] == ["time_taken"] * 2
    assert "The session at 10:15" in refusal.sentence
    assert "The session at 15:00" in refusal.sentence
    hit = {(entry["session"], entry["resource"]["name"]) for entry in refusal.details["taken"]}
    assert hit >= {(str(morning.uuid), "Marit Twice"), (str(afternoon.uuid), "Dr Osei")}


def test_a_room_that_somebody_else_has_by_then_is_in_the_way(world):
    soon = a_consultation(world, at(10, 30))
    [room] = [part for part in soon.cast if part["kind"] == "room"]
    rooms = Resource.objects.filter(clinic=world.clinic, kind="room").exclude(uuid=room["resource"])
    away(world, *rooms, first=at(11).date())
    a_consultation(world, at(11), doctor=world.doctors[1])

    refusal = refused(world, late(world, 20))

    assert [entry["resource"]["name"] for entry in refusal.details["taken"]] == [room["name"]]


def test_what_leaves_opening_hours_is_refused_unless_somebody_who_may_sets_it_aside(world):
    last = a_consultation(world, at(16, 30))
    delay = late(world, 20)
    [found] = preview_delay(delay=delay, by=world.reception, now=LATE)
    assert [problem.code for problem in found.problems] == ["outside_hours"]

    without_reason = refused(world, delay, by=world.owner)
    by_reception = refused(world, delay, reason="The last one")
    push(world, delay, by=world.owner, reason="The last one")

    assert (without_reason.code, by_reception.code) == ("outside_hours", "outside_hours")
    assert "Dr Osei" in without_reason.sentence
    assert starts(last) == ["16:50"]
    assert [(one["code"], one["reason"]) for one in last.waived] == [("outside_hours", "The last one")]


def test_leave_that_was_entered_meanwhile_is_seen(world):
    a_consultation(world, at(15))
    away(world, world.doctors[0], first=at(15).date())

    assert refused(world, late(world)).code == "outside_hours"


def test_a_day_that_is_not_the_one_that_was_looked_at_is_refused(world):
    a_consultation(world, at(10, 15))
    delay = late(world)
    seen = agreed(delay)
    a_consultation(world, at(14))
    before = everything_written()

    with pytest.raises(ClinicError) as refusal:
        push_day(delay=delay, agreed=seen, by=world.reception, now=LATE)

    assert refusal.value.code == "day_changed"
    assert everything_written() == before


def test_pushing_twice_with_one_look_pushes_once(world):
    soon = a_consultation(world, at(10, 15))
    delay = late(world)
    seen = agreed(delay)
    push_day(delay=delay, agreed=seen, by=world.reception, now=LATE)

    with pytest.raises(ClinicError) as refusal:
        push_day(delay=delay, agreed=seen, by=world.reception, now=LATE)

    assert refusal.value.code == "day_changed"
    assert starts(soon) == ["10:35"]


@pytest.mark.parametrize("minutes", [0, -5, 7, 245])
def test_a_delay_is_some_cells_and_four_hours_at_most(world, minutes):
    with pytest.raises(ClinicError) as refusal:
        preview_delay(delay=late(world, minutes), by=world.reception, now=LATE)

    assert refusal.value.code == "delay_out_of_range"


def test_a_practitioner_pushes_their_own_day_and_no_other(world):
    a_consultation(world, at(10, 15))
    own = world.doctor
    colleague = an_actor(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=world.doctors[1])

    assert refused(world, late(world), by=colleague).code == "not_own_diary"
    assert len(push(world, late(world), by=own)) == 1


def test_the_diary_of_another_clinic_is_unknown(world):
    theirs = a_course_world()

    with pytest.raises(ClinicError) as refusal:
        preview_delay(delay=late(theirs), by=world.reception, now=LATE)

    assert refusal.value.code == "unknown_resource"
