"""A change that would break clients is found, and one that would not is let through."""

import json
from copy import deepcopy

import pytest
from django.core.management import CommandError, call_command

from clinic.management.commands import api_reference
from clinic.management.commands.api_reference import DOCS, RECORDED
from clinic.web.rest.openapi.breaks import breaks
from clinic.web.rest.openapi.reference import recorded_schema


@pytest.fixture(scope="module")
def recorded():
    return json.loads((DOCS / RECORDED).read_text("utf-8"))


@pytest.fixture
def changed(recorded):
    return deepcopy(recorded)


def book(schema):
    return schema["paths"]["/api/v1/plans/{plan_id}/book/"]["post"]


def fields_of_sites(schema):
    [fields] = [
        one for one in schema["paths"]["/api/v1/sites/"]["get"]["parameters"] if one["name"] == "fields"
    ]
    return fields["schema"]


def component(schema, name):
    return schema["components"]["schemas"][name]


def test_the_code_breaks_nobody(recorded):
    assert list(breaks(recorded, json.loads(recorded_schema()))) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: s["paths"].pop("/api/v1/sites/"), "GET /api/v1/sites/ is gone"),
        (lambda s: book(s).update(operationId="book"), "is called book"),
        (lambda s: book(s).update(security=[{"accessKey": ["import"]}]), "does not open to booking:write"),
        (lambda s: book(s)["responses"].pop("201"), "does not answer 201"),
        (lambda s: component(s, "Session")["properties"].pop("window"), "window is gone"),
        (lambda s: component(s, "Session")["required"].remove("status"), "status may be missing"),
        (lambda s: component(s, "Session")["properties"].update(number={"type": "string"}), "another kind"),
        (
            lambda s: component(s, "Plan")["properties"].update(
                version={"anyOf": [{"type": "integer"}, {"type": "null"}]}
            ),
            "version may be null",
        ),
        (
            lambda s: component(s, "SessionShape")["properties"].update(
                site={"type": "string", "format": "uuid"}
            ),
            "site may not be null any more",
        ),
        (lambda s: component(s, "SessionShape")["properties"].pop("site"), "site is gone"),
        (lambda s: component(s, "SessionShape")["required"].append("site"), "site must be said"),
        (
            lambda s: component(s, "EndingShape" if "EndingShape" in s else "SessionEndingShape")[
                "properties"
            ]["cancelled_by"]["enum"].pop(),
            "refuses a word",
        ),
        (lambda s: fields_of_sites(s)["x-some-of"].remove("name"), "asked.fields refuses a word"),
        (lambda s: component(s, "BookingShape")["x-one-of"].append("both"), "another kind"),
        (
            lambda s: s["paths"]["/api/v1/sites/"]["get"]["parameters"].append(
                {"name": "new", "in": "query", "required": True, "schema": {"type": "string"}}
            ),
            "asked.new must be said",
        ),
    ],
)
def test_what_breaks_a_client_is_found(recorded, changed, change, sentence):
    change(changed)

    found = list(breaks(recorded, changed))

    assert found
    assert any(sentence in one for one in found), found


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["paths"].update({"/api/v1/new/": s["paths"]["/api/v1/sites/"]}),
        lambda s: component(s, "Session")["properties"].update(new={"type": "string"}),
        lambda s: component(s, "SessionShape")["properties"].update(new={"type": "string"}),
        lambda s: component(s, "SessionShape")["required"].remove("patient"),
        lambda s: (
            said := component(s, "SessionShape")["properties"],
            said.update(session_type={"anyOf": [said["session_type"], {"type": "null"}]}),
        ),
        lambda s: component(s, "Session")["properties"]["status"]["x-known-values"].append("new"),
        lambda s: book(s)["responses"].update({"418": {"description": "* `teapot`: new"}}),
        lambda s: book(s).update(security=[*book(s)["security"], {"accessKey": ["import"]}]),
        lambda s: book(s).update(summary="Other words"),
        lambda s: fields_of_sites(s).update(
            {"pattern": "^.$", "x-some-of": [*fields_of_sites(s)["x-some-of"], "new"]}
        ),
    ],
)
def test_what_breaks_nobody_is_let_through(recorded, changed, change):
    change(changed)

    assert list(breaks(recorded, changed)) == []


def test_the_command_writes_nothing_that_would_break_clients(tmp_path, monkeypatch, recorded):
    monkeypatch.setattr(api_reference, "DOCS", tmp_path)
    more = deepcopy(recorded)
    more["paths"]["/api/v1/once/"] = more["paths"]["/api/v1/sites/"]
    (tmp_path / RECORDED).write_text(json.dumps(more), "utf-8")

    with pytest.raises(CommandError, match="GET /api/v1/once/ is gone"):
        call_command("api_reference")

    assert [file.name for file in tmp_path.iterdir()] == [RECORDED]
