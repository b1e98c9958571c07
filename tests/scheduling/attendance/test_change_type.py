"""Another kind of session than was planned."""

from datetime import timedelta

import pytest

from clinic.errors import Unknown
from clinic.models import AuditEntry
from scheduling.attendance.attend import arrive
from scheduling.attendance.change_type import change_session_type
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.courses.states import SessionAct, StateForbids
from scheduling.models import Message, Session
from tests.support.acts.attendance import ACTS, S, again, claims_of, due_number, during
from tests.support.acts.courses import a_booked_course, everything_written, times_of
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import World, a_course_world, a_plan

pytestmark = pytest.mark.django_db


def changed(session: Session, world: World, kind: str) -> Session:
    wanted = world.session_types[kind]
    return change_session_type(session=session, session_type=wanted, by=world.reception, now=during(session))


def who(session: Session) -> dict[str, str]:
    return {part["role"]: part["name"] for part in session.cast}


def a_consultation(world: World, starts_at, practitioner=None) -> Session:
    patient = a_patient(clinic=world.clinic, family_name="Rival")
    session = SingleSession(
        patient, world.session_types["consultation"], starts_at, practitioner=practitioner
    )
    return book_session(wanted=session, by=world.reception, now=NOW)


def test_after_a_failed_draw_it_is_mesotherapy_alone_with_the_same_doctor_and_room(world, session):
    arrive(session=session, by=world.reception, now=during(session))

    changed(session, world, "mesotherapy")

    stands, was = again(session), who(session)
    assert (stands.status, stands.starts_at) == (S.ARRIVED, session.starts_at)
    assert times_of(stands).ends_at == times_of(session).starts_at + timedelta(minutes=10)
    assert who(stands) == {role: was[role] for role in ("doctor", "treatment-room")}
    assert len(claims_of(stands)) == 4


def busy_while_blood_is_drawn(session: Session, world: World) -> None:
    """Both doctors treat others until the one of this session is to begin."""
    for doctor in world.doctors:
        patient = a_patient(clinic=world.clinic, family_name="Rival")
        kind = world.session_types["mesotherapy"]
        wanted = SingleSession(patient, kind, times_of(session).starts_at, practitioner=doctor)
        book_session(wanted=wanted, by=world.reception, now=NOW)


def test_after_a_failed_draw_the_doctor_comes_when_they_were_to_come(world, session):
    busy_while_blood_is_drawn(session, world)
    arrive(session=session, by=world.reception, now=during(session))

    stands = changed(session, world, "mesotherapy")

    assert times_of(stands).starts_at == times_of(session).starts_at + timedelta(minutes=15)
    assert times_of(stands).ends_at == times_of(session).ends_at
    assert who(stands)["doctor"] == who(session)["doctor"]


def test_a_patient_who_is_not_here_yet_is_not_told_another_hour_by_it(world, session):
    busy_while_blood_is_drawn(session, world)

    with pytest.raises(TimeTaken):
        changed(session, world, "mesotherapy")


def test_a_new_end_is_a_new_sequence_and_the_same_end_is_none(world, session):
    same = changed(session, world, "prp")
    assert (same.sequence, same.version) == (session.sequence, session.version + 1)

    other = changed(session, world, "mesotherapy")
    assert (other.sequence, other.version) == (session.sequence + 1, session.version + 2)


def test_who_agreed_to_the_same_times_has_agreed(world, session):
    ACTS[SessionAct.CONFIRM](session, world)

    assert changed(session, world, "prp").status == S.CONFIRMED
    assert changed(session, world, "mesotherapy").status == S.BOOKED


def test_a_session_ahead_is_reminded_of_at_its_new_times(world):
    session = a_booked_course(world=world)[1]

    change_session_type(
        session=session, session_type=world.session_types["mesotherapy"], by=world.reception, now=NOW
    )

    keys = Message.objects.filter(session=session, kind="reminder").values_list("key", flat=True)
    assert sorted(key.rpartition(":")[2] for key in keys) == ["0", "1"]


def test_the_same_kind_changes_nothing(world, session):
    wrote = everything_written()

    changed(session, world, "prp-mesotherapy")

    assert everything_written() == wrote


def test_where_the_doctor_is_busy_by_then_another_one_serves(world, session):
    doctor = next(one for one in world.doctors if one.name == who(session)["doctor"])
    a_consultation(world, times_of(session).ends_at, practitioner=doctor)

    stands = changed(session, world, "consultation")

    assert who(stands)["doctor"] != doctor.name


def test_a_longer_session_that_does_not_fit_says_who_is_taken(world, session):
    for doctor in world.doctors:
        a_consultation(world, times_of(session).ends_at, practitioner=doctor)
    before = claims_of(session)

    with pytest.raises(TimeTaken) as taken:
        changed(session, world, "consultation")

    names = {one["resource"]["name"] for one in taken.value.details["taken"]}
    assert {doctor.name for doctor in world.doctors} <= names
    assert claims_of(session) == before


def test_who_walked_in_is_of_another_kind_without_claims(world):
    new = WalkIn(world.patient, world.session_types["consultation"])
    here = walk_in(new=new, by=world.reception, now=NOW)

    stands = change_session_type(
        session=here, session_type=world.session_types["mesotherapy"], by=world.reception, now=NOW
    )

    assert (stands.session_type.key, claims_of(stands)) == ("mesotherapy", [])


@pytest.mark.parametrize("act", [SessionAct.COMPLETE, SessionAct.MISS])
def test_what_is_over_keeps_its_kind(world, session, act):
    ACTS[act](session, world)

    with pytest.raises(StateForbids):
        changed(session, world, "mesotherapy")


def test_what_is_due_is_what_the_protocol_says(world):
    plan = a_plan(world=world)

    with pytest.raises(StateForbids):
        change_session_type(
            session=due_number(plan, 1),
            session_type=world.session_types["mesotherapy"],
            by=world.reception,
            now=NOW,
        )


def test_the_kind_of_another_clinic_is_unknown(world, session):
    with pytest.raises(Unknown):
        changed(session, a_course_world(), "mesotherapy")


def test_the_trail_says_what_it_was_and_what_it_is(world, session):
    changed(session, world, "mesotherapy")

    entry = AuditEntry.objects.latest("pk")
    assert entry.act == "changed_session_type"
    assert {"session_type", "ends_at", "cast"} <= set(entry.fields)
