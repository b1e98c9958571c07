"""Attendance: who confirms, comes, is treated, or does not come."""

from datetime import timedelta

import pytest

from clinic.errors import Refused, Unknown
from clinic.models import AuditEntry, Change
from scheduling.attendance.attend import arrive, complete, start
from scheduling.attendance.completion import Completion
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.courses.states import SESSION_STEPS, SessionAct, StateForbids
from scheduling.models import Claim, Outcome
from tests.support.acts.attendance import ACTS, S, again, brought_to, done, during
from tests.support.acts.courses import everything_written, times_of
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import a_course_world
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db


REACHED = (S.BOOKED, S.CONFIRMED, S.ARRIVED, S.IN_TREATMENT, S.COMPLETED, S.MISSED)


@pytest.mark.parametrize("status", REACHED)
@pytest.mark.parametrize("act", ACTS)
def test_an_act_leads_where_the_table_says_or_nowhere(world, course, act, status):
    session, step = brought_to(status, course[0], world), SESSION_STEPS[act]
    before, wrote, version = session.version, everything_written(), Plan.objects.get().version

    if status in step.begins:
        ACTS[act](session, world)
        stands = again(session)
        assert (stands.status, stands.version) == (step.ends, before + 1)
        assert Plan.objects.get().version == version + 1
    elif status == step.ends:
        ACTS[act](session, world)
        assert everything_written() == wrote
    else:
        with pytest.raises(StateForbids) as forbidden:
            ACTS[act](session, world)
        assert forbidden.value.details == {"state": status, "act": act}
        assert everything_written() == wrote


@pytest.mark.parametrize("act", ACTS)
def test_an_act_leaves_one_entry_in_the_trail_and_tells_the_log(world, course, act):
    entries, changes = AuditEntry.objects.count(), Change.objects.count()

    ACTS[act](course[0], world)

    entry = AuditEntry.objects.latest("pk")
    assert AuditEntry.objects.count() == entries + 1
    assert (entry.about, entry.patients) == (course[0].uuid, course[0].patient.uuid.hex)
    assert "status" in entry.fields
    told = Change.objects.order_by("number")[changes:].values_list("object_uuid", flat=True)
    assert {course[0].uuid, course[0].plan.uuid} <= set(told)


@pytest.mark.parametrize("act", ACTS)
def test_attendance_is_no_new_sequence_and_moves_no_claim_of_others(world, course, act):
    others = Claim.objects.exclude(session=course[0]).count()

    ACTS[act](course[0], world)

    assert again(course[0]).sequence == course[0].sequence
    assert Claim.objects.exclude(session=course[0]).count() == others


@pytest.mark.parametrize("act", ACTS)
def test_a_session_of_another_clinic_is_unknown(world, course, act):
    with pytest.raises(Unknown):
        ACTS[act](course[0], a_course_world())


def test_the_hours_of_a_session_are_kept_as_they_were(world, course):
    session, starts = course[0], times_of(course[0]).starts_at
    minute = timedelta(minutes=1)

    arrive(session=session, by=world.reception, now=starts - 7 * minute)
    start(session=session, by=world.reception, now=starts + 2 * minute)
    complete(session=session, completion=Completion(), by=world.reception, now=starts + 40 * minute)

    stands = again(session)
    assert (stands.arrived_at, stands.started_at) == (starts - 7 * minute, starts + 2 * minute)
    assert stands.finished_at == starts + 40 * minute
    assert Claim.objects.filter(session=session).exists()


def test_what_nobody_said_is_as_it_was_planned(world, course):
    times = times_of(course[0])

    stands = complete(
        session=course[0], completion=Completion(), by=world.reception, now=times.ends_at + timedelta(days=2)
    )

    hours = (stands.arrived_at, stands.started_at, stands.finished_at)
    assert hours == (times.starts_at, times.starts_at, times.ends_at)


def test_who_really_served_is_written_down_whatever_their_diary_says(world, course):
    session = course[0]
    other = next(d for d in world.doctors if str(d.uuid) not in str(session.cast))
    times = times_of(session)
    busy = SingleSession(a_patient(clinic=world.clinic), world.session_types["consultation"], times.starts_at)
    book_session(wanted=busy, by=world.reception, now=NOW)

    stands = start(session=session, used={"doctor": other.uuid}, by=world.reception, now=times.starts_at)

    served = {part["role"]: part["name"] for part in stands.used}
    assert served["doctor"] == other.name
    assert {part["role"] for part in stands.used} == {part["role"] for part in stands.cast}
    assert stands.cast == session.cast
    assert other.pk in world.patient.care.values_list("practitioner_id", flat=True)


def test_without_a_word_the_cast_served(world, course):
    assert done(course[0], world).used == course[0].cast


@pytest.mark.parametrize(
    ("role", "who", "code"),
    [("doctor", "room", "other_kind_needed"), ("barber", "doctor", "unknown_role")],
)
def test_a_resource_that_cannot_have_served_so_is_refused(world, course, role, who, code):
    named = {"room": world.treatment_rooms[0], "doctor": world.doctors[0]}[who]

    with pytest.raises(Refused) as refused:
        arrive(session=course[0], used={role: named.uuid}, by=world.reception, now=during(course[0]))

    assert refused.value.code == code
    assert again(course[0]).status == S.BOOKED


def test_a_resource_of_another_clinic_served_nobody_here(world, course):
    strange = a_course_world().doctors[0].uuid

    with pytest.raises(Unknown) as unknown:
        arrive(session=course[0], used={"doctor": strange}, by=world.reception, now=during(course[0]))

    assert unknown.value.code == "unknown_resource"


def test_a_course_that_a_doctor_must_look_at_is_not_started(world, course):
    Plan.objects.update(state=PlanState.AWAITING_REVIEW)
    arrive(session=course[0], by=world.reception, now=during(course[0]))

    for act in (SessionAct.START, SessionAct.COMPLETE):
        with pytest.raises(Refused) as refused:
            ACTS[act](course[0], world)
        assert refused.value.code == "review_awaited"

    assert done(course[0], world, outcome=Outcome.NOT_GIVEN).status == S.COMPLETED
