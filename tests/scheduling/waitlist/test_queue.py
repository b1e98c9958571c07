"""The waitlist: freed time goes to who waits, in turn, one at a time, and nobody loses what they have."""

from datetime import datetime, timedelta

import pytest

from clinic.errors import ClinicError, Conflict, NotAllowed, Refused, Unknown
from clinic.identity.actors import Actor, ActorKind, Way
from clinic.models import Patient
from scheduling.attendance.attend import arrive
from scheduling.attendance.undo import undo
from scheduling.booking.single_session import SingleSession, book_session
from scheduling.messages.offer_links import offer_from, offer_token
from scheduling.models import Claim, Hold, Offer, OfferState, Session, SessionStatus, Wait, WaitState
from scheduling.waitlist.matching import matches, queue_of
from scheduling.waitlist.offers import (
    OfferOver,
    accept_offer,
    decline_offer,
    end_expired_offers,
    offer_free_times,
    offer_freed,
)
from scheduling.waitlist.queue import WaitAsked, join_waitlist, leave_waitlist, put_in_turn
from tests.support.acts.courses import everything_written
from tests.support.acts.moves import DAY
from tests.support.acts.waits import FREED, again, free, offered, waits
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def a_session(world: World, name: str, at: datetime, kind: str = "consultation") -> Session:
    patient = a_patient(clinic=world.clinic, given_name=name, email=f"{name.lower()}@patients.example")
    session = SingleSession(patient, world.session_types[kind], at)
    return book_session(wanted=session, by=world.reception, now=NOW)


def names(world: World, **how) -> list[str]:
    return [match.wait.patient.given_name for match in matches(free=free(world, **how), now=NOW)]


def test_the_first_whom_the_time_suits_is_offered_it_and_keeps_what_they_have(world):
    session = a_session(world, "Ines", NOW + 7 * DAY)
    wait = waits(world, session)

    offer = offered(world)

    assert offer.wait == wait
    assert (offer.starts_at, offer.expires_at) == (FREED, NOW + 2 * HOUR)
    assert Session.objects.get(pk=session.pk).starts_at == session.starts_at
    assert Wait.objects.get(pk=wait.pk).state == WaitState.OFFERED


def test_nobody_else_gets_the_time_while_it_is_on_offer(world):
    for number, at in enumerate((7, 8)):
        waits(world, a_session(world, f"Patient{number}", NOW + at * DAY))
    first = offered(world, hours=1)

    second = offer_freed(free=free(world, hours=1), by=world.reception, now=NOW)

    assert second is not None
    taken = [
        set(Claim.objects.filter(session__hold=o.hold).values_list("diary_id", flat=True))
        for o in (first, second)
    ]
    assert taken[0].isdisjoint(taken[1])
    assert offer_freed(free=free(world, hours=1), by=world.reception, now=NOW) is None


def test_who_accepts_has_the_new_time_and_not_the_old_one(world):
    session = a_session(world, "Ines", NOW + 7 * DAY)
    waits(world, session)
    offer = offered(world)

    moved = accept_offer(offer=offer, by=world.reception, now=NOW)

    assert (moved.pk, moved.starts_at, moved.sequence) == (session.pk, FREED, 1)
    assert Session.objects.filter(patient=session.patient).count() == 1
    assert Claim.objects.filter(session__patient=session.patient).values("session").distinct().count() == 1
    assert (again(offer).state, again(offer).wait.state) == (OfferState.ACCEPTED, WaitState.SERVED)
    assert not Hold.objects.standing().exists()


def test_accepting_twice_is_accepting_once(world):
    waits(world, a_session(world, "Ines", NOW + 7 * DAY))
    offer = offered(world)
    accept_offer(offer=offer, by=world.reception, now=NOW)
    before = everything_written()

    accept_offer(offer=again(offer), by=world.reception, now=NOW)

    assert everything_written() == before


def test_who_declines_waits_on_and_the_next_is_offered_the_time(world):
    ines, ben = (a_session(world, name, NOW + 7 * DAY) for name in ("Ines", "Ben"))
    waits(world, ines)
    waits(world, ben)
    offer = offered(world)

    decline_offer(offer=offer, by=world.reception, now=NOW)

    offer_free_times(now=NOW)
    after = Offer.objects.get(state=OfferState.OPEN)
    assert after.wait.session == ben
    assert again(offer).wait.state == WaitState.WAITING


def test_an_offer_that_ran_out_goes_to_the_next_by_itself(world):
    waits(world, a_session(world, "Ines", NOW + 7 * DAY))
    waits(world, a_session(world, "Ben", NOW + 8 * DAY))
    offer = offered(world)

    ended = end_expired_offers(now=NOW + 3 * HOUR)

    assert (ended, offer_free_times(now=NOW + 3 * HOUR)) == (1, 1)
    assert again(offer).state == OfferState.EXPIRED
    assert Offer.objects.get(state=OfferState.OPEN).wait.patient.given_name == "Ben"


