"""Amending a course in its midst: more or fewer sessions, another interval, other wishes."""

from datetime import timedelta

import pytest

from clinic.errors import Conflict, Refused, Unknown
from clinic.identity.actors import Role
from clinic.models import AuditDetail, Care
from scheduling.booking.book_course import book_course
from scheduling.course_changes.amend import Amendment, Interval, amend_course
from scheduling.course_changes.cancel import Ending, stop_plan
from scheduling.courses.states import StateForbids
from scheduling.models import Claim, Hold, Session, SessionStatus
from tests.support.acts.amendments import amend, plan_of, refusal
from tests.support.acts.courses import a_booked_course, offers, times_of
from tests.support.acts.holds import a_hold
from tests.support.acts.rhythm import as_it_is, assert_rhythm, book_first, give, windows_as_stored
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan
from treatments.models import PlanState
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

FLU = Ending(reason="Flu")
DAY = timedelta(days=1)


def test_four_sessions_become_six_and_the_new_ones_are_booked(world, course):
    plan = plan_of(course)

    amend(world, plan, session_count=6)

    plan = as_it_is(plan)
    assert plan.session_count == 6
    booked = book_course(plan=plan, proposal=offers(plan=plan)[0], by=world.reception, now=NOW)
    assert [session.number for session in booked] == [5, 6]


def test_booked_sessions_beyond_a_smaller_number_give_their_time_back(world):
    course = a_booked_course(world=world, sessions=6)

    amended = amend(world, plan_of(course), session_count=4)

    assert [session.number for session in amended.cancelled] == [5, 6]
    assert not Claim.objects.filter(session__number__gt=4).exists()
    assert {(row.status, row.sequence) for row in Session.objects.filter(number__gt=4)} == {("cancelled", 1)}
    assert_rhythm(plan_of(course))


def test_a_number_that_was_off_and_comes_back_is_another_attempt(world):
    plan = a_plan(world=world, sessions=5)
    amend(world, plan, session_count=4)

    [again] = amend(world, plan, session_count=5).added

    assert (again.number, again.attempt) == (5, 2)


def test_there_are_never_fewer_sessions_than_were_given(world, course):
    for session in course[:3]:
        give(session)

    assert refusal(world, plan_of(course), session_count=2, role=Role.OWNER, reason="x") == "fewer_than_done"


def test_a_course_of_which_all_is_done_is_completed_by_amending(world):
    course = a_booked_course(world=world, sessions=5)
    for session in course[:4]:
        give(session)

    amend(world, plan_of(course), session_count=4)

    assert plan_of(course).state == PlanState.COMPLETED


def test_a_number_out_of_range_is_set_aside_by_those_who_treat(world, course):
    plan = plan_of(course)
    assert refusal(world, plan, session_count=8, reason="Asked for") == "sessions_out_of_range"

    amend(world, plan, session_count=8, reason="Dense loss", role=Role.PRACTITIONER)

    [waived] = as_it_is(plan).waived
    assert (waived["code"], waived["reason"]) == ("sessions_out_of_range", "Dense loss")


def test_what_was_set_aside_once_is_asked_again_only_if_it_changes(world):
    plan = a_plan(world=world, sessions=8, by=world.doctor, waiver="Dense loss")

    amend(world, plan, indication="Crown")

    assert as_it_is(plan).indication == "Crown"
    assert refusal(world, plan, session_count=9) == "sessions_out_of_range"


@pytest.mark.parametrize(("count", "code"), [(0, "no_sessions"), (61, "too_many_sessions")])
def test_no_number_beyond_reason(world, course, count, code):
    assert refusal(world, plan_of(course), session_count=count) == code


def test_another_interval_moves_what_is_due_and_no_booked_session(world):
    plan = a_plan(world=world)
    _, second = book_first(world=world, plan=plan, count=2)

    amended = amend(world, plan, interval=Interval(21))

    stood = times_of(Session.objects.get(pk=second.pk))
    assert stood == times_of(second)
    third = Session.objects.get(plan=plan, number=3)
    assert third.target_on == stood.on + 21 * DAY
    assert third.latest_on == stood.on + 25 * DAY
    [warning] = amended.warnings
    assert (warning.code, warning.kind) == ("outside_window", "warning")
    assert warning.sentence.startswith("Session 2 is booked on")
    assert_rhythm(plan)


