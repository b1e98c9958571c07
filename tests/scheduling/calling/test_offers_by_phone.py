"""An offer that only a phone reaches: its clock starts when it is told, and untold it goes to the next."""

from datetime import timedelta

import pytest

from clinic.models import Clinic, Patient
from scheduling.booking.holds import release_expired
from scheduling.calling.phone import reach, tell
from scheduling.messages.call_list import call_list
from scheduling.messages.sending import send_due
from scheduling.models import Hold, Message, Offer, OfferState, WaitState
from scheduling.waitlist.offers import OfferOver, decline_offer, end_expired_offers
from tests.support.acts.waits import again, an_offer
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
TO_PHONE, TO_ANSWER = 60 * MINUTE, 120 * MINUTE


@pytest.fixture
def offer(world) -> Offer:
    Clinic.objects.update(phone_offer_minutes=60, offer_minutes=120)
    world.clinic.refresh_from_db()
    Patient.objects.update(email="")
    made = an_offer(world=world)
    send_due(now=NOW)
    return made


def row_of(offer: Offer) -> Message:
    return Message.objects.select_related("patient").get(key=f"offer:{offer.uuid}")


def test_it_waits_for_the_phone_as_long_as_the_clinic_says(world, offer):
    assert offer.expires_at == NOW + TO_PHONE
    assert [one.message for one in call_list(by=world.reception, now=NOW)] == [row_of(offer)]


def test_one_that_a_mail_reaches_has_its_own_time(world):
    Clinic.objects.update(phone_offer_minutes=60, offer_minutes=120)

    assert an_offer(world=world).expires_at == NOW + TO_ANSWER


def test_untold_it_goes_to_the_next(world, offer):
    assert end_expired_offers(now=NOW + TO_PHONE) == 1

    assert again(offer).state == OfferState.EXPIRED
    assert again(offer).wait.state == WaitState.WAITING
    assert call_list(by=world.reception, now=NOW + TO_PHONE) == []


@pytest.mark.parametrize("by_line", [True, False])
def test_told_they_have_as_long_to_answer_as_by_mail(world, offer, by_line):
    now = NOW + 50 * MINUTE

    if by_line:
        reach(patient=world.patient, seen="", by=world.reception, now=now)
    else:
        tell(message=row_of(offer), by=world.reception, now=now)

    assert again(offer).expires_at == now + TO_ANSWER
    assert Hold.objects.get(pk=offer.hold_id).expires_at == now + TO_ANSWER
    assert (end_expired_offers(now=NOW + TO_ANSWER), release_expired(now=NOW + TO_ANSWER)) == (0, 0)
    assert end_expired_offers(now=now + TO_ANSWER) == 1


def test_telling_it_twice_starts_no_second_clock(world, offer):
    tell(message=row_of(offer), by=world.reception, now=NOW)
    tell(message=row_of(offer), by=world.reception, now=NOW + 50 * MINUTE)

    assert again(offer).expires_at == NOW + TO_ANSWER


def test_who_tells_it_too_late_hears_that_it_is_over(world, offer):
    with pytest.raises(OfferOver):
        tell(message=row_of(offer), by=world.reception, now=NOW + TO_PHONE)

    assert row_of(offer).state == "call"


def test_a_tick_that_found_it_expired_just_before_it_was_told_leaves_it(world, offer, monkeypatch):
    late = NOW + TO_PHONE
    tell(message=row_of(offer), by=world.reception, now=late - MINUTE)
    stale = again(offer)
    stale.expires_at = late

    monkeypatch.setattr("scheduling.waitlist.offers._expired", lambda now: [stale])

    assert end_expired_offers(now=late) == 0
    assert again(offer).state == OfferState.OPEN


def test_one_that_was_answered_is_on_no_call_list(world, offer):
    decline_offer(offer=offer, by=world.reception, now=NOW)

    assert call_list(by=world.reception, now=NOW) == []
