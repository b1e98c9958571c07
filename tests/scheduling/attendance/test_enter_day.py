"""A day is entered from its printed sheet: every line an act of its own, and twice is once."""

import pytest

from clinic.errors import NotAllowed, Refused
from clinic.identity.actors import Role
from clinic.models import AuditDetail, AuditEntry
from scheduling.attendance.attend import NotYet, arrive, complete, confirm_session, miss
from scheduling.attendance.completion import Completion
from scheduling.attendance.enter_day import WalkInLine
from scheduling.diaries.integrity import flaws
from scheduling.models import Claim, Heard, Message, Outcome, Session
from scheduling.reports.adherence import course_adherence
from tests.support.acts.attendance import S, again, done, due_number
from tests.support.acts.courses import a_booked_course, everything_written
from tests.support.acts.moves import plan_of
from tests.support.acts.rhythm import as_it_is
from tests.support.builders import a_patient, an_actor
from tests.support.cast import NOW
from tests.support.paper.lines import DAY, EVENING, ON, WHY, a_consultation, at, codes, entered, line
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db

PARTLY = Completion(outcome=Outcome.PARTLY, reason="Second tube clotted")


def test_a_whole_day_of_mixed_lines_is_saved_once(world):
    first = a_booked_course(world=world)[0]
    came, partly, nothing, missed, unsaid = (a_consultation(world, minutes=60 + 30 * n) for n in range(5))
    here = a_consultation(world, minutes=240)
    arrive(session=here, by=world.reception, now=at(13))
    walked_in = a_patient(clinic=world.clinic, given_name="Bo")

    said = entered(
        world,
        line(first, Completion(record={"kit-lot": "K-17"})),
        line(came),
        line(partly, PARTLY),
        line(nothing, Completion(outcome=Outcome.NOT_GIVEN, reason="Fainted")),
        line(missed, None),
        line(here),
        WalkInLine(walked_in, at(11, 40), world.session_types["consultation"]),
    )

    assert codes(said) == [""] * 7
    assert [again(one).status for one in (first, came, partly, nothing, missed, unsaid, here)] == [
        *[S.COMPLETED] * 4,
        S.MISSED,
        S.BOOKED,
        S.COMPLETED,
    ]
    assert [again(one).outcome for one in (partly, nothing)] == ["partly", "not_given"]
    assert again(first).record == {"kit-lot": "K-17"}
    new = Session.objects.get(patient=walked_in)
    assert (new.status, new.local_date, new.arrived_at) == (S.COMPLETED, ON, at(11, 40))
    assert not list(flaws())


def test_what_is_entered_is_what_single_acts_make(world):
    """Windows, numbers, adherence, messages, what was heard: of two clinics nobody can say which it was."""
    other = a_course_world()
    one, two = a_booked_course(world=world)[0], a_booked_course(world=other)[0]
    gone, gone_there = a_consultation(world, minutes=120), a_consultation(other, minutes=120)

    entered(world, line(one), line(gone, None))
    complete(session=again(two), completion=Completion(), by=other.reception, now=EVENING)
    miss(session=again(gone_there), by=other.reception, now=EVENING)

    assert left_by(world) == left_by(other)
    figures = [course_adherence(plan=as_it_is(plan_of([session]))) for session in (one, two)]
    assert figures[0].sessions[0].deviation == figures[1].sessions[0].deviation
    assert due_or_ahead(one) == due_or_ahead(two)


def left_by(world: World) -> list[object]:
    of = {"clinic": world.clinic}
    return [
        sorted(Message.objects.filter(**of).values_list("kind", "state", "due_at")),
        sorted(Heard.objects.filter(**of).values_list("starts_at", "is_off", "at"), key=str),
        sorted(Claim.objects.filter(**of).values_list("start_cell", "end_cell")),
    ]


def due_or_ahead(session: Session) -> list[object]:
    rows = Session.objects.filter(plan=session.plan, kind="treatment").order_by("number", "attempt")
    return list(rows.values_list("number", "attempt", "status", "target_on", "local_date"))


def test_who_missed_the_session_is_due_again_and_the_number_counts_on(world):
    first = a_booked_course(world=world)[0]

    entered(world, line(first, None))

    assert (again(first).status, due_number(plan_of([first]), 1).attempt) == (S.MISSED, 2)
    assert not Claim.objects.filter(session=first).exists()


