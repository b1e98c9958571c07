"""Two courses of one patient keep their rest in every act that sets a date."""

from datetime import date, datetime, time, timedelta

import pytest

from clinic.errors import ProblemKind, Refused
from clinic.models import AuditDetail, NamedKind
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from scheduling.attendance.change_type import TypeTerms, change_session_type
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import HoldAsked, hold_course
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.importing.outcomes import Fate
from scheduling.models import CourseAct, Outcome, Session, SessionStatus
from scheduling.moving.move import move_session, preview_move
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, RippleAsked
from scheduling.rest.running import running_courses
from scheduling.search.free_starts import StartsAsked, free_starts
from scheduling.search.propose import Asked, propose
from scheduling.undoing.undo import undo
from tests.support.acts.courses import a_booked_course, dates, offers, times_of
from tests.support.acts.imports import a_session_row, bookings_brought
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import a_plan
from treatments.models import Plan, RestTable, SessionType

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def a_lone_session(world, on: date, kind: str = "mesotherapy", **said) -> Session:
    at = datetime.combine(on, time(15), world.site.tz)
    wanted = SingleSession(world.patient, world.session_types[kind], at, reason=said.pop("reason", ""))
    return book_session(wanted=wanted, by=said.pop("by", world.reception), now=NOW)


def refused_code(act) -> str:
    with pytest.raises(Refused) as refusal:
        act()
    return refusal.value.code


def moved(session: Session, on: date, *, by, reason: str = "Asked for") -> list[Session]:
    days = on - times_of(session).on
    session = Session.objects.to_show().get(pk=session.pk)
    ripple = preview_move(
        session=session,
        to=Destination(times_of(session).starts_at + days),
        asked=RippleAsked(alone=True),
        by=by,
        now=NOW,
    )
    return move_session(session=session, ripple=ripple, terms=MoveTerms(reason), by=by, now=NOW)


def test_a_search_offers_no_date_too_near_to_another_course(world, course):
    other = a_plan(world=world, protocol="mesotherapy")

    for proposal in propose(plan=other, asked=Asked(), now=NOW).proposals:
        apart = [abs((on - times_of(one).on).days) for on in dates(proposal) for one in course]
        assert min(apart) >= 7


def test_inside_a_course_its_steps_alone_rule(world):
    weekly = a_plan(world=world, sessions=4)
    Plan.objects.filter(pk=weekly.pk).update(interval_days=7)
    weekly.refresh_from_db()

    [first, second, *_] = dates(offers(plan=weekly)[0])
    assert (second - first).days < 11


def test_another_region_needs_no_rest(world, course):
    other = a_plan(world=world, protocol="mesotherapy", region="left-cheek")

    offered = {on for proposal in offers(plan=other) for on in dates(proposal)}
    assert any(abs((on - times_of(one).on).days) < 7 for on in offered for one in course)


def test_the_region_is_read_from_the_current_version_of_a_session_type(world, course):
    used = world.session_types["prp-mesotherapy"]
    SessionType.objects.filter(pk=used.pk).update(is_current=False)
    newer = SessionType.objects.get(pk=used.pk)
    newer.pk, newer.version, newer.is_current, newer.region = None, 2, True, "beard"
    newer.uuid = type(newer)._meta.get_field("uuid").get_default()
    newer.save()

    assert a_lone_session(world, times_of(course[0]).on + DAY).status == SessionStatus.BOOKED


def test_a_calendar_found_before_another_course_was_booked_is_refused(world):
    one, other = a_plan(world=world), a_plan(world=world, protocol="mesotherapy")
    found = offers(plan=one)[0]
    later = offers(plan=other, first_on=dates(found)[0] + DAY)[0]
    book_course(plan=other, proposal=later, by=world.reception, now=NOW)

    assert refused_code(
        lambda: book_course(plan=one, proposal=found, by=world.reception, now=NOW)
    ).startswith("rest_")
    assert refused_code(
        lambda: hold_course(plan=one, proposal=found, asked=HoldAsked(), by=world.reception, now=NOW)
    ).startswith("rest_")


def test_up_to_three_days_short_the_desk_decides_with_a_reason(world, course):
    on = times_of(course[0]).on + 4 * DAY

    assert refused_code(lambda: a_lone_session(world, on)) == "rest_short"
    session = a_lone_session(world, on, reason="Wedding")
    [entry] = Session.objects.get(pk=session.pk).waived
    assert (entry["code"], entry["reason"]) == ("rest_short", "Wedding")


