"""Whatever REST answers in a test is held against the schema: status, body, and code of a refusal."""

from functools import cache
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from clinic.web.rest.contract import Contract
from clinic.web.rest.openapi.refusals import refusals_of

# Of a fault of ours, of the whole service, and of a path that has no such operation, no operation speaks.
OF_NO_OPERATION = {"unexpected", "database_down", "address_too_long", "not_found", "method_not_allowed"}


# Rivals ask in threads, and drf-spectacular tells of one document at a time.
_one_at_a_time = RLock()


def new_schema() -> dict[str, Any]:
    """The OpenAPI document, told now."""
    made: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return made


_told_once = cache(new_schema)


def schema() -> dict[str, Any]:
    """The OpenAPI document."""
    with _one_at_a_time:
        return _told_once()


@cache
def _validator(name: str, status: int) -> Draft202012Validator:
    """Of the body of an operation under a status."""
    [said] = [
        operation["responses"][str(status)]["content"]["application/json"]["schema"]
        for path in schema()["paths"].values()
        for operation in path.values()
        if operation["operationId"] == name
    ]
    return Draft202012Validator({**said, "components": schema()["components"]})


def contract_at(method: str, url: str) -> tuple[Contract, tuple[str, ...]] | None:
    """The contract behind a URL, and the names of the ids in its path; None where there is none."""
    try:
        match = resolve(urlsplit(url).path)
    except Resolver404:
        return None
    contract = getattr(getattr(match.func, "cls", None), "contracts", {}).get(method)
    return contract and (contract, tuple(match.kwargs))


def assert_keeps_its_contract(
    method: str, url: str, *, status: int, body: Any, is_whole: bool = True
) -> None:
    """The answer is one that the contract tells of; its rows are whole unless `fields` cut them."""
    if (found := contract_at(method, url)) is None:
        return
    contract, names = found
    if status < 400:
        assert status == 304 or status in contract.answers, f"{contract.name} does not speak of {status}"
        if body is not None and is_whole:
            flaws = [error.message for error in _validator(contract.name, status).iter_errors(body)]
            assert not flaws, f"{contract.name}: {flaws[:3]}"
    elif body["code"] not in OF_NO_OPERATION:
        known = refusals_of(contract, method=method, path_names=names)
        assert body["code"] in known, f"{contract.name} does not speak of {body['code']}"
        assert known[body["code"]].status == status
