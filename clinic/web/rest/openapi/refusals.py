"""Every refusal there is, from the tables of the storeys: its status and what it means.

Schema, reference and tests read it from here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from clinic.web.rest.contract import Contract, Does

_TABLE = "refusals"
# Whatever is asked.
_ALWAYS = ("malformed", "key_missing", "key_refused", "scope_missing", "not_acceptable", "too_many_requests")
# Where rules are set aside on somebody's word.
_ON_A_WORD = ("has_no_word", "may_not_take_word", "unknown_member", "words_switched_off")
_OF_BODIES = ("body_too_large", "unsupported_media_type")
WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What goes out under a code. `meaning` is one line for programmers, of a page alone says so."""

    status: int
    meaning: str


@cache
def known_refusals() -> Mapping[str, Refusal]:
    """By code, of all storeys."""
    found: dict[str, Refusal] = {}
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, _TABLE):
            table: Mapping[str, tuple[int, str]] = import_module(f"{app.name}.{_TABLE}").REFUSALS
            found |= {code: Refusal(*said) for code, said in table.items()}
    return MappingProxyType(found)


def refusals_of(contract: Contract, *, method: str, path_names: tuple[str, ...]) -> dict[str, Refusal]:
    """What an operation may refuse, by code in alphabetical order; `path_names` are the ids in its path."""
    codes = {*_ALWAYS, *contract.refuses, *_implied(contract, method)}
    codes |= {f"unknown_{name.removesuffix('_id')}" for name in path_names if name.endswith("_id")}
    known = known_refusals()
    return {code: known[code] for code in sorted(codes)}


def _implied(contract: Contract, method: str) -> Iterator[str]:
    if method != "GET":
        yield from _OF_BODIES
        if contract.keeps_replies:
            yield from ("malformed_idempotency_key", "idempotency_key_reused")
        else:
            yield "useless_idempotency_key"
    if contract.does is Does.CHANGES:
        yield "version_missing"
    if contract.does in (Does.CHANGES, Does.REPEATS):
        yield "version_stale"
    if "on_word_of" in contract.body().fields:
        yield from _ON_A_WORD
    if "cursor" in {*contract.body().fields, *contract.query().fields}:
        yield "malformed_cursor"