def test_more_days_short_a_practitioner_decides(world, course):
    on = times_of(course[0]).on + DAY

    def asked(by):
        return a_lone_session(world, on, by=by, reason="Wedding")

    assert refused_code(lambda: asked(world.reception)) == "rest_far_too_short"
    assert asked(world.doctor).status == SessionStatus.BOOKED


def test_two_injections_of_one_region_on_one_day_only_a_practitioner_lets_be(world, course):
    on = times_of(course[0]).on

    assert refused_code(lambda: a_lone_session(world, on, reason="Here now")) == "rest_same_day"
    assert a_lone_session(world, on, by=world.owner, reason="Here now").status == SessionStatus.BOOKED


def test_a_consultation_needs_no_rest(world, course):
    assert a_lone_session(world, times_of(course[0]).on, "consultation").status == SessionStatus.BOOKED


def test_what_was_not_given_needs_no_rest_and_what_was_given_partly_does(world, course):
    first = Session.objects.filter(pk=course[0].pk)
    on = times_of(course[0]).on + DAY
    first.update(status=SessionStatus.COMPLETED, outcome=Outcome.PARTLY, counts=False)
    assert refused_code(lambda: a_lone_session(world, on)) == "rest_far_too_short"

    first.update(outcome=Outcome.NOT_GIVEN)
    assert a_lone_session(world, on).status == SessionStatus.BOOKED


def test_another_patient_needs_no_rest(world, course):
    other = a_booked_course(world=world, patient=a_patient(clinic=world.clinic))
    assert other[0].local_date == times_of(course[0]).on


def test_a_move_is_asked_for_rest_in_its_preview_and_under_the_lock(world, course):
    lone = a_lone_session(world, times_of(course[0]).on + 7 * DAY)
    lone = Session.objects.to_show().get(pk=lone.pk)
    to = Destination(times_of(lone).starts_at - 3 * DAY)

    ripple = preview_move(session=lone, to=to, asked=RippleAsked(), by=world.reception, now=NOW)
    assert [(one.code, one.kind) for one in ripple.problems] == [("rest_short", ProblemKind.WAIVABLE)]
    day = times_of(course[0]).on + 4 * DAY
    assert refused_code(lambda: moved(lone, day, by=world.reception, reason="")) == "rest_short"
    moved(lone, day, by=world.reception)
    # To another hour of that day it goes without being asked again.
    again = Session.objects.to_show().get(pk=lone.pk)
    to = Destination(times_of(again).starts_at - timedelta(hours=1))
    ripple = preview_move(session=again, to=to, asked=RippleAsked(), by=world.reception, now=NOW)
    assert not ripple.problems
    move_session(session=again, ripple=ripple, terms=MoveTerms(), by=world.reception, now=NOW)


def test_a_ripple_avoids_what_stands_beside_the_course(world, course):
    third = course[2]
    lone = a_lone_session(world, times_of(third).on + 7 * DAY, "mesotherapy")
    session = Session.objects.to_show().get(pk=course[1].pk)
    to = Destination(times_of(session).starts_at + 4 * DAY)

    ripple = preview_move(session=session, to=to, asked=RippleAsked(), by=world.reception, now=NOW)
    later = [placed for one, placed in ripple.moved if one.pk != session.pk]
    assert all(abs((placed.local_date - times_of(lone).on).days) >= 7 for placed in later)


def test_who_walks_in_is_asked_for_rest(world, course):
    at = datetime.combine(times_of(course[0]).on + DAY, time(11), world.site.tz)
    new = WalkIn(world.patient, world.session_types["prp"])

    assert refused_code(lambda: walk_in(new=new, by=world.reception, now=at)) == "rest_far_too_short"
    kept = WalkIn(world.patient, world.session_types["prp"], reason="Bled last time")
    assert walk_in(new=kept, by=world.doctor, now=at).status == SessionStatus.ARRIVED


def test_another_kind_of_session_is_asked_for_rest(world, course):
    lone = a_lone_session(world, times_of(course[0]).on + DAY, "consultation")
    kind = world.session_types["mesotherapy"]

    def become(by, reason):
        return change_session_type(session=lone, session_type=kind, terms=TypeTerms(reason), by=by, now=NOW)

    assert refused_code(lambda: become(world.reception, "Now")) == "rest_far_too_short"
    assert become(world.doctor, "Now").session_type == kind


