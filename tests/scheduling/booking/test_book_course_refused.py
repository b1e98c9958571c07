"""Why a course is not booked: whole or nothing, with every reason said."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from clinic.errors import Conflict, Refused, Unknown
from clinic.hours.rota import NewClosure, NewLeave, close_site, grant_leave
from clinic.models import Resource, ResourceSkill
from scheduling.booking.book_course import AlreadyBooked, book_course
from scheduling.booking.reserve import TimeTaken
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.engine.proposal import Proposal
from scheduling.models import Claim
from tests.support.acts.courses import everything_written, names_in, offers
from tests.support.builders import a_clinic, a_patient, an_actor
from tests.support.cast import AMSTERDAM, NOW, OVER
from tests.support.worlds import World, a_plan
from treatments.models import Plan, PlanState

pytestmark = pytest.mark.django_db


def refusal(plan: Plan, proposal: Proposal, world: World, *, now: datetime = NOW) -> Refused:
    """What the booking is refused with; nothing is written."""
    before = everything_written()
    with pytest.raises(Refused) as refused:
        book_course(plan=plan, proposal=proposal, by=world.reception, now=now)
    assert everything_written() == before
    return refused.value


def codes(refused: Refused) -> set[str]:
    return {problem.code for problem in refused.problems}


def doctor_of(proposal: Proposal, number: int) -> Resource:
    placed = proposal.sessions[number - 1]
    [card] = {part.resource for part in placed.assignments if part.role == "doctor"}
    return Resource.objects.get(uuid=card.uuid)


def with_session(proposal: Proposal, number: int, *, days: int) -> Proposal:
    """The same calendar with one session moved by whole days."""
    cells = days * 288

    def moved(placed):
        if placed.number != number:
            return placed
        parts = tuple(
            replace(part, start_cell=part.start_cell + cells, end_cell=part.end_cell + cells)
            for part in placed.assignments
        )
        return replace(
            placed,
            start_cell=placed.start_cell + cells,
            end_cell=placed.end_cell + cells,
            assignments=parts,
        )

    return replace(proposal, sessions=tuple(moved(placed) for placed in proposal.sessions))


def test_a_booked_course_is_not_booked_again(world, plan, proposal):
    book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)
    before = everything_written()

    with pytest.raises(AlreadyBooked) as conflict:
        book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    assert conflict.value.code == "already_booked"
    assert everything_written() == before


def test_a_calendar_for_an_older_version_of_the_plan_is_stale(world, plan, proposal):
    Plan.objects.filter(pk=plan.pk).update(version=plan.version + 1)

    with pytest.raises(Conflict) as conflict:
        book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    assert conflict.value.code == "proposal_stale"
    assert not Claim.objects.exists()


def test_the_second_desk_to_ask_for_a_calendar_is_told_what_is_taken_and_when(world, plan):
    rival = a_plan(world=world, patient=a_patient(clinic=world.clinic))
    mine, theirs = offers(plan=plan)[0], offers(plan=rival)[0]
    book_course(plan=rival, proposal=theirs, by=world.reception, now=NOW)
    before = everything_written()

    with pytest.raises(TimeTaken) as conflict:
        book_course(plan=plan, proposal=mine, by=world.reception, now=NOW)

    taken = conflict.value.details["taken"]
    assert conflict.value.code == "time_taken"
    assert {card["resource"]["name"] for card in taken} == {
        name for placed in mine.sessions for name in names_in(placed)
    }
    assert {(card["starts_at"].tzinfo, card["starts_at"].date()) for card in taken} == {
        (AMSTERDAM, placed.local_date) for placed in mine.sessions
    }
    assert mine.sessions[0].assignments[0].resource.name in conflict.value.sentence
    assert everything_written() == before


def test_one_session_that_is_taken_leaves_the_whole_course_unbooked(world, plan, proposal):
    third = proposal.sessions[2]
    session = SingleSession(world.patient, world.session_types["consultation"], third.starts_at)
    book_session(wanted=session, by=world.reception, now=NOW)
    before = everything_written()

    with pytest.raises(TimeTaken) as conflict:
        book_course(plan=plan, proposal=proposal, by=world.reception, now=NOW)

    patients = [card for card in conflict.value.details["taken"] if card["resource"]["kind"] == "patient"]
    assert [(card["resource"]["id"], card["starts_at"]) for card in patients] == [
        (str(world.patient.uuid), third.starts_at)
    ]
    assert everything_written() == before


def test_a_calendar_that_holds_one_resource_twice_is_refused_by_the_database_itself(world):
    plan = a_plan(world=world, protocol="svf-combination", sessions=1)
    proposal = offers(plan=plan)[0]
    [placed] = proposal.sessions
    centrifuge = next(part.resource for part in placed.assignments if part.role == "centrifuge")
    parts = tuple(
        replace(part, resource=centrifuge) if part.role == "prp-centrifuge" else part
        for part in placed.assignments
    )
    forged = replace(proposal, sessions=(replace(placed, assignments=parts),))
    before = everything_written()

    with pytest.raises(TimeTaken):
        book_course(plan=plan, proposal=forged, by=world.reception, now=NOW)

    assert everything_written() == before


def test_a_start_that_has_passed_meanwhile_is_refused(world, plan, proposal):
    after_the_first = proposal.sessions[0].starts_at + timedelta(seconds=1)

    refused = refusal(plan, proposal, world, now=after_the_first)

    [problem] = refused.problems
    assert problem.code == "starts_in_the_past"
    assert problem.sentence.endswith("is in the past. Search again for calendars from today.")


def test_a_start_at_this_very_moment_may_still_be_booked(world, plan, proposal):
    booked = book_course(plan=plan, proposal=proposal, by=world.reception, now=proposal.sessions[0].starts_at)

    assert len(booked) == 4


def test_leave_that_was_granted_a_moment_ago_is_seen(world, plan, proposal):
    doctor = doctor_of(proposal, 3)
    day = proposal.sessions[2].starts_at.replace(hour=0, minute=0)
    grant_leave(new=NewLeave(doctor, day, day + timedelta(days=1)), by=world.owner, now=NOW)

    refused = refusal(plan, proposal, world)

    [problem] = refused.problems
    assert problem.code == "outside_hours"
    assert problem.sentence.startswith(f"{doctor.name} is not available on ")


def test_a_closure_that_was_entered_a_moment_ago_is_seen(world, plan, proposal):
    starts_at = proposal.sessions[1].starts_at
    closure = NewClosure(world.site, starts_at + timedelta(minutes=20), starts_at + timedelta(hours=1))
    close_site(new=closure, by=world.owner, now=NOW)

    refused = refusal(plan, proposal, world)

    # Doctor and room are needed then; the patient's preparation was over.
    assert codes(refused) == {"outside_hours"}
    assert len({problem.sentence.split(" is not ")[0] for problem in refused.problems}) == 2


def test_a_resource_that_lost_its_skill_cannot_serve(world, plan, proposal):
    doctor = doctor_of(proposal, 1)
    ResourceSkill.objects.filter(resource=doctor).delete()

    refused = refusal(plan, proposal, world)

    assert codes(refused) == {"resource_cannot_serve"}
    assert refused.problems[0].sentence.startswith(f"{doctor.name} can no longer serve as Doctor on ")


def test_a_resource_that_left_the_clinic_cannot_serve(world, plan, proposal):
    Resource.objects.filter(pk=doctor_of(proposal, 1).pk).update(valid_until=OVER)

    refused = refusal(plan, proposal, world)

    assert "resource_cannot_serve" in codes(refused)


def test_a_session_outside_its_window_is_refused_with_the_window(world, plan, proposal):
    last = proposal.sessions[3].local_date
    late = with_session(proposal, 4, days=7)

    refused = refusal(plan, late, world)

    [problem] = refused.problems
    assert (problem.code, problem.kind) == ("outside_window", "waivable")
    assert f"{last + timedelta(days=7):%A}" in problem.sentence
    assert "lies outside its window" in problem.sentence


def test_two_sessions_of_a_course_never_share_a_day(world, plan, proposal):
    gap = (proposal.sessions[1].local_date - proposal.sessions[0].local_date).days

    refused = refusal(plan, with_session(proposal, 2, days=-gap), world)

    assert "out_of_order" in codes(refused)


@pytest.mark.parametrize("kept", [slice(1, 4), slice(0, 4, 2), slice(0, 0)])
def test_a_course_is_booked_from_its_beginning_and_without_gaps(world, plan, proposal, kept):
    part = replace(proposal, sessions=proposal.sessions[kept])

    refused = refusal(plan, part, world)

    assert "not_the_whole_course" in codes(refused)


def test_a_calendar_that_leaves_a_need_open_no_longer_fits(world, plan, proposal):
    first, *others = proposal.sessions
    gaps = replace(first, assignments=first.assignments[1:])

    refused = refusal(plan, replace(proposal, sessions=(gaps, *others)), world)

    assert codes(refused) == {"calendar_outdated"}


def test_a_calendar_that_fills_needs_nobody_has_no_longer_fits(world, plan, proposal):
    first, *others = proposal.sessions
    extra = replace(first.assignments[0], role="spectator")
    crowded = replace(first, assignments=(*first.assignments, extra))

    refused = refusal(plan, replace(proposal, sessions=(crowded, *others)), world)

    assert codes(refused) == {"calendar_outdated"}


@pytest.mark.parametrize("state", [PlanState.PAUSED, PlanState.COMPLETED, PlanState.STOPPED])
def test_a_plan_that_is_not_going_on_is_not_booked(world, plan, proposal, state):
    Plan.objects.filter(pk=plan.pk).update(state=state)

    refused = refusal(plan, proposal, world)

    assert codes(refused) == {"plan_not_active"}
    assert refused.sentence == f"This plan is {state.label.lower()}. Resume it first."


def test_everything_that_is_wrong_is_said_at_once(world, plan, proposal):
    Plan.objects.filter(pk=plan.pk).update(state=PlanState.PAUSED)

    refused = refusal(
        plan,
        with_session(proposal, 4, days=7),
        world,
        now=proposal.sessions[0].starts_at + timedelta(hours=1),
    )

    assert codes(refused) == {"plan_not_active", "starts_in_the_past", "outside_window"}


def test_nobody_books_for_another_clinic(plan, proposal):
    stranger = an_actor(clinic=a_clinic())

    with pytest.raises(Unknown) as unknown:
        book_course(plan=plan, proposal=proposal, by=stranger, now=NOW)

    assert unknown.value.code == "unknown_plan"
    assert not Claim.objects.exists()
