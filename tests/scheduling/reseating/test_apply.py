"""A session that finds every room half taken: who is booked changes to an equal one and never knows."""

from datetime import date, datetime, time, timedelta

import pytest

from clinic.errors import Refused
from clinic.hours.rota import NewLeave, grant_leave
from clinic.models import AuditEntry, Care, Change, Patient, Resource
from scheduling.booking.book_course import book_course
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.engine.placed import PlacedSession
from scheduling.models import Claim, Hold, Message, Session, SessionStatus
from tests.support.acts.courses import away, everything_written, names_in, offers
from tests.support.builders import a_patient, a_practitioner
from tests.support.cast import AMSTERDAM, NOW
from tests.support.worlds import World, a_course_world, a_plan

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 5)


@pytest.fixture
def world() -> World:
    """Two rooms, each taken for a quarter of an hour between ten and half past; a third doctor is free."""
    world = a_course_world()
    away(world, world.treatment_rooms[2], first=TUESDAY)
    early = booked(world, "10:00", "mesotherapy")
    late = booked(world, "10:15", "mesotherapy")
    assert room_of(early) != room_of(late)
    a_practitioner(clinic=world.clinic, name="Dr Grant", works_at=world.site)
    return world


def booked(world: World, clock: str, kind: str = "consultation", patient: Patient | None = None) -> Session:
    starts_at = datetime.combine(TUESDAY, time.fromisoformat(clock), AMSTERDAM)
    session = SingleSession(patient or a_patient(clinic=world.clinic), world.session_types[kind], starts_at)
    return book_session(wanted=session, by=world.reception, now=NOW)


def in_order() -> tuple[Session, Session]:
    early, late = Session.objects.filter(session_type__key="mesotherapy").order_by("starts_at")
    return early, late


def room_of(session: Session) -> str:
    [room] = {part["name"] for part in session.cast if part["role"] == "treatment-room"}
    rooms = Resource.objects.filter(
        diary__in=Claim.objects.filter(session=session, need__role="treatment-room").values("diary")
    )
    assert [room] == list(rooms.values_list("name", flat=True))
    return str(room)


def test_the_two_short_sessions_share_one_room_and_the_long_one_gets_the_other(world):
    session = booked(world, "10:00")

    early, late = in_order()
    assert room_of(early) == room_of(late) != room_of(session)


def test_minutes_and_people_stay_and_no_message_goes_out(world):
    before = list(Session.objects.order_by("pk").values("starts_at", "ends_at", "sequence", "status"))
    doctors = [part for session in in_order() for part in session.cast if part["role"] == "doctor"]
    messages = list(Message.objects.values())

    session = booked(world, "10:00")

    others = Session.objects.exclude(pk=session.pk).order_by("pk")
    assert list(others.values("starts_at", "ends_at", "sequence", "status")) == before
    assert [part for other in in_order() for part in other.cast if part["role"] == "doctor"] == doctors
    assert list(Message.objects.exclude(session=session).values()) == messages


def test_one_session_moves_its_version_grows_and_the_change_log_names_both_rooms(world):
    versions = {session.pk: session.version for session in in_order()}
    last = Change.objects.latest("number").number

    booked(world, "10:00")

    [moved] = [session for session in in_order() if session.version > versions[session.pk]]
    assert moved.version == versions[moved.pk] + 1
    change = Change.objects.get(number__gt=last, object_uuid=moved.uuid)
    rooms = {room.diary_id for room in world.treatment_rooms[:2]}
    assert set(change.diaries_before) ^ set(change.diaries_after) == rooms
    assert change.version == moved.version


def test_the_trail_says_which_session_made_room(world):
    booked(world, "10:00")

    entry = AuditEntry.objects.get(act="reseated_visit")
    assert entry.about in {session.uuid for session in in_order()}
    assert entry.patients == Session.objects.get(uuid=entry.about).patient.uuid.hex


def refused(world: World) -> None:
    """The session finds no time, and nothing has changed."""
    before = everything_written(), AuditEntry.objects.count()
    with pytest.raises(TimeTaken):
        booked(world, "10:00", patient=world.patient)
    assert (everything_written(), AuditEntry.objects.count()) == before


def test_a_room_that_a_person_chose_is_kept(world):
    Claim.objects.filter(need__role="treatment-room").update(asked_for=True)

    refused(world)