def test_an_interval_is_taken_back(world):
    plan = a_plan(world=world)
    before = windows_as_stored(plan, SessionStatus.DUE)
    amend(world, plan, interval=Interval(21))

    amend(world, plan, interval=Interval(None))

    assert windows_as_stored(as_it_is(plan), SessionStatus.DUE) == before


@pytest.mark.parametrize("days", [0, 366, -1])
def test_an_interval_is_one_day_to_a_year(world, course, days):
    assert refusal(world, plan_of(course), interval=Interval(days)) == "interval_out_of_range"


def test_another_practitioner_for_the_rest_is_a_wish_the_search_knows(world):
    plan = a_plan(world=world)
    book_first(world=world, plan=plan, count=2)
    wanted = world.doctors[1]

    amend(world, plan, wishes=Wishes(practitioner=wanted.uuid, hard=True))

    rest = offers(plan=as_it_is(plan))[0]
    assert all(wanted.name in {part.resource.name for part in placed.assignments} for placed in rest.sessions)


def test_who_is_not_of_the_clinic_is_unknown(world, course):
    stranger = a_course_world()

    for said in (
        {"wishes": Wishes(practitioner=stranger.doctors[0].uuid)},
        {"wishes": Wishes(site=stranger.site.uuid)},
        {"wishes": Wishes(companion=a_plan(world=stranger).uuid)},
        {"protocol": stranger.protocols["prp-mesotherapy"]},
    ):
        with pytest.raises(Unknown):
            amend(world, plan_of(course), **said)
    with pytest.raises(Unknown):
        amend_course(plan=plan_of(course), amendment=Amendment(), by=stranger.reception, now=NOW)


def test_a_companion_who_is_wished_for_already_may_stay(world, course):
    """A practitioner does not see the other patient, whom the desk entered."""
    plan, companion = plan_of(course), a_plan(world=world, patient=a_patient(clinic=world.clinic))
    amend(world, plan, wishes=Wishes(companion=companion.uuid))
    Care.objects.filter(patient=companion.patient).delete()

    kept = Wishes(companion=companion.uuid, same_hour=True)
    amend_course(plan=as_it_is(plan), amendment=Amendment(wishes=kept), by=world.doctor, now=NOW)

    assert as_it_is(plan).wishes["companion"] == str(companion.uuid)


def test_facts_are_checked_as_they_are_when_prescribing(world, course):
    plan = plan_of(course)

    assert refusal(world, plan, harvest_site="waist") == "harvest_site_not_asked"
    assert refusal(world, plan, indication="x" * 201) == "indication_too_long"


def test_all_reasons_against_an_amendment_are_told_at_once(world, course):
    with pytest.raises(Refused) as refused:
        amend(world, plan_of(course), session_count=9, interval=Interval(0), harvest_site="waist")

    assert {problem.code for problem in refused.value.problems} == {
        "sessions_out_of_range",
        "interval_out_of_range",
        "harvest_site_not_asked",
    }


def test_a_stopped_course_is_not_amended(world, course):
    stop_plan(plan=plan_of(course), ending=FLU, by=world.reception, now=NOW)

    with pytest.raises(StateForbids):
        amend(world, plan_of(course), session_count=5)


def test_who_amends_what_somebody_changed_a_moment_ago_looks_again(world, course):
    seen = plan_of(course)
    amend(world, seen, session_count=5)

    with pytest.raises(Conflict) as refused:
        amend_course(plan=seen, amendment=Amendment(session_count=6), by=world.reception, now=NOW)

    assert refused.value.code == "course_changed"


def test_a_hold_of_the_course_ends_by_amending(world):
    hold = a_hold(world=world)
    assert hold.plan

    amend(world, hold.plan, session_count=5)

    assert Hold.objects.get().released_at == NOW
    assert not Claim.objects.exists()
    assert_rhythm(hold.plan)


def test_the_trail_keeps_what_was_and_what_is(world, course):
    amend(world, plan_of(course), session_count=5, reason="Dense\nloss")

    told = AuditDetail.objects.order_by("-pk")[0].values
    assert '"session_count": 4' in told
    assert '"session_count": 5' in told
    assert '"reason": "Dense loss"' in told
