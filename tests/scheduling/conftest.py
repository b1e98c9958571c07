"""What the tests of this storey share: the standard clinic with one course, a client of it, a mail server."""

from collections.abc import Iterator

import pytest

from scheduling.engine.proposal import Proposal
from scheduling.models import Session
from tests.support.acts.courses import a_booked_course, offers
from tests.support.acts.mailing import MailServer
from tests.support.rest import RestClient, a_client_of
from tests.support.worlds import World, a_course_world, a_plan
from treatments.models import Plan


@pytest.fixture
def world() -> World:
    return a_course_world()


@pytest.fixture
def plan(world) -> Plan:
    """Four treatments, two weeks apart, none booked yet."""
    return a_plan(world=world)


@pytest.fixture
def proposal(plan) -> Proposal:
    """The first calendar on offer for it."""
    return offers(plan=plan)[0]


@pytest.fixture
def course(world) -> list[Session]:
    """Four treatments, two weeks apart, booked."""
    return a_booked_course(world=world)


@pytest.fixture
def session(course: list[Session]) -> Session:
    """The first of them."""
    return course[0]


@pytest.fixture
def rest(world) -> RestClient:
    return a_client_of(world)


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    """A real SMTP server on loopback that the service sends to."""
    server = MailServer()
    settings.EMAIL_BACKEND = "scheduling.messages.mail_server.smtp.TellingBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 2
    server.start()
    yield server
    server.stop()
