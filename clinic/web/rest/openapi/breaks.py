"""What of a schema would break clients made of an older one; docs/api-policy.md says what may change."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
# Words for people, and of what may grow.
_SAYS_NOTHING = {"description", "title", "example", "examples", "x-known-values", "default"}
_STRUCTURE = {"properties", "required", "items", "anyOf", "additionalProperties", "oneOf", "enum"}


def breaks(before: Schema, now: Schema) -> Iterator[str]:
    """One sentence for each thing that a client of `before` would miss or be refused."""
    there = {
        (path, method): said for path, methods in now["paths"].items() for method, said in methods.items()
    }
    for path, methods in before["paths"].items():
        for method, was in methods.items():
            where, stands = f"{method.upper()} {path}", there.get((path, method))
            if stands is None:
                yield f"{where} is gone"
            else:
                yield from (f"{where}: {sentence}" for sentence in _of_operation(was, stands, before, now))


def _of_operation(was: Schema, stands: Schema, before: Schema, now: Schema) -> Iterator[str]:
    if was["operationId"] != stands["operationId"]:
        yield f"is called {stands['operationId']} and was {was['operationId']}"
    if not _scopes(was) <= _scopes(stands):
        yield f"does not open to {', '.join(sorted(_scopes(was) - _scopes(stands)))} any more"
    heard, told = _Comparison(before, now, hears=True), _Comparison(before, now, hears=False)
    yield from heard.differing(_parameters(was), _parameters(stands), "asked")
    yield from heard.differing(_body(was), _body(stands), "body")
    for status, answer in was["responses"].items():
        if status.startswith("2"):
            other = stands["responses"].get(status)
            if other is None:
                yield f"does not answer {status} any more"
            else:
                yield from told.differing(_content(answer), _content(other), status)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Of what is heard all that was accepted is accepted; of what is told all that was there is there."""

    before: Schema
    now: Schema
    hears: bool

    def differing(self, was: Schema, stands: Schema, where: str) -> Iterator[str]:
        was, may_have_been_null = _without_null(_resolved(was, self.before), self.before)
        stands, may_be_null = _without_null(_resolved(stands, self.now), self.now)
        if (may_have_been_null > may_be_null) if self.hears else (may_be_null > may_have_been_null):
            yield f"{where} " + ("may not be null any more" if self.hears else "may be null")
        if _plain(was) != _plain(stands):
            yield f"{where} is another kind of value"
        if set(was.get("x-some-of", [])) - set(stands.get("x-some-of", [])):
            yield f"{where} refuses a word that it knew"
        yield from self._properties(was, stands, where)
        if "items" in was and "items" in stands:
            yield from self.differing(was["items"], stands["items"], f"{where}[]")
        yield from self._alternatives(was, stands, where)

    def _properties(self, was: Schema, stands: Schema, where: str) -> Iterator[str]:
        had, has = was.get("properties", {}), stands.get("properties", {})
        needed, needs = set(was.get("required", [])), set(stands.get("required", []))
        for name in had:
            if name not in has:
                yield f"{where}.{name} is gone"
            else:
                yield from self.differing(had[name], has[name], f"{where}.{name}")
        changed = needs - needed if self.hears else (needed - needs) & has.keys()
        for name in sorted(changed):
            yield f"{where}.{name} " + ("must be said" if self.hears else "may be missing")

    def _alternatives(self, was: Schema, stands: Schema, where: str) -> Iterator[str]:
        for key in ("anyOf", "oneOf"):
            had, has = _kinds(was, key), _kinds(stands, key)
            if (had.keys() - has.keys()) if self.hears else (has.keys() - had.keys()):
                yield f"{where} is one of other kinds of values"
            for kind in had.keys() & has.keys():
                yield from self.differing(had[kind], has[kind], where)
        if not (set(was.get("enum", [])) <= set(stands.get("enum", was.get("enum", [])))) and self.hears:
            yield f"{where} refuses a word that it knew"


def _resolved(said: Schema, document: Schema) -> Schema:
    while "$ref" in said:
        said = document["components"]["schemas"][said["$ref"].rpartition("/")[2]]
    return said


def _without_null(said: Schema, document: Schema) -> tuple[Schema, bool]:
    """What it is but for null, where that is one kind of value; and whether it may be null."""
    others = [one for one in said.get("anyOf", ()) if one.get("type") != "null"]
    is_one_or_null = len(others) == 1 and len(said["anyOf"]) == 2
    return (_resolved(others[0], document), True) if is_one_or_null else (said, False)


def _plain(said: Schema) -> dict[str, Any]:
    # The pattern of a list of words only spells them out.
    others = {"x-some-of", "pattern"} if "x-some-of" in said else set()
    return {key: value for key, value in said.items() if key not in _SAYS_NOTHING | _STRUCTURE | others}


def _kinds(said: Schema, key: str) -> dict[str, Schema]:
    """The alternatives, by what tells them apart: the object's name, or the kind of value."""
    return {
        one.get("$ref") or json.dumps([_plain(one), one.get("required")], sort_keys=True): one
        for one in said.get(key, [])
    }


def _scopes(operation: Schema) -> set[str]:
    return {scope for needs in operation["security"] for scope in needs["accessKey"]}


def _parameters(operation: Schema) -> Schema:
    asked = operation.get("parameters", [])
    return {
        "properties": {one["name"]: one["schema"] for one in asked},
        "required": [one["name"] for one in asked if one.get("required")],
    }


def _body(operation: Schema) -> Schema:
    return _content(operation.get("requestBody", {}))


def _content(said: Schema) -> Schema:
    schema: Schema = said.get("content", {}).get("application/json", {}).get("schema", {})
    return schema
