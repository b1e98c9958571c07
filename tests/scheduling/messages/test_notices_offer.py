"""An offer goes out while it is open, with a link that is stored nowhere."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from clinic.errors import Conflict, Unknown
from scheduling.messages.notices import tell_offer
from scheduling.messages.offer_links import offer_from, offer_link, offer_token
from scheduling.messages.sending import Posting, send_due
from scheduling.models import Message, MessageState, Offer, Session
from tests.support.acts.telling import FIRST_AT, a_course_on_thursdays, a_lone_session, an_offer
from tests.support.cast import NOW

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

EARLIER = datetime(2027, 1, 8, 9, tzinfo=UTC)
A_WHILE = timedelta(hours=2)


def an_offer_told(*, now=NOW, **fields):
    offer = an_offer(session=a_lone_session(**fields), starts_at=EARLIER, lasts=A_WHILE, now=now)
    tell_offer(offer=offer, now=now)
    return offer


def row_of(offer):
    return Message.objects.get(key=f"offer:{offer.uuid}")


def test_an_offer_says_what_for_until_when_and_where_to_answer(mailoutbox):
    offer = an_offer_told()

    posting = send_due(now=NOW)

    assert posting == Posting(found=1, sent=1)
    [mail] = mailoutbox
    assert mail.subject == "We can offer you Friday 8 January 2027 at 10:00"
    html, _ = mail.alternatives[0]
    for text in (mail.body, html):
        assert "Monday 4 January 2027, 11:00" in text
        assert "Thursday 14 January 2027, 14:30" in text
        assert offer_link(offer) in text
    assert mail.attachments == []


def test_an_offer_for_a_session_that_has_no_time_yet_names_none(mailoutbox):
    _, [_, _, session] = a_course_on_thursdays()
    Session.objects.filter(pk=session.pk).update(
        status="due", starts_at=None, ends_at=None, local_date=None, local_time=None
    )
    tell_offer(offer=an_offer(session=session, starts_at=EARLIER), now=NOW)

    send_due(now=NOW)

    assert "Visit: 3 of 4" in mailoutbox[0].body
    assert "you go on waiting for the next one" in mailoutbox[0].body


def test_an_offer_told_twice_is_told_once():
    offer = an_offer_told()

    tell_offer(offer=offer, now=NOW)

    assert Message.objects.filter(key=f"offer:{offer.uuid}").count() == 1


def test_the_link_is_stored_nowhere():
    offer = an_offer_told()

    token = offer_token(offer)
    kept = [*Message.objects.values_list(), *Offer.objects.values_list()]
    assert token not in str(kept)
    assert token.partition(".")[2] not in str(kept)
    assert offer_from(token, now=NOW) == offer


def test_a_link_opens_its_offer_until_it_runs_out():
    offer = an_offer_told()
    token = offer_token(offer)

    assert offer_from(token, now=NOW + A_WHILE - timedelta(seconds=1)) == offer
    with pytest.raises(Conflict) as refused:
        offer_from(token, now=NOW + A_WHILE)
    assert refused.value.code == "offer_expired"


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: "",
        lambda token: "\x00",
        lambda token: token.replace(".", ":"),
        lambda token: token[:-1],
        lambda token: token + "é",
        lambda token: uuid4().hex + "." + token.partition(".")[2],
        lambda token: token.partition(".")[0] + ".",
    ],
)
def test_no_other_link_opens_anything(forge):
    offer = an_offer_told()

    with pytest.raises(Unknown) as refused:
        offer_from(forge(offer_token(offer)), now=NOW)
    assert refused.value.code == "unknown_offer"


def test_a_link_whose_offer_is_gone_opens_nothing():
    offer = an_offer_told()
    token = offer_token(offer)
    Offer.objects.all().delete()

    with pytest.raises(Unknown):
        offer_from(token, now=NOW)


@pytest.mark.parametrize("state", ["accepted", "declined", "expired", "withdrawn"])
def test_an_offer_that_is_answered_is_not_sent(state, mailoutbox):
    offer = an_offer_told()
    Offer.objects.update(state=state)

    posting = send_due(now=NOW)

    assert (posting.void, mailoutbox) == (1, [])
    assert row_of(offer).reason == "offer_over"


def test_an_offer_that_ran_out_is_too_late(mailoutbox):
    offer = an_offer_told()

    posting = send_due(now=NOW + A_WHILE)

    assert (posting.too_late, mailoutbox) == (1, [])
    assert row_of(offer).state == MessageState.TOO_LATE


def test_nobody_is_woken_by_an_offer(mailoutbox):
    at_ten = datetime(2027, 1, 4, 21, tzinfo=UTC)
    offer = an_offer_told(now=at_ten)

    send_due(now=at_ten)

    assert (row_of(offer).state, mailoutbox) == (MessageState.TOO_LATE, [])


def test_a_patient_who_wants_no_messages_gets_no_offer_by_mail(mailoutbox):
    offer = an_offer_told(message_consent="no")

    send_due(now=NOW)

    assert (row_of(offer).state, mailoutbox) == (MessageState.CALL, [])
    assert offer.wait.session.starts_at == FIRST_AT
