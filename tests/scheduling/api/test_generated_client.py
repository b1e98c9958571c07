"""A client that a generator makes of the schema books a course."""

import importlib
import subprocess
import sys
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from clinic.management.commands.api_reference import DOCS, RECORDED
from scheduling.models import Session, SessionStatus
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.worlds import World, a_course_world

pytestmark = [pytest.mark.deep, pytest.mark.slow, pytest.mark.only_on("sqlite")]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the package that was made."""
    place = tmp_path_factory.mktemp("generated")
    (place / "config.yml").write_text("post_hooks: []\n", "utf-8")
    asked = ["--path", str(DOCS / RECORDED), "--output-path", str(place / "coursebook_client")]
    asked += ["--meta", "none", "--config", str(place / "config.yml")]
    command = [sys.executable, "-m", "openapi_python_client", "generate", *asked]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "Warning" not in said.stdout, said.stdout
    sys.path.insert(0, str(place))
    return "coursebook_client"


@pytest.fixture
def world(db: None) -> World:
    return a_course_world()


@pytest.fixture
def client(generated: str, world: World) -> Any:
    package = importlib.import_module(f"{generated}.client")
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    transport = httpx.WSGITransport(app=WSGIHandler(), raise_app_exceptions=True)
    secret = a_key(clinic=world.clinic)[1]
    yield package.AuthenticatedClient(
        base_url="http://testserver", token=secret, httpx_args={"transport": transport}
    )
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_a_generated_client_books_a_course(generated, client, world):
    def asked(where: str) -> ModuleType:
        return importlib.import_module(f"{generated}.api.{where}")

    models = importlib.import_module(f"{generated}.models")
    with clocks_show(NOW):
        protocols = asked("protocols.list_protocols").sync(client=client)
        [protocol] = [one for one in protocols.results if one.key == "prp-mesotherapy"]
        prescription = models.PrescriptionShape(
            patient=world.patient.uuid, protocol=protocol.id, sessions=protocol.sessions.min_
        )
        plan = asked("plans.prescribe_course").sync(client=client, body=prescription)
        calendars = asked("plans.propose_calendars").sync(plan.id, client=client, body=models.SearchShape())
        booked = asked("plans.book_course").sync(
            plan.id,
            client=client,
            body=models.BookingShape(proposal=calendars.proposals[0].id),
            if_match=f'"{plan.version}"',
        )
        listed = asked("sessions.list_sessions").sync(client=client, plan=plan.id, status="booked")

    assert [one.id for one in booked.sessions] == [one.id for one in listed.results]
    assert Session.objects.filter(plan__uuid=plan.id, status=SessionStatus.BOOKED).count() == 4
