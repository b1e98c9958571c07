"""Running late: the rest of a diary's day is pushed, all of it or nothing."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from clinic.actors import Role
from clinic.errors import ClinicError
from clinic.models import AuditEntry, Patient, Resource
from scheduling.delays import Agreed, preview_delay, push_day
from scheduling.models import Change, Claim, Message, Session, SessionStatus
from scheduling.pushed import Delay
from scheduling.visits import Visit, book_visit
from tests.builders import a_patient, an_actor, an_owner
from tests.cast import AMSTERDAM, NOW
from tests.courses import a_booked_course, away, everything_written, times_of
from tests.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

LATE = datetime(2027, 1, 5, 10, 5, tzinfo=AMSTERDAM)


@pytest.fixture
def world() -> World:
    return a_course_world()


def at(hour: int, minute: int = 0, *, day: int = 5) -> datetime:
    return datetime(2027, 1, day, hour, minute, tzinfo=AMSTERDAM)


def a_visit(
    world: World, starts_at: datetime, *, patient: Patient | None = None, doctor: Resource | None = None
) -> Session:
    """A consultation of half an hour with Dr Osei, of a patient of its own."""
    visit = Visit(
        patient=patient or a_patient(clinic=world.clinic, family_name="Waiting"),
        session_type=world.session_types["consultation"],
        starts_at=starts_at,
        practitioner=doctor or world.doctors[0],
    )
    return book_visit(visit=visit, by=world.reception, now=NOW)


def late(world: World, minutes: int = 20, **fields) -> Delay:
    return Delay(fields.pop("resource", world.doctors[0]), minutes, **fields)


def agreed(delay: Delay, *, now: datetime = LATE, **fields) -> Agreed:
    """What the desk saw, whole."""
    found = preview_delay(delay=delay, by=an_owner(clinic=delay.resource.clinic), now=now)
    return Agreed({push.session.uuid: push.session.version for push in found}, **fields)


def push(world: World, delay: Delay, *, now: datetime = LATE, by=None, **fields) -> list[Session]:
    return push_day(delay=delay, agreed=agreed(delay, now=now, **fields), by=by or world.reception, now=now)


def starts(*sessions: Session) -> list[str]:
    for session in sessions:
        session.refresh_from_db()
    return [f"{times_of(session).starts_at.astimezone(AMSTERDAM):%H:%M}" for session in sessions]


def claimed(session: Session) -> set[tuple[int, int, int]]:
    return set(Claim.objects.filter(session=session).values_list("diary_id", "start_cell", "end_cell"))


def refused(world: World, delay: Delay, **fields) -> ClinicError:
    """The refusal, after which nothing has changed."""
    before = everything_written()
    with pytest.raises(ClinicError) as error:
        push(world, delay, **fields)
    assert everything_written() == before
    return error.value


def test_what_remains_of_the_day_comes_later_with_every_claim(world):
    past, soon, afternoon = a_visit(world, at(9)), a_visit(world, at(10, 15)), a_visit(world, at(14))
    tomorrow = a_visit(world, at(10, 15, day=6))
    before = {session: claimed(session) for session in (soon, afternoon)}

    pushed = push(world, late(world, 20))

    assert [session.pk for session in pushed] == [soon.pk, afternoon.pk]
    assert starts(past, soon, afternoon, tomorrow) == ["09:00", "10:35", "14:20", "10:15"]
    for session, cells in before.items():
        assert claimed(session) == {(diary, start + 4, end + 4) for diary, start, end in cells}


def test_the_preview_says_from_when_to_when_and_writes_nothing(world):
    soon = a_visit(world, at(10, 15))
    before = everything_written()

    [found] = preview_delay(delay=late(world, 20), by=world.reception, now=LATE)

    assert (found.session.pk, found.problems) == (soon.pk, ())
    assert (found.old_starts_at, found.new_starts_at) == (at(10, 15), at(10, 35))
    assert everything_written() == before


def test_visits_that_follow_each_other_without_a_gap_are_pushed_together(world):
    row = [a_visit(world, at(10, 30)), a_visit(world, at(11)), a_visit(world, at(11, 30))]

    push(world, late(world, 20))

    assert starts(*row) == ["10:50", "11:20", "11:50"]


def test_a_gap_swallows_the_delay_if_the_desk_says_so(world):
    row = [
        a_visit(world, at(10, 30)),
        a_visit(world, at(11)),
        a_visit(world, at(11, 45)),
        a_visit(world, at(13)),
    ]

    push(world, late(world, 30, only_as_needed=True))

    assert starts(*row) == ["11:00", "11:30", "12:00", "13:00"]


def test_a_session_of_a_course_takes_its_plan_its_reminders_and_the_change_log_along(world):
    session = a_booked_course(world=world, now=NOW - timedelta(days=4))[0]
    now = times_of(session).starts_at - timedelta(days=1)
    [leader] = [part for part in session.cast if part["role"] == "doctor"]
    delay = late(world, 15, resource=Resource.objects.get(uuid=UUID(leader["resource"])))
    now = times_of(session).starts_at.replace(hour=7)
    last = Change.objects.latest("number").number
    session.refresh_from_db()
    assert session.plan is not None

    [pushed] = push(world, delay, now=now)

    assert (pushed.version, pushed.sequence) == (session.version + 1, session.sequence + 1)
    plan_version = session.plan.version
    session.refresh_from_db()
    session.plan.refresh_from_db()
    assert session.plan.version == plan_version + 1
    written = list(Change.objects.filter(number__gt=last).order_by("number"))
    assert [(row.number - last, row.kind, row.version) for row in written] == [
        (1, "plan", session.plan.version),
        (2, "session", session.version),
    ]
    waiting = Message.objects.filter(session=session, state="waiting")
    assert all(row.key.endswith(f":{session.sequence}") for row in waiting)


def test_who_had_confirmed_the_old_time_has_not_confirmed_the_new_one(world):
    soon = a_visit(world, at(10, 15))
    Session.objects.filter(pk=soon.pk).update(status=SessionStatus.CONFIRMED)

    [pushed] = push(world, late(world))

    assert pushed.status == SessionStatus.BOOKED


def test_who_is_here_already_stays_and_is_in_the_way(world):
    soon, here = a_visit(world, at(10, 30)), a_visit(world, at(11))
    Session.objects.filter(pk=here.pk).update(status=SessionStatus.ARRIVED)

    refusal = refused(world, late(world))

    assert refusal.code == "time_taken"
    assert "The visit at 10:30 would begin at 10:50" in refusal.sentence
    assert starts(soon, here) == ["10:30", "11:00"]


def test_every_clash_is_named_with_the_visit_it_hits(world):
    patient = a_patient(clinic=world.clinic, family_name="Twice")
    a_visit(world, at(10, 15), patient=patient)
    a_visit(world, at(10, 45), patient=patient, doctor=world.doctors[1])
    a_visit(world, at(15))
    [room] = [part for part in a_visit(world, at(16)).cast if part["kind"] == "room"]
    others = Resource.objects.filter(clinic=world.clinic, kind="room").exclude(uuid=room["resource"])
    away(world, *others, first=at(16).date())
    Session.objects.filter(starts_at=at(16)).update(status=SessionStatus.ARRIVED)

    refusal = refused(world, late(world, 45))

    assert refusal.code == "time_taken"
    hit = {(entry["resource"]["name"], f"{entry['starts_at']:%H:%M}") for entry in refusal.details["taken"]}
    assert ("Marit Twice", "11:00") in hit
    assert ("Dr Osei", "15:45") in hit
    assert {problem["code"] for problem in refusal.details["problems"]} >= {"time_taken"}


def test_what_leaves_opening_hours_is_refused_unless_somebody_who_may_sets_it_aside(world):
    last = a_visit(world, at(16, 30))
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
    a_visit(world, at(15))
    away(world, world.doctors[0], first=at(15).date())

    assert refused(world, late(world)).code == "outside_hours"


def test_a_day_that_is_not_the_one_that_was_looked_at_is_refused(world):
    a_visit(world, at(10, 15))
    delay = late(world)
    seen = agreed(delay)
    a_visit(world, at(14))
    before = everything_written()

    with pytest.raises(ClinicError) as refusal:
        push_day(delay=delay, agreed=seen, by=world.reception, now=LATE)

    assert refusal.value.code == "day_changed"
    assert everything_written() == before


def test_pushing_twice_with_one_look_pushes_once(world):
    soon = a_visit(world, at(10, 15))
    delay = late(world)
    seen = agreed(delay)
    push_day(delay=delay, agreed=seen, by=world.reception, now=LATE)

    with pytest.raises(ClinicError) as refusal:
        push_day(delay=delay, agreed=seen, by=world.reception, now=LATE)

    assert refusal.value.code == "day_changed"
    assert starts(soon) == ["10:35"]


def test_an_empty_day_is_pushed_without_a_word(world):
    before = everything_written()

    assert push(world, late(world)) == []
    assert everything_written() == before


@pytest.mark.parametrize("minutes", [0, -5, 7, 245])
def test_a_delay_is_some_cells_and_four_hours_at_most(world, minutes):
    with pytest.raises(ClinicError) as refusal:
        preview_delay(delay=late(world, minutes), by=world.reception, now=LATE)

    assert refusal.value.code == "delay_out_of_range"


def test_a_room_runs_late_like_a_person(world):
    soon = a_visit(world, at(10, 15))
    [room] = [part for part in soon.cast if part["kind"] == "room"]

    push(world, late(world, resource=Resource.objects.get(uuid=room["resource"])))

    assert starts(soon) == ["10:35"]


def test_a_practitioner_pushes_their_own_day_and_no_other(world):
    a_visit(world, at(10, 15))
    own = world.doctor
    colleague = an_actor(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=world.doctors[1])

    assert refused(world, late(world), by=colleague).code == "not_own_diary"
    assert len(push(world, late(world), by=own)) == 1


def test_the_diary_of_another_clinic_is_unknown(world):
    theirs = a_course_world()

    with pytest.raises(ClinicError) as refusal:
        preview_delay(delay=late(theirs), by=world.reception, now=LATE)

    assert refusal.value.code == "unknown_resource"


def test_the_trail_keeps_one_entry_for_each_visit(world):
    sessions = [a_visit(world, at(10, 15)), a_visit(world, at(11))]

    push(world, late(world))

    entries = AuditEntry.objects.filter(act="pushed_visit")
    assert {entry.about for entry in entries} == {session.uuid for session in sessions}
    assert all(entry.fields == ["is_told", "starts_at"] for entry in entries)


def test_a_day_takes_as_many_queries_to_look_at_for_one_visit_as_for_three(world, django_assert_num_queries):
    for hour in (11, 13, 15):
        a_visit(world, at(hour))
        with django_assert_num_queries(QUERIES):
            preview_delay(delay=late(world), by=world.reception, now=LATE)


QUERIES = 10
