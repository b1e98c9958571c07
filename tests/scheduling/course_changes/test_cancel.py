"""Cancelling: one session, the rest of a course, a whole plan; what goes, what stays, what is late."""

from datetime import timedelta

import pytest

from clinic.errors import NotAllowed, Refused, Unknown
from clinic.identity.actors import Actor, Role
from clinic.models import AuditEntry, Change, WeeklyHours
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.cancel import Ending, cancel_session, stop_plan
from scheduling.courses.states import StateForbids
from scheduling.models import CancelledBy, Claim, Message, MessageKind, MessageState, Session, WaitState
from scheduling.waitlist.queue import WaitAsked, join_waitlist
from tests.support.acts.amendments import BY_PATIENT, FLU, plan_of, statuses
from tests.support.acts.courses import everything_written, times_of
from tests.support.acts.holds import a_hold
from tests.support.acts.rhythm import give
from tests.support.builders import an_actor
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_a_cancelled_session_still_says_who_and_where_and_holds_no_time(world, course):
    second = course[1]

    done = cancel_session(session=second, ending=FLU, by=world.reception, now=NOW)

    [kept] = done.sessions
    stored = Session.objects.get(pk=second.pk)
    assert (stored.status, stored.cancelled_by, stored.cancel_reason) == ("cancelled", "clinic", "Flu")
    assert stored.cancelled_at == NOW
    assert (stored.site_id, stored.starts_at, stored.cast) == (second.site_id, second.starts_at, second.cast)
    assert (stored.version, stored.sequence) == (second.version + 1, second.sequence + 1)
    assert kept.pk == second.pk
    assert not Claim.objects.filter(session=second).exists()


def test_its_number_goes_to_another_attempt_with_a_window_of_its_own(world, course):
    second = course[1]

    [again] = cancel_session(session=second, ending=FLU, by=world.reception, now=NOW).due

    stored = Session.objects.get(pk=again.pk)
    assert (stored.number, stored.attempt, stored.status) == (2, 2, "due")
    assert stored.target_on == times_of(course[0]).on + 14 * DAY
    assert statuses(course) == ["booked", "cancelled", "due", "booked", "booked"]
    assert stored.session_type_id == second.session_type_id


def test_freed_time_can_be_booked_by_somebody_else(world, course):
    first = course[0]
    cancel_session(session=first, ending=FLU, by=world.reception, now=NOW)

    session = SingleSession(world.patient, first.session_type, times_of(first).starts_at)

    assert book_session(wanted=session, by=world.reception, now=NOW).status == "booked"


def test_a_session_without_a_plan_is_cancelled_and_nobody_comes_in_its_place(world):
    session = SingleSession(world.patient, world.session_types["consultation"], NOW + DAY)
    booked = book_session(wanted=session, by=world.reception, now=NOW)

    done = cancel_session(session=booked, ending=FLU, by=world.reception, now=NOW)

    assert done.due == ()
    assert Session.objects.get().status == "cancelled"


def test_cancelling_twice_changes_nothing(world, course):
    cancel_session(session=course[1], ending=FLU, by=world.reception, now=NOW)
    before = everything_written()

    done = cancel_session(session=course[1], ending=BY_PATIENT, by=world.reception, now=NOW)

    assert everything_written() == before
    assert done.due == ()


def test_what_is_done_is_not_cancelled(world, course):
    give(course[0])

    with pytest.raises(StateForbids):
        cancel_session(session=course[0], ending=FLU, by=world.reception, now=NOW)


def test_a_session_of_a_course_is_left_out_by_amending(world, course):
    for_good = Ending(reason="Moved away", without_replacement=True)

    with pytest.raises(Refused) as refused:
        cancel_session(session=course[3], ending=for_good, by=world.reception, now=NOW)

    assert refused.value.code == "amend_instead"


def test_what_is_due_has_no_time_to_cancel_and_what_is_held_is_released(world):
    plan = a_plan(world=world)
    hold = a_hold(world=world)
    due, held = plan.sessions.first(), hold.sessions.first()
    assert due
    assert held

    codes = []
    for session in (due, held):
        with pytest.raises(Refused) as refused:
            cancel_session(session=session, ending=FLU, by=world.reception, now=NOW)
        codes.append(refused.value.code)

    assert codes == ["amend_instead", "release_instead"]


