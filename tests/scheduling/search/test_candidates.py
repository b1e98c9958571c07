"""Five calendars that differ, what the desk says of each, and what is offered where not everything fits."""

from datetime import date, time, timedelta

import pytest

from clinic.errors import Refused, Unknown
from clinic.models import ResourceSkill
from scheduling.booking.book_course import book_course
from scheduling.engine.proposal import Found, Proposal
from scheduling.models import Session, SessionStatus
from scheduling.search.propose import Asked, propose
from tests.support.acts.courses import a_booked_course, away, dates, names_in, offers, times_of
from tests.support.builders import a_patient, a_practitioner
from tests.support.cast import NOW
from tests.support.worlds import a_course_world, a_plan
from treatments.models import Plan
from treatments.wishes import Wishes

pytestmark = pytest.mark.django_db

TODAY = date(2027, 1, 4)


def found(plan: Plan, **asked) -> Found:
    return propose(plan=plan, asked=Asked(**asked), now=NOW)


def leads(proposal: Proposal) -> set[str]:
    return {placed.lead for placed in proposal.sessions}


def hours(proposal: Proposal) -> set[tuple[int, time]]:
    return {(placed.local_date.isoweekday(), placed.starts_at.time()) for placed in proposal.sessions}


def test_five_calendars_differ_in_what_a_patient_would_notice(world):
    several = offers(plan=a_plan(world=world, sessions=6))

    assert len(several) == 5
    assert not any(one.is_like(other) for n, one in enumerate(several) for other in several[:n])


def test_as_many_calendars_are_offered_as_are_wanted(world):
    plan = a_plan(world=world)

    assert [len(found(plan, most=most).proposals) for most in (1, 2, 5)] == [1, 2, 5]


def test_a_calendar_says_what_it_is_good_for(world):
    labels = [proposal.label for proposal in offers(plan=a_plan(world=world, sessions=5))]

    assert labels[0] == "Soonest: starts today"
    assert any(label.startswith("Always ") for label in labels)


def test_the_promise_of_a_label_is_kept_by_every_session(world):
    for proposal in offers(plan=a_plan(world=world, sessions=5)):
        said = (proposal.label, *proposal.advantages)
        if any(words.startswith("Always ") for words in said):
            assert len(hours(proposal)) == 1
        for name in (words.removeprefix("All with ") for words in said if words.startswith("All with ")):
            assert leads(proposal) == {name}


def test_a_calendar_says_what_it_costs(world):
    second = TODAY + timedelta(days=14)
    away(world, *world.doctors, first=second)

    soonest = offers(plan=a_plan(world=world))[0]

    assert any(words.startswith("Session 2 is 1 day ") for words in soonest.costs)


def test_wishes_that_are_not_kept_are_said(world):
    weekend = Wishes(weekdays=frozenset({6, 7}))

    soonest = offers(plan=a_plan(world=world), wishes=weekend)[0]

    assert "Sessions 1, 2, 3 and 4 are not on a wished weekday" in soonest.costs


def test_the_same_hour_each_time_can_be_insisted_on(world):
    plan = a_plan(world=world, sessions=6, wishes=Wishes(same_hour=True, hard=True))

    assert all(len(hours(proposal)) == 1 for proposal in offers(plan=plan))


def test_one_practitioner_throughout_can_be_insisted_on(world):
    osei, lindqvist = world.doctors
    away(world, osei, first=TODAY + timedelta(days=20), days=60)
    plan = a_plan(world=world, sessions=6, wishes=Wishes(same_practitioner=True, hard=True))

    assert {frozenset(leads(proposal)) for proposal in offers(plan=plan)} == {frozenset({lindqvist.name})}


def test_a_soft_wish_for_one_practitioner_comes_first(world):
    plan = a_plan(world=world, wishes=Wishes(same_practitioner=True))

    first, *_ = offers(plan=plan)

    assert len(leads(first)) == 1
    assert first.label.startswith("All with ")


def test_the_same_hour_with_one_practitioner_is_one_condition(world):
    plan = a_plan(world=world, wishes=Wishes(same_hour=True, same_practitioner=True, hard=True))

    several = offers(plan=plan)

    assert all(len(leads(one)) == len(hours(one)) == 1 for one in several)
    assert " with Dr " in several[0].label


def test_a_couple_comes_together(world):
    theirs = [times_of(session) for session in a_booked_course(world=world)]
    companion = Plan.objects.get()
    plan = a_plan(world=world, patient=a_patient(clinic=world.clinic))
    together = Wishes(companion=companion.uuid, within_minutes=45, hard=True)

    best = offers(plan=plan, wishes=together)[0]

    pairs = list(zip(best.sessions, theirs, strict=True))
    assert all(placed.local_date == other.on for placed, other in pairs)
    assert all(abs(placed.starts_at - other.starts_at) <= timedelta(minutes=45) for placed, other in pairs)