def test_what_was_set_aside_can_be_put_back_but_not_beside_what_was_booked_since(world, course):
    on = times_of(course[0]).on + 4 * DAY
    kept = a_lone_session(world, on, reason="Wedding")
    cancel_session(session=kept, ending=Ending(reason="Flu"), by=world.reception, now=NOW)
    undo(act=CourseAct.objects.latest("pk"), by=world.reception, now=NOW)
    assert Session.objects.get(pk=kept.pk).status == SessionStatus.BOOKED

    free = a_lone_session(world, times_of(course[0]).on + 7 * DAY, "prp", by=world.doctor, reason="Both")
    cancel_session(session=free, ending=Ending(reason="Flu"), by=world.reception, now=NOW)
    cancelled = CourseAct.objects.latest("pk")
    Session.objects.filter(pk=free.pk).update(waived=[])
    a_lone_session(world, times_of(course[0]).on + 8 * DAY, "prp", by=world.doctor, reason="Both")
    assert refused_code(lambda: undo(act=cancelled, by=world.reception, now=NOW)).startswith("rest_")


def test_free_starts_of_a_patient_leave_out_what_is_too_near(world, course):
    asked = StartsAsked(
        session_type=world.session_types["mesotherapy"],
        patient=world.patient,
        first_on=times_of(course[0]).on,
        last_on=times_of(course[0]).on + 7 * DAY,
    )
    found = free_starts(asked=asked, now=NOW)

    assert {start.starts_at.date() for start in found.starts} == {times_of(course[0]).on + 7 * DAY}
    why = found.why_resting(times_of(course[0]).on + DAY)
    assert why is not None
    assert "7 days after session 1 of another course; from" in why.sentence


def test_why_nothing_fits_says_it_in_the_same_words(world):
    for days in range(0, 60, 7):
        on = NOW.date() + DAY + days * DAY
        a_lone_session(world, on, by=world.doctor, reason="So many")
    found = propose(
        plan=a_plan(world=world, protocol="mesotherapy"), asked=Asked(last_on=NOW.date() + 40 * DAY), now=NOW
    )

    assert not found.proposals
    [problem] = found.problems
    assert problem.code == "no_rest_in_window"
    assert "a session without a course; from" in problem.sentence


def test_without_a_table_courses_need_no_rest(world, course):
    RestTable.objects.all().delete()
    assert a_lone_session(world, times_of(course[0]).on + DAY).status == SessionStatus.BOOKED


def test_who_prescribes_hears_of_a_running_course_in_the_region(world, course):
    other = a_plan(world=world, protocol="mesotherapy")
    [warning] = running_courses(patient=world.patient, beside=other)
    assert warning.code == "course_running"
    assert "PRP + mesotherapy is running: 4 sessions are to come" in warning.sentence

    elsewhere = a_plan(world=world, protocol="prp", region="left-cheek")
    assert running_courses(patient=world.patient, beside=elsewhere) == []


def test_what_another_system_promised_is_brought_over_and_noted(world, course):
    name_elsewhere(
        kind=NamedKind.PATIENT, row=world.patient, name=Name("till", "P1"), by=world.owner, now=NOW
    )
    on = times_of(course[0]).on
    rows = [
        a_session_row(
            course="C1", session_type="mesotherapy", starts_at=f"{on - 3 * DAY} 10:00", status="done"
        ),
        a_session_row(course="C2", session_type="mesotherapy", starts_at=f"{on + DAY} 15:00"),
    ]

    assert [one.fate for one in bookings_brought(world, *rows)] == [Fate.IMPORTED] * 2
    done, booked = Session.objects.order_by("pk")[4:]
    assert (done.waived, done.local_date) == ([], on - 3 * DAY)
    assert [(entry["code"], entry["reason"]) for entry in booked.waived] == [("rest_far_too_short", "import")]


def test_the_trail_says_why_rest_was_set_aside(world, course):
    on = times_of(course[0]).on
    a_lone_session(world, on + 4 * DAY, reason="Wedding")
    lone = a_lone_session(world, on + DAY, "consultation")
    kind, by = world.session_types["mesotherapy"], world.doctor
    change_session_type(session=lone, session_type=kind, terms=TypeTerms("Here now"), by=by, now=NOW)
    new = WalkIn(world.patient, kind, reason="Bled last time")
    walk_in(new=new, by=by, now=datetime.combine(on, time(11), world.site.tz))

    told = "".join(AuditDetail.objects.order_by("pk").values_list("values", flat=True))
    assert all(reason in told for reason in ("Wedding", "Here now", "Bled last time"))
