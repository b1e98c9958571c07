"""The reference of the REST interface as pages, made of the schema and the tables of refusals."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from clinic.web.rest.openapi.refusals import known_refusals

_MADE = "Made by `manage.py api_reference` from the code: what is changed here is lost."
_OF_ERRORS = (
    "Every refusal is `application/problem+json` (RFC 9457). `code` is stable and for machines; `detail` is "
    "for people and says what to do next. What could not be read has `fields`, what a rule refused has "
    "`problems`, what was taken has `taken`. New codes may come: treat one that you do not know by its "
    "status. Those under 200 stand only among the `problems` or `warnings` of an answer. Some are met at the "
    "desk alone."
)
_OF_REFERENCE = (
    "`GET /api/v1/schema/` answers with the same as OpenAPI 3.1, without a key. What holds everywhere – "
    "keys, tags, lists, repeating a request – is said in [api.md](api.md), the codes in "
    "[api-errors.md](api-errors.md)."
)
_SCHEMAS = "#/components/schemas/"
_PREFIX = "/api/v1"

Schema = Mapping[str, Any]


def errors_page() -> str:
    """Every code there is, by status."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code, refusal in sorted(known_refusals().items()):
        by_status[refusal.status].append(f"| `{code}` | {refusal.meaning} |")
    parts = [
        "# Errors",
        _MADE,
        _OF_ERRORS,
    ]
    for status, rows in sorted(by_status.items()):
        parts += [f"## {status}", "\n".join(["| code | meaning |", "|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def reference_page() -> str:
    """Every operation and every component, in alphabetical order of paths."""
    schema: Schema = SchemaGenerator().get_schema(public=True)
    parts = [
        "# Reference",
        _MADE,
        _OF_REFERENCE,
        "## Operations",
    ]
    for path, methods in sorted(schema["paths"].items()):
        for method, operation in methods.items():
            title = f"### `{method.upper()} {path.removeprefix(_PREFIX)}`"
            parts += [title, *_operation(operation)]
    parts.append("## Objects")
    for name, component in sorted(schema["components"]["schemas"].items()):
        if component.get("properties"):
            parts += [f"### {name}", *_described(component), _fields(component)]
    return "\n\n".join(parts) + "\n"


def recorded_schema() -> str:
    """The OpenAPI document, to be kept."""
    made = SchemaGenerator().get_schema(public=True)
    return json.dumps(made, default=str, ensure_ascii=False, indent=1) + "\n"


def _operation(operation: Schema) -> Iterator[str]:
    about = f"{operation['summary']}. {operation.get('description', '')}".strip()
    yield f"**`{operation['operationId']}`** {about}"
    yield "\n".join(f"* {line}" for line in _facts(operation))


def _facts(operation: Schema) -> Iterator[str]:
    yield "scope " + " or ".join(
        f"`{scope}`" for needs in operation["security"] for scope in needs["accessKey"]
    )
    parameters = operation.get("parameters", [])
    headers = [one for one in parameters if one["in"] == "header"]
    yield from (f"`{one['name']}`{'' if one.get('required') else ', if you like'}" for one in headers)
    asked = [one for one in parameters if one["in"] == "query"]
    if asked:
        yield "query: " + ", ".join(f"`{one['name']}` ({_type(one['schema'])})" for one in asked)
    if body := operation.get("requestBody"):
        yield "body: " + _type(body["content"]["application/json"]["schema"])
    codes = []
    for status, answer in sorted(operation["responses"].items()):
        content = answer.get("content", {})
        if "application/json" in content:
            yield f"{status}: " + _type(content["application/json"]["schema"])
        elif content:
            codes += [line.split("`")[1] for line in answer["description"].splitlines()]
    yield "refuses: " + ", ".join(f"`{code}`" for code in sorted(codes))


def _described(component: Schema) -> Iterable[str]:
    return [component["description"]] if component.get("description") else []


def _fields(component: Schema) -> str:
    needed = set(component.get("required", []))
    rows = [
        f"| `{name}` | {_type(said)} | {'' if name in needed else 'may be missing'} |"
        for name, said in component["properties"].items()
    ]
    return "\n".join(["| | | |", "|---|---|---|", *rows])


def _type(said: Schema) -> str:
    """In few words what a value is."""
    if "$ref" in said:
        name = said["$ref"].removeprefix(_SCHEMAS)
        return f"[{name}](#{name.lower()})"
    if "anyOf" in said:
        return " or ".join(_type(one) for one in said["anyOf"])
    if "oneOf" in said or "allOf" in said:
        return " or ".join(_type(one) for one in (said.get("oneOf") or said["allOf"]))
    if "x-known-values" in said:
        return "one of " + ", ".join(f"`{word}`" for word in said["x-known-values"] if word)
    if "enum" in said:
        return "one of " + ", ".join(f"`{word}`" for word in said["enum"])
    if said.get("type") == "array":
        return f"list of {_type(said['items'])}"
    kinds = said.get("type", "anything")
    return str(said.get("format") or (" or ".join(kinds) if isinstance(kinds, list) else kinds))
