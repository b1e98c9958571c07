"""Nobody looks for mail: the first page and the call list say so, and since when."""

from datetime import timedelta

import pytest

from clinic.health.ticks import MAIL, note_begun, note_ended
from scheduling.messages.mail_server.breaker import Refusal, open_for, shut
from tests.support.acts.mailing import due_messages
from tests.support.cast import NOW
from tests.support.desk import reception

# Sessions are rows without claims here.
pytestmark = [pytest.mark.django_db, pytest.mark.damages_diaries]

PAGES = ["/", "/calls/"]
SINCE = "No mail has been looked at since"


def looked(now):
    note_begun(name=MAIL, now=now)
    note_ended(name=MAIL, now=now)


@pytest.mark.parametrize("page", PAGES)
def test_after_five_minutes_the_page_says_since_when_in_the_site_s_time(world, page):
    at = NOW - timedelta(minutes=6)
    looked(at)

    text = reception(world).get(page).text

    assert f"{SINCE} {at.astimezone(world.site.tz):%H:%M}" in text


@pytest.mark.parametrize("page", PAGES)
def test_while_somebody_looks_nothing_is_said(world, page):
    looked(NOW - timedelta(minutes=4))

    assert SINCE not in reception(world).get(page).text


def test_a_day_ago_is_said_with_its_day(world):
    at = NOW - timedelta(days=1)
    looked(at)

    text = reception(world).get("/").text

    assert f"{SINCE} {at.astimezone(world.site.tz):%a %-d %b, %H:%M}" in text


def test_a_service_whose_worker_never_looked_says_so_once_mail_is_due_for_long(world):
    assert SINCE not in reception(world).get("/").text

    due_messages(1, now=NOW - timedelta(minutes=7), clinic=world.clinic)

    assert SINCE in reception(world).get("/").text


@pytest.mark.parametrize("page", PAGES)
def test_a_server_that_refuses_all_mail_is_told_with_its_words_until_it_takes_some(world, page):
    looked(NOW)
    open_for(Refusal("jan@patients.example", "550 <relay> not permitted", is_about_address=False), now=NOW)

    shown = reception(world).get(page)

    assert f"The mail server has refused all mail since {NOW.astimezone(world.site.tz):%H:%M}" in shown.text
    assert "550 &lt;relay&gt; not permitted" in shown.html
    shut()
    assert "refused all mail" not in reception(world).get(page).text
