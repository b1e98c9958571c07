"""Feeds in tests: open one, fetch it at an instant."""

from datetime import UTC, datetime

from django.urls import reverse

from scheduling.booking.single_session import SingleSession, book_session
from scheduling.icalendar.feeds import OpenedFeed, Shown, open_feed
from scheduling.models import Session
from tests.support.builders import an_owner
from tests.support.cast import NOW
from tests.support.clock import clocks_show

# A Thursday, 14:30 in Amsterdam.
NEXT_WEEK = datetime(2027, 1, 14, 13, 30, tzinfo=UTC)


def a_feed(*, clinic, label="Everything", now=NOW, **shows) -> OpenedFeed:
    """Of everything, in initials, unless `shows` says otherwise: `diary`, `site`, `detail`."""
    return open_feed(label=label, shows=Shown(**shows), by=an_owner(clinic=clinic), now=now)


def fetch(client, token, *, now=NOW, **headers):
    """The answer to a phone that asks then; `if_none_match` and the like are headers."""
    with clocks_show(now):
        return client.get(reverse("feed", args=[token]), headers=headers)


def a_consultation(world, *, starts_at=NEXT_WEEK, patient=None, now=NOW) -> Session:
    session = SingleSession(patient or world.patient, world.session_types["consultation"], starts_at)
    return book_session(wanted=session, by=world.reception, now=now)
