"""What is over can be put right: by the desk for a week, later by those who answer for the treatment."""

from datetime import timedelta

import pytest

from clinic.errors import NotAllowed, Refused
from clinic.identity.actors import Role
from clinic.models import AuditDetail, AuditEntry
from scheduling.attendance.attend import arrive, miss
from scheduling.attendance.completion import Completion
from scheduling.attendance.correct import Correction, correct
from scheduling.attendance.repeats import RepeatedAlready
from scheduling.courses.states import StateForbids
from scheduling.diaries.integrity import flaws
from scheduling.models import Claim, Message, Outcome, Session
from scheduling.reports.adherence import course_adherence
from tests.support.acts.attendance import again, done, due_number, during
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.acts.moves import plan_of
from tests.support.acts.rhythm import as_it_is
from tests.support.builders import an_actor
from tests.support.cast import NOW
from tests.support.rest import a_client_of

pytestmark = pytest.mark.django_db

GIVEN, WHY = Completion(), "The sheet of that day says otherwise"
DAY = timedelta(days=1)


@pytest.fixture
def course(world) -> list[Session]:
    return a_booked_course(world=world)


def put_right(world, session, completion=None, *, days=1, by=None, why=WHY):
    said, now = Correction(why, completion), during(session) + days * DAY
    return correct(session=again(session), correction=said, by=by or world.reception, now=now)


def missed(world, session) -> Session:
    return miss(session=session, by=world.reception, now=during(session))


def test_who_was_marked_as_missed_and_was_there_counts(world, course):
    first = course[0]
    missed(world, first)
    assert due_number(plan_of(course), 1).attempt == 2

    put_right(world, first, GIVEN)

    session = again(first)
    assert (session.status, session.outcome, session.counts) == ("completed", "given", True)
    assert session.finished_at == session.ends_at
    assert not Session.objects.filter(plan=session.plan, number=1, attempt=2).exists()
    assert [one.deviation.timing for one in course_adherence(plan=as_it_is(plan_of(course))).sessions] == [
        "on_time"
    ]


def test_who_was_marked_as_missed_and_came_though_nothing_was_given_has_had_that_time(world, course):
    first = course[0]
    missed(world, first)

    put_right(world, first, Completion(outcome=Outcome.NOT_GIVEN, reason="Failed draw"))

    session = again(first)
    assert (session.status, session.outcome, session.counts) == ("completed", "not_given", False)
    assert due_number(plan_of(course), 1).attempt == 2
    assert not list(flaws())


def test_who_was_marked_as_done_and_was_not_there_is_due_again(world, course):
    first = course[0]
    done(first, world)

    put_right(world, first)

    session, due = again(first), due_number(plan_of(course), 1)
    assert (session.status, session.outcome, session.record, session.arrived_at) == ("missed", "", {}, None)
    assert (due.attempt, due.status) == (2, "due")
    assert not Claim.objects.filter(session=first).exists()


def test_a_course_that_was_completed_by_mistake_goes_on(world):
    plan = plan_of(a_booked_course(world=world))
    sessions = list(plan.sessions.filter(kind="treatment").order_by("number"))
    for session in sessions:
        done(again(session), world)
    assert as_it_is(plan).state == "completed"

    put_right(world, sessions[-1])

    assert as_it_is(plan).state == "active"
    put_right(world, sessions[-1], GIVEN)
    assert as_it_is(plan).state == "completed"


def test_who_never_left_the_list_of_that_day_is_done_or_was_not_there(world, course):
    first, second, *_ = course
    arrive(session=first, by=world.reception, now=during(first))
    arrive(session=second, by=world.reception, now=during(second))

    assert put_right(world, first, GIVEN).status == "completed"
    assert put_right(world, second).status == "missed"


def test_the_trail_shows_both_and_why(world, course):
    done(course[0], world)

    put_right(world, course[0])

    entry = AuditEntry.objects.get(act="corrected_visit")
    values = AuditDetail.objects.get(entry_uuid=entry.uuid).values
    assert {"status", "outcome", "why"} <= set(entry.fields)
    assert '"completed"' in values
    assert '"missed"' in values
    assert WHY in values


def test_nobody_is_mailed(world, course):
    done(course[0], world)
    before = Message.objects.exclude(kind="reminder").count()

    put_right(world, course[0])
    put_right(world, course[0], GIVEN)

    assert Message.objects.exclude(kind="reminder").count() == before


@pytest.mark.parametrize(
    ("role", "days", "may"),
    [
        (Role.RECEPTIONIST, 7, True),
        (Role.RECEPTIONIST, 8, False),
        (Role.ADMINISTRATOR, 8, False),
        (Role.PRACTITIONER, 8, True),
        (Role.OWNER, 90, True),
    ],
)
def test_after_seven_days_it_is_for_those_who_answer_for_the_treatment(world, course, role, days, may):
    done(course[0], world)
    practitioner = world.doctors[0] if role is Role.PRACTITIONER else None
    by = an_actor(clinic=world.clinic, role=role, practitioner=practitioner)

    if may:
        assert put_right(world, course[0], days=days, by=by).status == "missed"
        return
    with pytest.raises(NotAllowed):
        put_right(world, course[0], days=days, by=by)
    assert again(course[0]).status == "completed"


@pytest.mark.parametrize("said", [{"outcome": Outcome.PARTLY, "reason": "Fainted"}, {"used": True}])
def test_how_a_session_went_is_changed_by_those_who_treat(world, course, said):
    done(course[0], world)
    used = {"used": {"doctor": world.doctors[1].uuid}} if "used" in said else said
    completion = Completion(**used)

    with pytest.raises(NotAllowed):
        put_right(world, course[0], completion)
    session = put_right(world, course[0], completion, by=world.doctor)

    assert session.outcome == completion.outcome
    assert ("Dr Lindqvist" in {part["name"] for part in session.used}) == ("used" in said)


def test_what_did_not_count_and_was_given_counts_again(world, course):
    first = course[0]
    done(first, world, outcome=Outcome.NOT_GIVEN)
    assert due_number(plan_of(course), 1).attempt == 2

    put_right(world, first, GIVEN, by=world.doctor)

    assert again(first).counts
    assert Session.objects.get(plan=first.plan, kind="treatment", number=1) == first


def test_what_was_booked_anew_stands(world, course):
    first = course[0]
    missed(world, first)
    Session.objects.filter(pk=due_number(plan_of(course), 1).pk).update(
        status="completed", outcome="given", local_date=NOW.date() + 3 * DAY, is_done_elsewhere=True
    )
    before = everything_written()

    with pytest.raises((RepeatedAlready, Refused)):
        put_right(world, first, GIVEN)
    assert everything_written() == before


def test_a_correction_says_why_and_what_stands_already_stays(world, course):
    first = course[0]
    done(first, world)
    before = everything_written()

    with pytest.raises(Refused) as refused:
        put_right(world, first, why=" ")
    put_right(world, first, GIVEN)

    assert [problem.code for problem in refused.value.problems] == ["correction_reason_missing"]
    assert everything_written() == before


def test_what_is_still_to_come_is_not_put_right(world, course):
    with pytest.raises(StateForbids):
        put_right(world, course[1], GIVEN)


def test_a_program_puts_it_right_too(world, course):
    done(course[0], world)
    rest, path = a_client_of(world), f"sessions/{course[0].uuid}/correct/"

    answer = rest.post(path, {"why": WHY, "missed": True}, If_Match=f'"{again(course[0]).version}"')

    assert (answer.status, answer.json["status"]) == (200, "missed")