def test_what_everybody_declined_is_free(world):
    waits(world, a_session(world, "Ines", NOW + 7 * DAY))
    decline_offer(offer=offered(world), by=world.reception, now=NOW)

    assert offer_free_times(now=NOW) == 0
    assert not Offer.objects.filter(state=OfferState.OPEN).exists()
    assert not Session.objects.filter(stands_for__isnull=False).exists()
    assert names(world) == []


def test_an_answer_to_an_offer_that_is_over_changes_nothing(world):
    waits(world, a_session(world, "Ines", NOW + 7 * DAY))
    offer = offered(world)
    end_expired_offers(now=NOW + 3 * HOUR)
    before = everything_written()

    for answer in (accept_offer, decline_offer):
        with pytest.raises(OfferOver):
            answer(offer=again(offer), by=world.reception, now=NOW + 3 * HOUR)

    assert everything_written() == before


def test_the_urgent_come_first_then_as_the_desk_ranks_them(world):
    listed = [
        waits(world, a_session(world, name, NOW + days * DAY))
        for days, name in ((7, "Ines"), (8, "Ben"), (9, "Cleo"))
    ]
    waits(world, listed[1].session, is_urgent=True)
    put_in_turn(wait=listed[2], rank=-1, by=world.reception, now=NOW)

    turn = [wait.patient.given_name for wait in queue_of(clinic_id=world.clinic.pk)]

    assert turn == names(world) == ["Ben", "Cleo", "Ines"]


def test_the_time_must_be_earlier_wished_and_far_enough_ahead(world):
    waits(world, a_session(world, "Sooner", NOW + DAY))
    waits(world, a_session(world, "Later", NOW + 7 * DAY), from_on=(FREED + DAY).date())
    waits(world, a_session(world, "Slow", NOW + 8 * DAY), notice_hours=72)
    waits(world, a_session(world, "Suits", NOW + 9 * DAY), until_on=FREED.date())

    assert names(world) == ["Suits"]


def test_who_is_in_the_waitlist_already_changes_what_was_asked(world):
    session = a_session(world, "Ines", NOW + 7 * DAY)
    first = waits(world, session)

    second = waits(world, session, note="Calls\nback")

    assert (first.pk, second.note, second.version) == (second.pk, "Calls back", 2)


def test_who_waits_no_more_leaves_the_time_to_the_next(world):
    ines = waits(world, a_session(world, "Ines", NOW + 7 * DAY))
    waits(world, a_session(world, "Ben", NOW + 8 * DAY))
    offered(world)

    leave_waitlist(wait=ines, by=world.reception, now=NOW)

    offer_free_times(now=NOW)
    assert Offer.objects.get(state=OfferState.OPEN).wait.patient.given_name == "Ben"
    assert Wait.objects.get(pk=ines.pk).state == WaitState.WITHDRAWN


def test_the_link_is_the_patients_and_opens_this_offer_alone(world):
    waits(world, a_session(world, "Ines", NOW + 7 * DAY))
    offer = offered(world)

    assert offer_from(offer_token(offer), now=NOW) == offer
    with pytest.raises(Unknown):
        offer_from(offer_token(offer)[:-1] + "x", now=NOW)


def test_a_patient_answers_an_offer_and_may_do_nothing_else(world):
    session = a_session(world, "Ines", NOW + 7 * DAY)
    waits(world, session)
    offer = offered(world)
    patient = by_link(session.patient)

    moved = accept_offer(offer=offer, by=patient, now=NOW)

    assert moved.starts_at == FREED
    with pytest.raises(NotAllowed):
        join_waitlist(session=session, asked=WaitAsked(), by=patient, now=NOW)


def by_link(patient: Patient) -> Actor:
    return Actor(patient.clinic_id, ActorKind.PATIENT, "Patient", Way.LINK, str(patient.uuid))


def test_what_is_over_cannot_wait_and_dates_come_in_order(world):
    session = a_session(world, "Ines", NOW + 7 * DAY)

    def refusal(**asked) -> ClinicError:
        with pytest.raises(ClinicError) as refused:
            waits(world, session, **asked)
        return refused.value

    assert isinstance(refusal(from_on=FREED.date(), until_on=NOW.date()), Refused)
    assert refusal(note="x" * 300).code == "note_too_long"
    Session.objects.filter(pk=session.pk).update(status=SessionStatus.COMPLETED)
    assert isinstance(refusal(), Conflict)


def test_who_has_come_meanwhile_waits_no_more_unless_that_was_a_slip(world):
    session = a_session(world, "Ines", NOW + 7 * DAY)
    wait, then = waits(world, session), NOW + 7 * DAY

    arrive(session=session, by=world.reception, now=then)

    assert not queue_of(clinic_id=world.clinic.pk).exists()
    assert list(matches(free=free(world), now=then)) == []
    undo(session=session, by=world.reception, now=then)
    assert queue_of(clinic_id=world.clinic.pk).get() == wait
