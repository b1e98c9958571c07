"""Reception sets rules aside on the word of a practitioner or an owner, and of nobody else."""

import json

import pytest

from clinic.errors import Refused
from clinic.identity.actors import Actor
from clinic.models import AuditDetail, AuditEntry, Change
from scheduling.attendance.change_type import TypeTerms, change_session_type
from scheduling.attendance.walk_in import WalkIn, walk_in
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.amend import Amendment, amend_course
from scheduling.course_changes.cancel import Ending, cancel_session
from scheduling.disruption.delays import push_day
from scheduling.models import Session, SpokenWaiver, WordAnswer
from scheduling.moving.move import move_session
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination
from scheduling.undoing.undo import undo
from tests.support.acts.courses import a_booked_course, everything_written, times_of
from tests.support.acts.delays import LATE, a_consultation, agreed, at, late
from tests.support.acts.moves import DAY, later, look, whole
from tests.support.cast import NOW
from tests.support.undoing.picture import last_act
from tests.support.words.spoken import two_sessions
from tests.support.worlds import World
from treatments.models import Plan

pytestmark = pytest.mark.django_db


def moved_far(world: World, session: Session, *, by: Actor, reason: str = "Wedding", days: int = 18):
    """To where only a practitioner has a session."""
    ripple = look(world, session, Destination(later(whole(session), days)), by=by, alone=True)
    return move_session(session=whole(session), ripple=ripple, terms=MoveTerms(reason), by=by, now=NOW)


def too_near(world: World, course: list[Session], *, by: Actor, days: int = 1, reason: str = "Wedding"):
    """A treatment of its own, so many days after the first of the course."""
    at = times_of(course[0]).starts_at + days * DAY
    at = at.replace(hour=14)
    wanted = SingleSession(world.patient, world.session_types["mesotherapy"], at, reason=reason)
    return book_session(wanted=wanted, by=by, now=NOW)


def codes_said() -> list[list[str]]:
    return [word.codes for word in SpokenWaiver.objects.order_by("pk")]


def test_what_reception_may_not_decide_it_enters_on_the_word_of_a_doctor(world, doctor, desk, on_word):
    with pytest.raises(Refused):
        two_sessions(world=world, by=desk)

    plan = two_sessions(world=world, by=on_word)

    word = SpokenWaiver.objects.get()
    assert (word.said_by, word.entered_by, word.entered_by_name) == (doctor, str(desk), "Noor")
    assert (word.codes, word.reason, word.said_at) == (["sessions_out_of_range"], "Begun elsewhere", NOW)
    assert (word.plan, word.session, word.answer) == (plan, None, WordAnswer.NONE)
    [entry] = Plan.objects.get().waived
    assert (entry["by"], entry["on_word_of"]) == (str(desk), str(doctor.uuid))


def test_its_entry_in_the_trail_names_both(world, doctor, desk, on_word):
    two_sessions(world=world, by=on_word)

    entry = AuditEntry.objects.get(act="took_word")
    detail = json.loads(AuditDetail.objects.get(entry_uuid=entry.uuid).values)["after"]
    assert (entry.actor, entry.about, entry.patients) == (desk.reference, doctor.uuid, world.patient.uuid.hex)
    assert (detail["rules"], detail["reason"]) == (["sessions_out_of_range"], "Begun elsewhere")


def test_it_is_in_the_change_log(on_word, world):
    two_sessions(world=world, by=on_word)

    change = Change.objects.get(kind="word")
    assert (change.object_uuid, change.patient) == (SpokenWaiver.objects.get().uuid, world.patient)


def test_every_way_to_set_a_rule_aside_takes_a_word(world, desk, doctor, on_word):
    course = a_booked_course(world=world, sessions=5)
    plan = whole(course[0]).plan
    assert plan is not None

    moved_far(world, course[4], by=on_word)
    amended = Amendment(session_count=8, reason="Slow")
    amend_course(plan=Plan.objects.get(pk=plan.pk), amendment=amended, by=on_word, now=NOW)
    near = too_near(world, course, by=on_word)
    ending = Ending("Flu", cancelled_by="patient", waive=frozenset({"late_cancel"}))
    soon = times_of(course[0]).starts_at - DAY / 24
    cancel_session(session=course[0], ending=ending, by=on_word, now=soon)

    assert codes_said() == [
        ["far_outside_window"],
        ["sessions_out_of_range"],
        ["rest_far_too_short"],
        ["late_cancel"],
    ]
    about = [word.session for word in SpokenWaiver.objects.order_by("pk")]
    assert about == [course[4].uuid, None, near.uuid, course[0].uuid]
    assert not Session.objects.get(pk=course[0].pk).is_late_cancel


def test_a_pushed_day_leaves_one_word_for_each_patient(world, on_word):
    a_consultation(world, at(16, 30))

    delay = late(world, 20)
    pushed = push_day(delay=delay, agreed=agreed(delay, reason="She agreed"), by=on_word, now=LATE)

    word = SpokenWaiver.objects.get()
    assert (word.codes, word.session, word.patient) == (["outside_hours"], pushed[0].uuid, pushed[0].patient)


def test_who_walks_in_too_near_to_another_course_does_so_on_a_word(world, on_word, desk):
    a_booked_course(world=world)
    kind = world.session_types["mesotherapy"]
    first = Session.objects.filter(kind="treatment").order_by("starts_at")[0]
    now = times_of(first).starts_at + DAY

    with pytest.raises(Refused):
        walk_in(new=WalkIn(world.patient, kind, reason="Here now"), by=desk, now=now)
    walk_in(new=WalkIn(world.patient, kind, reason="Here now"), by=on_word, now=now)

    assert codes_said() == [["rest_far_too_short"]]


def test_another_kind_of_session_too_near_to_a_course_is_made_of_it_on_a_word(world, on_word, desk):
    course = a_booked_course(world=world)
    lone = too_near(world, course, by=world.doctor)
    kind = world.session_types["prp"]

    with pytest.raises(Refused):
        change_session_type(session=lone, session_type=kind, terms=TypeTerms("Better so"), by=desk, now=NOW)
    change_session_type(session=lone, session_type=kind, terms=TypeTerms("Better so"), by=on_word, now=NOW)

    assert codes_said() == [["rest_far_too_short"]]


def test_two_injections_on_one_day_are_on_nobodys_word(world, course, on_word):
    before = everything_written()

    with pytest.raises(Refused) as refusal:
        too_near(world, course, by=on_word, days=0)

    assert refusal.value.code == "rest_same_day"
    assert everything_written() == before
    assert not SpokenWaiver.objects.exists()


def test_without_a_reason_a_word_sets_nothing_aside(world, on_word):
    with pytest.raises(Refused):
        two_sessions(world=world, by=on_word, reason=" ")

    assert not Plan.objects.exists()


def test_where_nothing_is_set_aside_no_word_is_kept(world, on_word):
    a_booked_course(world=world, by=on_word)

    assert not SpokenWaiver.objects.exists()


def test_what_reception_may_decide_stands_in_the_doctors_name_if_they_are_named(world, course, on_word):
    too_near(world, course, by=on_word, days=4)

    assert codes_said() == [["rest_short"]]


def test_an_act_that_is_undone_takes_back_what_was_done_and_not_that_it_was_said(
    world, course, on_word, desk
):
    near = too_near(world, course, by=on_word)

    undo(act=last_act(), by=desk, now=NOW)

    assert Session.objects.get(pk=near.pk).status == "cancelled"
    assert SpokenWaiver.objects.get().session == near.uuid