@pytest.mark.parametrize("stands", [{"status": SessionStatus.ARRIVED}, {"is_pinned": True}])
def test_a_session_that_is_under_way_or_pinned_stays_where_it_is(world, stands):
    Session.objects.update(**stands)

    refused(world)


def test_a_session_that_is_only_held_stays_where_it_is(world):
    hold = Hold.objects.create(
        clinic=world.clinic, held_by="user:1", expires_at=NOW + timedelta(days=2), created_at=NOW
    )
    Session.objects.update(status=SessionStatus.HELD, hold=hold)

    refused(world)


def test_the_doctor_whom_a_patient_expects_is_not_changed_for_another(world):
    """Two doctors are each half taken and the third is away: their rooms may change, they may not."""
    away(world, Resource.objects.get(name="Dr Grant"), first=TUESDAY)

    refused(world)


def test_nobody_moves_into_a_room_that_is_closed_meanwhile(world):
    """Both short sessions stay: the room of one is closed for the rest of the hour."""
    early, late = in_order()
    name_of_late = room_of(late)
    room = next(room for room in world.treatment_rooms if room.name == room_of(early))
    other = next(room for room in world.treatment_rooms if room.name == name_of_late)
    for closed, clock in ((room, "10:15"), (other, "10:00")):
        starts_at = datetime.combine(TUESDAY, time.fromisoformat(clock), AMSTERDAM)
        leave = NewLeave(closed, starts_at, starts_at + timedelta(minutes=15))
        grant_leave(new=leave, by=world.owner, now=NOW)
    before = everything_written()

    with pytest.raises(Refused) as refused:
        booked(world, "10:00", patient=world.patient)

    assert refused.value.code == "outside_hours"
    assert everything_written() == before


def test_without_need_nobody_moves(world):
    versions = [session.version for session in in_order()]

    booked(world, "11:00")

    assert [session.version for session in in_order()] == versions
    assert not AuditEntry.objects.filter(act="reseated_visit").exists()


def test_an_assistant_who_takes_over_sees_the_patient_from_then_on(world):
    """One of two preparations moves to the other's assistant, chair and centrifuge."""
    away(world, world.assistants[2], first=TUESDAY)
    preparations = [booked(world, clock, "prp") for clock in ("14:00", "14:15")]
    cared_for = {session.pk: carers(session) for session in preparations}
    assert all(len(names) == 2 for names in cared_for.values())

    booked(world, "14:05", "prp")

    gained = [carers(session) - cared_for[session.pk] for session in preparations]
    assert sorted(map(len, gained)) == [0, 1]
    assert set().union(*gained) <= {assistant.name for assistant in world.assistants[:2]}
    assert AuditEntry.objects.filter(act="reseated_visit").count() == 1


def carers(session: Session) -> set[str]:
    care = Care.objects.filter(patient=session.patient)
    return set(care.values_list("practitioner__name", flat=True))


def a_rival_of(world: World, placed: PlacedSession) -> Session:
    """A preparation ten minutes later, with some of what the session names, when its doctor is free."""
    session = SingleSession(
        a_patient(clinic=world.clinic),
        world.session_types["prp-mesotherapy"],
        placed.starts_at + timedelta(minutes=10),
    )
    rival = book_session(wanted=session, by=world.reception, now=NOW)
    assert {part["name"] for part in rival.cast} & names_in(placed)
    return rival


def test_a_calendar_on_screen_is_booked_as_it_was_offered_and_the_rival_changes_seats():
    world = a_course_world()
    plan = a_plan(world=world)
    proposal = offers(plan=plan)[0]
    rival = a_rival_of(world, proposal.sessions[1])

    sessions = book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    assert [session.cast for session in sessions] == [placed.cast() for placed in proposal.sessions]
    moved = Session.objects.get(pk=rival.pk)
    assert (moved.version, moved.starts_at, moved.sequence) == (rival.version + 1, rival.starts_at, 0)
    assert AuditEntry.objects.get(act="reseated_visit").about == rival.uuid
    assert Change.objects.filter(object_uuid=rival.uuid).count() == 2


def test_a_calendar_whose_rival_was_asked_for_is_refused_and_nothing_moves():
    world = a_course_world()
    plan = a_plan(world=world)
    proposal = offers(plan=plan)[0]
    a_rival_of(world, proposal.sessions[1])
    Claim.objects.update(asked_for=True)
    before = everything_written()

    with pytest.raises(TimeTaken):
        book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    assert everything_written() == before
