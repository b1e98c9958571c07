"""The examples of the schema are what a clinic asked and was answered: played again, they are the same."""

import json
import os

import pytest

from clinic.web.rest.openapi.examples import EXAMPLES, example_of
from tests.support.openapi.contracts import schema
from tests.support.openapi.examples import Recorder, recorded
from tests.support.rest import a_client_of
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

ANEW = "EXAMPLES=anew .venv/bin/python -m pytest tests/scheduling/api/test_examples.py"


def test_every_operation_has_an_example_that_is_played_again_and_again_the_same():
    world = a_course_world(name="Example clinic")
    played = recorded(world, Recorder(a_client_of(world)))

    if os.environ.get("EXAMPLES") == "anew":
        EXAMPLES.write_text(json.dumps(played, ensure_ascii=False, indent=1) + "\n", "utf-8")
    kept = json.loads(EXAMPLES.read_text("utf-8"))
    assert kept.keys() == played.keys(), f"some are missing: {ANEW}"
    for name, example in played.items():
        assert kept[name] == example, f"{name} is another one by now: {ANEW}"
    operations = {one["operationId"] for path in schema()["paths"].values() for one in path.values()}
    assert played.keys() == operations


def test_the_schema_shows_them():
    book = schema()["paths"]["/api/v1/plans/{plan_id}/book/"]["post"]
    example = example_of("book_course")
    assert example is not None

    [asked] = book["requestBody"]["content"]["application/json"]["examples"].values()
    [told] = book["responses"]["201"]["content"]["application/json"]["examples"].values()

    assert asked["value"] == example.body == {"proposal": "proposal-2"}
    assert told["value"]["sessions"][0]["status"] == "booked"
