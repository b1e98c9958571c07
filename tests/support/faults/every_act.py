"""Every use case that opens an act: a scene in which it can be done, and what a desk does then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from clinic.identity.actors import task_actor
from clinic.models import NamedKind
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from scheduling.attendance.attend import arrive, confirm_session, miss, start
from scheduling.attendance.change_type import change_session_type
from scheduling.attendance.correct import Correction, correct
from scheduling.attendance.walk_in import TimeAsked, WalkIn, give_time, walk_in
from scheduling.booking.book_course import book_course
from scheduling.booking.holds import HoldAsked, hold_course, release_expired, release_hold
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.course_changes.amend import Amendment, amend_course
from scheduling.course_changes.cancel import Ending, cancel_rest, cancel_session, stop_plan
from scheduling.course_changes.concerns import clear_concern, raise_concern
from scheduling.course_changes.elsewhere import record_elsewhere
from scheduling.course_changes.pause import Pause, pause_course, resume_course
from scheduling.courses.done_elsewhere import Elsewhere
from scheduling.courses.prescribe import prescribe_course
from scheduling.disruption.absences import swap_all
from scheduling.disruption.delays import push_day
from scheduling.models import Hold, Session
from scheduling.moving.move import move_session, preview_move
from scheduling.moving.retime import MoveTerms
from scheduling.moving.ripple import Destination, RippleAsked
from scheduling.privacy.erasure import erase_patient
from scheduling.restoring.renumber import renumber
from scheduling.undoing.undo import undo
from scheduling.waitlist.matching import matches
from scheduling.waitlist.offers import accept_offer, decline_offer, offer_time, start_clock
from tests.support.acts.absences import leave_of
from tests.support.acts.attendance import again, done, during
from tests.support.acts.courses import a_booked_course
from tests.support.acts.delays import agreed, late
from tests.support.acts.holds import A_WHILE, a_hold, from_tomorrow
from tests.support.acts.imports import a_session_row, bookings_brought
from tests.support.acts.moves import later, plan_of, whole
from tests.support.acts.rhythm import as_it_is
from tests.support.acts.waits import again as offer_as_it_is
from tests.support.acts.waits import an_offer, free, one_waits
from tests.support.cast import NOW
from tests.support.faults.scenes.paper import enter_a_session, enter_a_walk_in
from tests.support.faults.scenes.scene import Making, Scene, desk
from tests.support.undoing.picture import last_act
from tests.support.worlds import World, a_plan
from treatments.models import Concern, ConcernTopic, Plan
from treatments.prescribing import Prescription

FLU, DAY = Ending(reason="Flu"), timedelta(days=1)


def _begins(act: Callable[..., Any], **said: Any) -> Making:
    """The first session of a course is to begin."""

    def scene(world: World) -> Scene:
        [first, *_] = course = a_booked_course(world=world)
        plan, now = plan_of(course), during(first)
        return desk(world.reception, act, session=partial(again, first), plan=plan, now=now, **said)

    return scene


def _ahead(act: Callable[..., Any], **said: Any) -> Making:
    """The second session of a course is two weeks away."""

    def scene(world: World) -> Scene:
        course = a_booked_course(world=world)
        return desk(world.reception, act, session=partial(whole, course[1]), plan=plan_of(course), **said)

    return scene


def _on_a_course(act: Callable[..., Any], **said: Any) -> Making:
    def scene(world: World) -> Scene:
        plan = plan_of(a_booked_course(world=world))
        made = desk(world.reception, partial(_with_plan, act, plan), **said)
        return replace(made, plan=plan)

    return scene


def _with_plan(act: Callable[..., Any], plan: Plan, **said: Any) -> Any:
    return act(plan=as_it_is(plan), **said)


def _complete(world: World) -> Scene:
    [first, *_] = course = a_booked_course(world=world)
    return Scene(lambda: done(again(first), world), plan_of(course), during(first))


def _correct(world: World) -> Scene:
    [first, *_] = course = a_booked_course(world=world)
    done(first, world)
    correction = Correction("The sheet says otherwise")
    session = partial(again, first)
    made = desk(world.reception, correct, session=session, correction=correction, now=during(first) + DAY)
    return replace(made, plan=plan_of(course))


def _undo(world: World) -> Scene:
    scene = _ahead(cancel_session, ending=FLU)(world)
    scene.act()
    act = last_act()
    return replace(scene, act=lambda: undo(act=act, by=world.owner, now=NOW))


def _change_type(world: World) -> Scene:
    return _begins(change_session_type, session_type=world.session_types["mesotherapy"])(world)


def _walk_in(world: World) -> Scene:
    plan = a_plan(world=world)
    due = plan.sessions.select_related("plan").get(kind="treatment", number=1)
    return desk(world.reception, walk_in, new=WalkIn(world.patient, session=due), plan=plan)


def _give_time(world: World) -> Scene:
    scene = _walk_in(world)
    here, asked = scene.act(), TimeAsked(NOW + timedelta(minutes=30))
    return desk(world.reception, give_time, session=partial(again, here), asked=asked, plan=scene.plan)


def _book(world: World) -> Scene:
    plan = a_plan(world=world)
    made = desk(world.reception, partial(_with_plan, book_course, plan), proposal=from_tomorrow(plan)[0])
    return replace(made, plan=plan)


def _hold(world: World) -> Scene:
    plan = a_plan(world=world)
    holds, proposal = partial(_with_plan, hold_course, plan), from_tomorrow(plan)[0]
    return replace(desk(world.reception, holds, proposal=proposal, asked=HoldAsked()), plan=plan)


def _release(world: World) -> Scene:
    hold = a_hold(world=world)
    read = partial(Hold.objects.select_related("plan__clinic").get, pk=hold.pk)
    return desk(world.reception, release_hold, hold=read, plan=hold.plan)


def _run_out(world: World) -> Scene:
    plan, now = a_hold(world=world).plan, NOW + A_WHILE
    return Scene(lambda: release_expired(now=now), plan, now)


def _book_alone(world: World) -> Scene:
    kind, doctor = world.session_types["consultation"], world.doctors[0]
    wanted = SingleSession(world.patient, kind, NOW + DAY, practitioner=doctor)
    return desk(world.reception, book_session, wanted=wanted)


def _clear_concern(world: World) -> Scene:
    scene = RAISES(world)
    read = partial(Concern.objects.select_related("plan").get, pk=scene.act().pk)
    return desk(world.doctor, clear_concern, concern=read, finding="Harmless", plan=scene.plan)


def _resume(world: World) -> Scene:
    scene = _on_a_course(pause_course, pause=Pause("Abroad", give_back=True))(world)
    plan = scene.act()
    return replace(desk(world.reception, partial(_with_plan, resume_course, plan)), plan=plan)


def _swap(world: World) -> Scene:
    course = a_booked_course(world=world)
    goes_at = later(course[0], minutes=-60)
    leave = leave_of(world, world.doctors[0], starts=goes_at, ends=goes_at + DAY).absence
    return desk(world.owner, swap_all, leave=leave, also_practitioners=True, plan=plan_of(course))


def _push(world: World) -> Scene:
    course, delay = a_booked_course(world=world), late(world, 15)
    now = later(course[0], minutes=-60)
    seen = agreed(delay, now=now)
    return desk(world.reception, push_day, delay=delay, agreed=seen, plan=plan_of(course), now=now)


def _bring_over(world: World) -> Scene:
    name = Name("till", "P1")
    name_elsewhere(kind=NamedKind.PATIENT, row=world.patient, name=name, by=world.owner, now=NOW)
    return Scene(lambda: bookings_brought(world, a_session_row()))


def _move_with_ripple(world: World) -> Scene:
    return _move(world, a_booked_course(world=world)[1], days=7)


def _move_alone(world: World) -> Scene:
    return _move(world, _book_alone(world).act(), days=1)


def _move(world: World, session: Session, *, days: int) -> Scene:
    to, session = Destination(later(session, days)), whole(session)
    look = desk(world.reception, preview_move, session=session, to=to, asked=RippleAsked())
    said: dict[str, Any] = {"ripple": look.act(), "terms": MoveTerms("Asked for"), "plan": session.plan}
    return desk(world.reception, move_session, session=partial(whole, session), **said)


def _erase(world: World) -> Scene:
    plan = a_plan(world=world)
    return desk(world.owner, erase_patient, patient=world.patient, plan=plan)


def _offer(world: World) -> Scene:
    one_waits(world)
    return desk(world.reception, offer_time, match=next(matches(free=free(world), now=NOW)))


def _answer(act: Callable[..., Any]) -> Making:
    def scene(world: World) -> Scene:
        offer = an_offer(world=world)
        return desk(world.reception, act, offer=partial(offer_as_it_is, offer))

    return scene


def _prescribe(world: World) -> Scene:
    asked = Prescription(world.patient, world.protocols["prp-mesotherapy"], 4, world.doctors[0])
    return desk(world.reception, prescribe_course, prescription=asked)


def _renumber(world: World) -> Scene:
    plan, by = plan_of(a_booked_course(world=world)), task_actor(clinic_id=world.clinic.pk, label="release")
    return Scene(lambda: renumber(by=by, now=NOW), plan)


RAISES = _on_a_course(raise_concern, topic=ConcernTopic.MEDICINES, answer="A blood thinner")
# Use case → its scene. What opens an act and is missing here, a test finds.
EVERY_ACT: Mapping[str, Making] = {
    "attendance.attend.arrive": _begins(arrive),
    "attendance.attend.complete": _complete,
    "attendance.attend.confirm_session": _ahead(confirm_session),
    "attendance.attend.miss": _begins(miss),
    "attendance.attend.start": _begins(start),
    "attendance.correct.correct": _correct,
    "attendance.change_type.change_session_type": _change_type,
    "attendance.enter_day.enter_session": enter_a_session,
    "attendance.enter_day.enter_walk_in": enter_a_walk_in,
    "attendance.walk_in.give_time": _give_time,
    "attendance.walk_in.walk_in": _walk_in,
    "booking.book_course.book_course": _book,
    "booking.holds.hold_course": _hold,
    "booking.holds.release_expired": _run_out,
    "booking.holds.release_hold": _release,
    "booking.single_session.book_session": _book_alone,
    "course_changes.amend.amend_course": _on_a_course(amend_course, amendment=Amendment(session_count=6)),
    "course_changes.cancel.cancel_rest": _on_a_course(cancel_rest, ending=FLU, keep_due=True),
    "course_changes.cancel.cancel_session": _ahead(cancel_session, ending=FLU),
    "course_changes.cancel.stop_plan": _on_a_course(stop_plan, ending=FLU),
    "course_changes.concerns.clear_concern": _clear_concern,
    "course_changes.concerns.raise_concern": RAISES,
    "course_changes.elsewhere.record_elsewhere": _begins(
        record_elsewhere, done=Elsewhere(NOW.date(), "Clinic at Utrecht")
    ),
    "course_changes.pause.pause_course": _on_a_course(pause_course, pause=Pause("Abroad", give_back=True)),
    "course_changes.pause.resume_course": _resume,
    "courses.prescribe.prescribe_course": _prescribe,
    "disruption.clear_absence.clear": _swap,
    "disruption.delays.push_day": _push,
    "importing.writing.write": _bring_over,
    "moving.move.move_session": _move_alone,
    "moving.move.move_sessions": _move_with_ripple,
    "privacy.erasure.erase_patient": _erase,
    "restoring.renumber._renumber": _renumber,
    "undoing.undo.undo": _undo,
    "waitlist.offers.accept_offer": _answer(accept_offer),
    "waitlist.offers.end_offer": _answer(decline_offer),
    "waitlist.offers.offer_time": _offer,
    "waitlist.offers.start_clock": _answer(start_clock),
}
