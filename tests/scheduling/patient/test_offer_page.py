"""The page behind the link of an offer: a look changes nothing, a button answers, in the patient's words."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Patient
from scheduling.messages.call_list import call_list
from scheduling.messages.offer_links import offer_token
from scheduling.messages.sending import send_due
from scheduling.models import Message, MessageState, Offer, OfferState, Session
from tests.support.acts.waits import FREED, an_offer
from tests.support.cast import NOW
from tests.support.clock import clocks_show

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(world) -> Offer:
    return an_offer(world=world)


def look(offer: Offer, *, now=NOW, token: str = ""):
    with clocks_show(now):
        return Client().get(reverse("offer", args=[token or offer_token(offer)]))


def answer(offer: Offer, said: str, *, now=NOW):
    with clocks_show(now):
        return Client().post(reverse("offer", args=[offer_token(offer)]), {"answer": said})


def test_a_look_says_what_is_offered_and_answers_nothing(offer):
    look(offer)
    page = look(offer)

    assert page.status_code == 200
    assert "Wednesday 6 January 2027, 09:00" in page.content.decode()
    assert Offer.objects.get().state == OfferState.OPEN


def test_one_click_takes_the_time(offer):
    page = answer(offer, "yes")

    assert "It is yours" in page.content.decode()
    assert Session.objects.get(pk=offer.wait.session_id).starts_at == FREED


def test_another_click_declines_it_and_the_session_stays(offer):
    page = answer(offer, "no")

    assert "Your visit stays on" in page.content.decode()
    assert Offer.objects.get(pk=offer.pk).state == OfferState.DECLINED
    assert Session.objects.get(pk=offer.wait.session_id).sequence == 0


def test_the_page_speaks_the_patients_language(world, offer):
    world.patient.language = "nl"
    world.patient.save(update_fields=["language"])

    assert "Deze tijd graag" in look(offer).content.decode()


def test_what_is_over_is_said_to_be_over(offer):
    answer(offer, "yes")
    late = look(offer, now=offer.expires_at)
    again = answer(offer, "no")

    assert (late.status_code, again.status_code) == (409, 409)
    assert "This offer is over" in late.content.decode()


def test_a_link_that_is_not_ours_opens_nothing(offer):
    page = look(offer, token="a.b")

    assert page.status_code == 404
    assert "Wednesday" not in page.content.decode()


def test_who_takes_it_by_its_link_knows_and_is_not_called_where_the_mail_comes_back(world, offer):
    Message.objects.all().delete()
    answer(offer, "yes")
    Patient.objects.update(mail_problem="comes_back")

    send_due(now=NOW)

    assert Message.objects.get(kind="notice").state == MessageState.VOID
    assert call_list(by=world.reception, now=NOW) == []