def test_a_day_that_is_entered_twice_changes_nothing_twice(world):
    first, missed = a_booked_course(world=world)[0], a_consultation(world)
    kind = world.session_types["consultation"]
    lines = [
        line(first, PARTLY, practitioner=world.doctors[1]),
        line(missed, None),
        WalkInLine(
            a_patient(clinic=world.clinic, given_name="Bo"), at(11), kind, practitioner=world.doctors[0]
        ),
    ]
    assert codes(entered(world, *lines)) == ["", "", ""]
    before = everything_written()

    assert codes(entered(world, *lines)) == ["", "", ""]
    assert codes(entered(world, *lines, now=EVENING + DAY)) == ["", "", ""]

    assert everything_written() == before


def test_a_line_that_is_refused_leaves_the_others_saved(world):
    first, second, third = (a_consultation(world, minutes=60 + 30 * n) for n in range(3))

    said = entered(world, line(first), line(second, Completion(outcome=Outcome.PARTLY)), line(third))

    assert codes(said) == ["", "outcome_reason_missing", ""]
    assert [again(one).status for one in (first, second, third)] == [S.COMPLETED, S.BOOKED, S.COMPLETED]


def test_what_another_desk_noted_meanwhile_is_told_and_not_overwritten(world):
    one, two = a_consultation(world), a_consultation(world, minutes=120)
    lines = [line(one, None), line(two)]
    done(one, world, now=EVENING)
    confirm_session(session=two, by=world.reception, now=NOW)

    assert codes(entered(world, *lines)) == ["changed_meanwhile"] * 2

    assert [again(session).status for session in (one, two)] == [S.COMPLETED, S.CONFIRMED]
    assert codes(entered(world, line(two))) == [""]


def test_what_another_desk_noted_alike_is_as_good(world):
    one = a_consultation(world)
    said = line(one, Completion())
    done(one, world, now=EVENING)
    before = everything_written()

    assert codes(entered(world, said)) == [""]
    assert everything_written() == before


def test_what_is_noted_otherwise_is_put_right_elsewhere(world):
    one = done(a_consultation(world), world, now=EVENING)

    assert codes(entered(world, line(one, PARTLY), line(one, None))) == ["changed_meanwhile"] * 2
    assert again(one).outcome == "given"


def test_who_was_noted_as_here_and_left_untreated_did_not_come(world):
    here = a_consultation(world)
    arrive(session=here, by=world.reception, now=at(10))

    assert codes(entered(world, line(here, None))) == [""]
    assert (again(here).status, again(here).arrived_at) == (S.MISSED, None)


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
def test_after_seven_days_a_day_is_for_those_who_answer_for_the_treatment(world, role, days, may):
    one = a_consultation(world)
    practitioner = world.doctors[0] if role is Role.PRACTITIONER else None
    by = an_actor(clinic=world.clinic, role=role, practitioner=practitioner)

    if may:
        assert codes(entered(world, line(one), by=by, now=EVENING + days * DAY)) == [""]
        return
    with pytest.raises(NotAllowed):
        entered(world, line(one), by=by, now=EVENING + days * DAY)
    assert again(one).status == S.BOOKED


def test_a_day_to_come_is_not_entered(world):
    one = a_consultation(world)

    with pytest.raises(NotYet) as refused:
        entered(world, line(one), on=ON, now=NOW - DAY)

    assert refused.value.code == "not_yet"


def test_a_session_of_another_day_or_site_is_no_line_of_the_sheet(world):
    """Else a day within the week would open one long gone."""
    one = a_consultation(world)
    later = EVENING + 20 * DAY

    assert codes(entered(world, line(one), on=later.date(), now=later)) == ["changed_meanwhile"]
    assert again(one).status == S.BOOKED


def test_nobody_is_missed_before_their_hour(world):
    one = a_consultation(world, minutes=300)

    assert codes(entered(world, line(one, None), now=at(12))) == ["visit_still_ahead"]


def test_a_day_says_why_it_is_entered_late_and_the_trail_keeps_it_with_each_line(world):
    one, two = a_consultation(world), a_consultation(world, minutes=120)
    bo = a_patient(clinic=world.clinic, given_name="Bo")
    with pytest.raises(Refused) as refused:
        entered(world, line(one), why=" ")

    entered(world, line(one), line(two, None), WalkInLine(bo, at(11), world.session_types["consultation"]))

    assert refused.value.code == "correction_reason_missing"
    acts = ("completed_visit", "missed_visit", "walked_in")
    entries = AuditEntry.objects.filter(clinic=world.clinic, act__in=acts)
    assert {entry.act for entry in entries} == set(acts)
    assert all("why" in entry.fields for entry in entries)
    details = AuditDetail.objects.filter(entry_uuid__in=[entry.uuid for entry in entries])
    assert all(WHY in detail.values for detail in details)
