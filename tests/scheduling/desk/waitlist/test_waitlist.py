"""The waitlist at the desk: the queue, whom a free time suits, offers and their answers by phone."""

import pytest
from django.urls import reverse

from scheduling.booking.single_session import SingleSession, book_session
from scheduling.models import Offer, OfferState, Session, Wait, WaitState
from scheduling.waitlist.offers import offer_free_times
from tests.support.acts.moves import DAY
from tests.support.acts.waits import FREED, again, offered, waits
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.worlds import World

pytestmark = pytest.mark.django_db

WAITLIST = reverse("waitlist")
# However many wait.
QUERIES = 10
THAT_DAY = {"on": "2027-01-06", "since": "09:00", "until": "17:00"}


def a_session(world: World, name: str, *, in_days: int = 28) -> Session:
    patient = a_patient(clinic=world.clinic, given_name=name, email=f"{name.lower()}@patients.example")
    session = SingleSession(patient, world.session_types["consultation"], NOW + in_days * DAY)
    return book_session(wanted=session, by=world.reception, now=NOW)


def test_who_wants_an_earlier_time_is_put_on_the_list_from_their_session(world, desk):
    session = a_session(world, "Ines")
    page = desk.get(reverse("session-wait", args=[session.uuid]))

    answer = desk.send(page, "Put on the waitlist", notice_hours="48", note="Works nights")

    assert answer.location == WAITLIST
    listed = desk.get(WAITLIST).text
    assert "Ines" in listed
    assert "with 48 hours’ notice" in listed
    assert "Works nights" in listed


def test_dates_that_make_no_sense_are_said_at_their_field(world, desk):
    session = a_session(world, "Ines")

    answer = desk.post(
        reverse("session-wait", args=[session.uuid]),
        {"from_on": "2027-02-02", "until_on": "2027-02-01", "notice_hours": "24"},
    )

    assert answer.status == 422
    assert "The last date comes before the first one." in answer.text
    assert not Wait.objects.exists()


def test_a_free_time_names_whom_it_suits_and_one_click_offers_it(world, desk):
    waits(world, a_session(world, "Ines"))

    page = desk.get(WAITLIST, **THAT_DAY)
    answer = desk.send(page, "Offer it")

    assert "Ines" in page.text
    offer = Offer.objects.get()
    assert offer.starts_at == FREED
    assert "Offered to Marit" not in answer.text
    assert "Offered Wed 6 Jan" in desk.get(WAITLIST).text


def test_a_time_that_suits_nobody_says_so(world, desk):
    page = desk.get(WAITLIST, **THAT_DAY)

    assert "suits nobody who waits" in page.text


def test_an_offer_taken_by_phone_moves_the_session(world, desk):
    session = a_session(world, "Ines")
    waits(world, session)
    offer = offered(world)

    desk.send(desk.get(WAITLIST), "They take it")

    assert Session.objects.get(pk=session.pk).starts_at == offer.starts_at
    assert Wait.objects.get().state == WaitState.SERVED


def test_an_offer_that_is_not_for_them_goes_to_the_next(world, desk):
    for name in ("Ines", "Tomas"):
        waits(world, a_session(world, name))
    first = offered(world, hours=1)

    desk.send(desk.get(WAITLIST), "Not for them")

    offer_free_times(now=NOW)
    assert again(first).state == OfferState.DECLINED
    assert Offer.objects.get(state=OfferState.OPEN).wait.patient.given_name == "Tomas"


def test_the_desk_says_who_is_asked_first(world, desk):
    for name in ("Ines", "Tomas"):
        waits(world, a_session(world, name))

    desk.send(desk.get(WAITLIST), "Ask first")

    assert offered(world).wait.patient.given_name == "Tomas"


def test_who_waits_no_more_is_off_the_list(world, desk):
    waits(world, a_session(world, "Ines"))

    page = desk.follow(desk.send(desk.get(WAITLIST), "Waits no more"))

    assert "waits no more" in page.text
    assert "Nobody waits." in desk.get(WAITLIST).text


def test_the_page_takes_the_same_number_of_queries_for_one_and_for_many(
    world, desk, django_assert_num_queries
):
    waits(world, a_session(world, "Ines"))
    desk.get(WAITLIST)
    with django_assert_num_queries(QUERIES):
        desk.get(WAITLIST)
    for number in range(2, 6):
        waits(world, a_session(world, f"Patient{number}", in_days=27 + number))

    with django_assert_num_queries(QUERIES):
        desk.get(WAITLIST)