@pytest.mark.parametrize(("reason", "code"), [(" ", "reason_missing"), ("x" * 201, "reason_too_long")])
def test_a_reason_is_given_in_a_line(world, course, reason, code):
    with pytest.raises(Refused) as refused:
        cancel_session(session=course[0], ending=Ending(reason=reason), by=world.reception, now=NOW)

    assert refused.value.code == code


def test_reminders_of_a_cancelled_session_are_void_and_those_of_others_wait(world, course):
    cancel_session(session=course[1], ending=FLU, by=world.reception, now=NOW)

    states = {
        number: set(
            Message.objects.filter(session__number=number, kind=MessageKind.REMINDER).values_list(
                "state", flat=True
            )
        )
        for number in (2, 3)
    }

    assert states == {2: {MessageState.VOID}, 3: {MessageState.WAITING}}


def test_the_trail_and_the_change_log_know_of_it(world, course):
    last = Change.objects.order_by("-number").values_list("number", flat=True)[0]
    assert course[1].plan

    done = cancel_session(session=course[1], ending=FLU, by=world.reception, now=NOW)

    logged = Change.objects.filter(number__gt=last)
    named = {row.object_uuid: row for row in logged}
    assert {course[1].plan.uuid, course[1].uuid, done.due[0].uuid} <= set(named)
    gone = named[course[1].uuid]
    assert gone.diaries_after == [world.patient.diary_id]
    assert len(gone.diaries_before) == 6
    assert AuditEntry.objects.filter(act="cancelled_visit", about=course[1].uuid).count() == 1


@pytest.mark.parametrize(
    ("hours", "by_whom", "is_late"),
    [(24, "patient", False), (23, "patient", True), (-1, "patient", True), (1, "clinic", False)],
)
def test_a_patient_who_cancels_within_the_notice_is_late(world, course, hours, by_whom, is_late):
    ending = Ending(reason="Flu", cancelled_by=by_whom)
    now = times_of(course[0]).starts_at - timedelta(hours=hours)

    done = cancel_session(session=course[0], ending=ending, by=world.reception, now=now)

    assert Session.objects.get(pk=course[0].pk).is_late_cancel is is_late
    assert [problem.code for problem in done.warnings] == ["late_cancel"] * is_late


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMINISTRATOR, Role.PRACTITIONER])
def test_those_who_answer_for_the_day_set_aside_that_it_is_late(world, course, role):
    waived = Ending(reason="Ambulance", cancelled_by=CancelledBy.PATIENT, waive=frozenset({"late_cancel"}))
    by = an_actor(clinic=world.clinic, role=role)

    done = cancel_session(session=course[0], ending=waived, by=by, now=times_of(course[0]).starts_at)

    stored = Session.objects.get(pk=course[0].pk)
    assert not stored.is_late_cancel
    assert stored.waived == [{"code": "late_cancel", "reason": "Ambulance", "by": str(by)}]
    assert done.warnings == ()


def test_the_desk_cancels_late_but_sets_nothing_aside(world, course):
    waived = Ending(reason="Flu", cancelled_by=CancelledBy.PATIENT, waive=frozenset({"late_cancel"}))
    before = everything_written()

    with pytest.raises(NotAllowed) as refused:
        cancel_session(session=course[0], ending=waived, by=world.reception, now=NOW)

    assert refused.value.code == "may_not_waive"
    assert everything_written() == before


def test_another_clinics_session_and_plan_are_unknown(world, course):
    stranger: Actor = a_course_world().reception

    with pytest.raises(Unknown):
        cancel_session(session=course[0], ending=FLU, by=stranger, now=NOW)
    with pytest.raises(Unknown):
        stop_plan(plan=plan_of(course), ending=FLU, by=stranger, now=NOW)


def test_hours_are_not_asked(world, course):
    WeeklyHours.objects.all().delete()

    cancel_session(session=course[0], ending=FLU, by=world.reception, now=NOW)

    assert Session.objects.get(pk=course[0].pk).status == "cancelled"


def test_who_waited_for_an_earlier_time_waits_for_what_is_due_instead(world, course):
    wait = join_waitlist(session=course[1], asked=WaitAsked(), by=world.reception, now=NOW)

    [again] = cancel_session(session=course[1], ending=FLU, by=world.reception, now=NOW).due

    wait.refresh_from_db()
    assert (wait.session, wait.state) == (again, WaitState.WAITING)


def test_nobody_waits_for_a_course_that_is_over(world, course):
    wait = join_waitlist(session=course[1], asked=WaitAsked(), by=world.reception, now=NOW)

    stop_plan(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)

    wait.refresh_from_db()
    assert wait.state == WaitState.WITHDRAWN