def test_a_companion_of_another_clinic_is_unknown(world):
    elsewhere = a_plan(world=a_course_world())

    with pytest.raises(Unknown) as unknown:
        found(a_plan(world=world), wishes=Wishes(companion=elsewhere.uuid))

    assert unknown.value.code == "unknown_plan"


def test_things_that_many_could_use_are_left_to_them(world):
    versatile = a_practitioner(
        clinic=world.clinic, name="Ada", skills=["doctor", "assistant"], works_at=world.site
    )

    soonest = offers(plan=a_plan(world=world, sessions=6))[0]

    assert versatile.name not in {name for placed in soonest.sessions for name in names_in(placed)}


def test_the_first_sessions_can_be_booked_alone_and_the_rest_stays_due(world):
    plan = a_plan(world=world, sessions=6)
    [first, *_] = found(plan, sessions=2).proposals

    booked = book_course(plan=plan, proposal=first, by=world.reception, now=NOW)

    assert [session.number for session in booked] == [1, 2]
    due = Session.objects.filter(plan=plan, status=SessionStatus.DUE).order_by("number")
    assert [session.number for session in due] == [3, 4, 5, 6]
    assert due[0].target_on == first.sessions[1].local_date + timedelta(days=14)


def test_what_stayed_due_is_found_and_booked_later(world):
    plan = a_plan(world=world, sessions=4)
    book_course(plan=plan, proposal=found(plan, sessions=2).proposals[0], by=world.reception, now=NOW)
    plan.refresh_from_db()

    rest = found(plan).proposals[0]
    booked = book_course(plan=plan, proposal=rest, by=world.reception, now=NOW)

    assert [session.number for session in booked] == [3, 4]


@pytest.mark.parametrize("sessions", [0, 5])
def test_more_sessions_than_are_due_cannot_be_asked_for(world, sessions):
    with pytest.raises(Refused) as refused:
        found(a_plan(world=world, sessions=4), sessions=sessions)

    assert refused.value.problems[0].code == "sessions_not_due"


def test_where_the_whole_does_not_fit_the_first_sessions_are_offered_with_the_reason(world):
    plan = a_plan(world=world, sessions=6)
    away(world, *world.centrifuges, first=TODAY + timedelta(days=40), days=80)

    answer = found(plan, last_on=TODAY + timedelta(days=110))

    assert not answer.proposals
    assert answer.partial is not None
    assert answer.partial.label == "The first 4 of 6"
    assert [placed.number for placed in answer.partial.sessions] == [1, 2, 3, 4]
    [problem] = answer.problems
    assert problem.sentence.startswith("Session 5 finds no free time")
    assert "Centrifuge" in problem.sentence
    assert len(book_course(plan=plan, proposal=answer.partial, by=world.reception, now=NOW)) == 4


def test_nothing_is_offered_of_a_course_whose_first_session_does_not_fit(world):
    ResourceSkill.objects.filter(skill__key="draw-chair").delete()

    answer = found(a_plan(world=world))

    assert (answer.proposals, answer.partial, answer.relaxations) == ((), None, ())


def test_the_smallest_widening_of_the_windows_is_said_with_what_it_gives(world):
    away(world, *world.doctors, first=TODAY + timedelta(days=1), days=21)

    answer = found(a_plan(world=world), last_on=TODAY + timedelta(days=60))
    everyone_is_back = TODAY + timedelta(days=22)
    assert answer.proposals
    answer = found(
        a_plan(world=world, patient=a_patient(clinic=world.clinic)),
        last_on=everyone_is_back + timedelta(days=32),
    )

    wider = [one for one in answer.relaxations if one.change == "wider_tolerance"]
    assert len(wider) == 1
    assert wider[0].calendars > 0
    assert wider[0].sentence.startswith(f"With windows {wider[0].value} day")


def test_each_wish_that_could_be_given_up_is_named_with_what_it_gives(world):
    wishes = Wishes(weekdays=frozenset({6}), after=time(9), hard=True)

    answer = found(a_plan(world=world), wishes=wishes)

    [without] = [one for one in answer.relaxations if one.change.startswith("without_")]
    assert without.change == "without_weekdays"
    assert without.calendars > 999
    assert without.sentence == "Without the wished weekdays there are more than 999 calendars."


def test_a_longer_search_is_proposed_where_it_helps(world):
    answer = found(a_plan(world=world), last_on=TODAY + timedelta(days=13))

    assert "later_end" in [one.change for one in answer.relaxations]


def test_a_pinned_session_in_the_middle_is_gone_around(world):
    plan = a_plan(world=world, sessions=4)
    third = TODAY + timedelta(days=31)
    Session.objects.filter(plan=plan, number=3).update(
        status=SessionStatus.COMPLETED,
        is_done_elsewhere=True,
        local_date=third,
        local_time=time(10),
        starts_at=NOW + timedelta(days=31),
        ends_at=NOW + timedelta(days=31, minutes=30),
    )

    best = offers(plan=plan)[0]

    assert [placed.number for placed in best.sessions] == [1, 2, 4]
    first, second, fourth = dates(best)
    assert first < second < third < fourth
    assert 11 <= (fourth - third).days <= 18
