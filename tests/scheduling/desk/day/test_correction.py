"""The page on which the desk puts right what was noted of a session."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.identity.actors import Role
from tests.support.acts.attendance import again, done, during
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_user
from tests.support.desk import Desk, reception

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(world):
    """Done, as the desk noted it."""
    return done(a_booked_course(world=world)[0], world)


def a_day_later(world, session, role: Role = Role.RECEPTIONIST) -> Desk:
    return Desk(a_user(clinic=world.clinic, role=role), now=during(session) + timedelta(days=1))


def test_the_sessions_page_leads_to_it_and_the_desk_says_that_nobody_came(world, session):
    desk, address = a_day_later(world, session), reverse("session-correct", args=[session.uuid])
    assert address in desk.get(reverse("session", args=[session.uuid])).seen.links

    answer = desk.send(desk.get(address), "Put it right", outcome="missed", why="Read the wrong line")

    assert answer.location == reverse("session", args=[session.uuid])
    assert again(session).status == "missed"


def test_without_a_reason_it_stays_and_the_page_says_so(world, session):
    desk = a_day_later(world, session)
    page = desk.get(reverse("session-correct", args=[session.uuid]))

    refused = desk.send(page, "Put it right", outcome="missed")

    assert refused.status == 422
    assert "Say why it is put right" in refused.text
    assert again(session).status == "completed"


def test_what_is_for_practitioners_is_said_on_the_page(world, session):
    page = a_day_later(world, session).get(reverse("session-correct", args=[session.uuid]))

    refused = a_day_later(world, session).send(page, "Put it right", outcome="partly", reason="x", why="y")
    done_by_owner = a_day_later(world, session, Role.OWNER).send(
        page, "Put it right", outcome="partly", reason="Fainted", why="The doctor said so"
    )

    assert refused.status == 403
    assert done_by_owner.status == 302
    assert again(session).outcome == "partly"


def test_what_is_still_to_come_has_no_such_page(world):
    first = a_booked_course(world=world)[0]

    page = reception(world).get(reverse("session-correct", args=[first.uuid]))

    assert page.location == reverse("session", args=[first.uuid])
