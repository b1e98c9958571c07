"""The schema: every operation, valid, and without a word that the generator did not understand."""

from collections import Counter

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from clinic.web.rest.openapi.refusals import known_refusals
from tests.support.matrix.doors import contracts_of, paths
from tests.support.openapi.contracts import new_schema, schema

METHODS = {"get", "post", "put", "patch", "delete"}


def operations():
    return [
        (path, method, operation)
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_the_schema_is_valid_and_tells_of_every_operation():
    GENERATOR_STATS.reset()

    validate_schema(new_schema())

    there_are = {
        contract.name for _, pattern in paths() for contract in contracts_of(pattern.callback).values()
    }
    assert {operation["operationId"] for _, _, operation in operations()} == there_are
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does():
    names = Counter(operation["operationId"] for _, _, operation in operations())
    summaries = Counter(operation["summary"] for _, _, operation in operations())

    assert [name for name, times in names.items() if times > 1] == []
    assert [summary for summary, times in summaries.items() if times > 1 or not summary] == []


def test_every_operation_needs_a_key_with_a_scope():
    [name] = schema()["components"]["securitySchemes"]
    assert name == "accessKey"
    for path, method, operation in operations():
        scopes = [scope for needs in operation["security"] for scope in needs["accessKey"]]
        assert scopes, f"{method} {path}"


@pytest.mark.parametrize("kind", ["components", "refusals"])
def test_what_is_told_of_has_a_meaning(kind):
    if kind == "components":
        told = {name: one.get("description", "") for name, one in schema()["components"]["schemas"].items()}
    else:
        told = {code: refusal.meaning for code, refusal in known_refusals().items()}

    assert [name for name, meaning in told.items() if not meaning] == []


def test_a_post_that_makes_or_changes_honours_a_key_and_a_change_asks_for_the_version():
    for path, method, operation in operations():
        headers = {
            one["name"]: one.get("required", False)
            for one in operation.get("parameters", [])
            if one["in"] == "header"
        }
        answers = operation["responses"]
        if method == "get":
            assert headers == {"If-None-Match": False}, path
            assert "304" in answers
        assert ("428" in answers) == headers.get("If-Match", False), path
        if "201" in answers:
            assert "Idempotency-Key" in headers, path
            assert answers["201"]["headers"]["Location"]["required"], path


def test_the_document_is_had_without_a_key_and_only_once(client):
    answer = client.get("/api/v1/schema/")
    again = client.get("/api/v1/schema/", headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.headers["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert answer.json()["openapi"] == "3.1.1"
    assert (again.status_code, again.content) == (304, b"")
    assert client.post("/api/v1/schema/").json()["code"] == "method_not_allowed"
