"""Requests made of the schema alone, sensible or not: each answer is one that the schema tells of."""

import json
import os
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance, response_schema_conformance

from clinic.web.limits import tally
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.clock import clocks_show
from tests.support.openapi.contracts import schema
from tests.support.worlds import a_course_world

pytestmark = [
    pytest.mark.deep,
    pytest.mark.slow,
    pytest.mark.django_db,
    # The schema knows of no database.
    pytest.mark.only_on("sqlite"),
]

EXAMPLES = 100 if os.environ.get("DRAW") == "long" else 5
# What a rule refuses, or somebody else changed meanwhile, no schema can tell of a request.
REFUSED = ["2xx", "304", "403", "404", "409", "412", "422", "429"]
# Nor that a text was made by us, or is one of so many in the world, or that two values go together.
BEYOND_SCHEMAS = {
    "malformed_cursor",
    "malformed_email",
    "malformed_external_id",
    "malformed_intake_facts",
    "malformed_phone",
    "malformed_slug",
    "unknown_country",
    "unknown_language",
    "unknown_zone",
    "wishes_contradict",
}
GO_TOGETHER = (
    "Say one of these",
    "Say at least one",
    "Say both",
    "A cursor walks by id",
    "A plan that is stopped has nothing due",
)


@pytest.fixture
def one_connection():
    """Requests come and go in the test's own transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def secret() -> str:
    world = a_course_world()
    a_booked_course(world=world)
    return a_key(clinic=world.clinic)[1]


def test_whatever_is_asked_is_answered_as_the_schema_says(secret, one_connection):
    checks = {"positive_data_acceptance": {"expected-statuses": REFUSED}}
    document = json.loads(json.dumps(schema(), default=str))
    config = SchemathesisConfig.from_dict({"checks": checks})
    api = schemathesis.openapi.from_dict(document, config=config)
    api.app = WSGIHandler()
    asked = 0

    for found in api.get_all_operations():
        assert isinstance(found, Ok), found
        _asked_at_will(found.ok(), secret)
        asked += 1

    assert asked > 70


def _asked_at_will(operation, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"}

    @hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy())
    def asked(case) -> None:
        tally.forget()
        savepoint = transaction.savepoint()
        try:
            with clocks_show(NOW):
                # The schema describes whole rows: who asks for some fields gets those alone.
                unasked = [response_schema_conformance] if "fields" in (case.query or {}) else []
                answer = case.call(headers=headers)
                if answer.status_code == 400 and _is_beyond_schemas(answer.json()):
                    unasked.append(positive_data_acceptance)
                case.validate_response(answer, headers=headers, excluded_checks=unasked)
        finally:
            transaction.savepoint_rollback(savepoint)

    asked()


def _is_beyond_schemas(told: dict[str, Any]) -> bool:
    """Whether it was refused for what no schema says."""
    said = [field["sentence"] for field in told.get("fields", [])]
    return told["code"] in BEYOND_SCHEMAS or any(text.startswith(GO_TOGETHER) for text in said)
