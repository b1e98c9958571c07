"""The OpenAPI schema, made of the contracts of the endpoints."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, get_args, get_type_hints

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from clinic.identity.permissions import SCOPES
from clinic.web.rest.contract import Contract, Does
from clinic.web.rest.errors import MEDIA_TYPE
from clinic.web.rest.idempotency import HEADER as IDEMPOTENCY_KEY
from clinic.web.rest.idempotency import LONGEST_KEY
from clinic.web.rest.input_fields import Shape
from clinic.web.rest.json_types import ProblemDetails
from clinic.web.rest.openapi.answer_types import schema_of
from clinic.web.rest.openapi.examples import example_of
from clinic.web.rest.openapi.refusals import WITH_BODY, refusals_of

# Settings say what it is.
_ACCESS_KEY = "accessKey"
_TEXT: dict[str, Any] = {"type": "string"}
# No database keeps NUL.
_ANYTHING, _SOMETHING = r"^[^\u0000]*$", r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
_PRINTABLE: dict[str, Any] = {
    "type": "string",
    "pattern": "^[!-~]+$",
    "minLength": 1,
    "maxLength": LONGEST_KEY,
}
# As far as a calendar has something to say: `clinic.web.rest.input_fields`.
_YEAR = "(18[5-9][0-9]|19[0-9]{2}|2[01][0-9]{2})"
_DAY = {"type": "string", "format": "date", "pattern": f"^{_YEAR}-"}
_INSTANT = {"type": "string", "format": "date-time", "pattern": f"^{_YEAR}-"}
_TAG: dict[str, Any] = {"ETag": {"schema": _TEXT, "description": "Of what the path names."}}
_PLACE: dict[str, Any] = {"Location": {"schema": _TEXT | {"format": "uri-reference"}, "required": True}}
_WAIT: dict[str, Any] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
_HEADERS = {"200": _TAG, "201": _TAG | _PLACE, "304": _TAG, "429": _WAIT, "503": _WAIT}


class ContractSchema(AutoSchema):
    """One operation, as its contract says it."""

    @property
    def contract(self) -> Contract:
        contracts: dict[str, Contract] = vars(type(self.view))["contracts"]
        return contracts[self.method]

    def get_operation_id(self) -> str:
        return self.contract.name

    def get_summary(self) -> str:
        return self.contract.summary

    def get_description(self, *_: str) -> str:
        return self.contract.description

    def get_tags(self) -> list[str]:
        [first, *_] = re.sub(r"^/api/v\d+/", "", self.path).split("/")
        return [first]

    def get_auth(self) -> list[dict[str, list[str]]]:
        # From 3.1 on what a key needs may be said of any scheme; one of these scopes will do.
        return [{_ACCESS_KEY: [scope.value]} for scope, acts in SCOPES.items() if self.contract.act in acts]

    def get_examples(self) -> list[OpenApiExample]:
        if (example := example_of(self.contract.name)) is None:
            return []
        shown = [
            OpenApiExample(
                example.request,
                value=example.answer,
                response_only=True,
                status_codes=[str(example.status)],
                media_type="application/json",
            )
        ]
        if example.body is not None:
            shown.append(OpenApiExample(example.request, value=example.body, request_only=True))
        return shown

    def get_request_serializer(self) -> type[Shape] | None:
        return self.contract.body if self.method in WITH_BODY else None

    def get_override_parameters(self) -> list[Any]:
        return [*self._query_parameters(), *self._header_parameters()]

    def _query_parameters(self) -> Iterator[OpenApiParameter]:
        for name, field in self.contract.query().fields.items():
            schema = self._map_serializer_field(field, "request")
            if name == "fields":
                schema = self._fields_of_rows()
            elif schema.get("type") == "string":
                # What has nothing to say is left out.
                schema = {"pattern": _SOMETHING} | schema
            yield OpenApiParameter(name, schema, OpenApiParameter.QUERY, required=field.required)

    def _header_parameters(self) -> list[OpenApiParameter]:
        does, asked = self.contract.does, []
        if self.contract.keeps_replies:
            said = "The same request with the same key is done once."
            asked.append((IDEMPOTENCY_KEY, _PRINTABLE, False, said))
        if does in (Does.CHANGES, Does.REPEATS):
            said = "The ETag of what the path names, as it was read."
            asked.append(("If-Match", _TEXT, does is Does.CHANGES, said))
        if self.method == "GET":
            asked.append(("If-None-Match", _TEXT, False, "The ETag of the answer that the client has."))
        return [
            OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=required, description=said)
            for name, kind, required, said in asked
        ]

    def get_response_serializers(self) -> Any:
        answers: dict[Any, OpenApiResponse] = {
            (str(status), "application/json"): OpenApiResponse(
                schema_of(body, self.registry), description="Done." if status == 200 else "Made."
            )
            for status, body in self.contract.answers.items()
        }
        if self.method == "GET":
            answers["304"] = OpenApiResponse(None, description="The client has this very answer.")
        meanings: dict[int, dict[str, str]] = defaultdict(dict)
        names = tuple(re.findall(r"{(\w+)}", self.path))
        for code, refusal in refusals_of(self.contract, method=self.method, path_names=names).items():
            meanings[refusal.status][code] = refusal.meaning
        for status, by_code in sorted(meanings.items()):
            answers[str(status), MEDIA_TYPE] = OpenApiResponse(
                schema_of(ProblemDetails, self.registry),
                description="\n".join(f"* `{code}`: {meaning}" for code, meaning in by_code.items()),
                examples=[_problem(status, min(by_code))],
            )
        return answers

    def _get_response_headers_for_code(self, status_code: str, direction: str = "response") -> dict[str, Any]:
        return _HEADERS.get(status_code, {})

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        properties = schema.setdefault("properties", {})
        if "fields" in properties:
            properties["fields"] = self._fields_of_rows()
        return _strict(schema, serializer) if isinstance(serializer, Shape) else schema

    def _fields_of_rows(self) -> dict[str, Any]:
        return _several(get_type_hints(get_args(self.contract.answers[200])[0]))


def _problem(status: int, code: str) -> OpenApiExample:
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    return OpenApiExample(code, value=told | {"detail": "What to do next, for people."})


def _several(words: Iterable[str]) -> dict[str, Any]:
    """Some of the words, with commas between them."""
    listed = list(words)
    known = "|".join(listed)
    return _TEXT | {"pattern": f"^({known})(,({known}))*$", "x-some-of": listed}


def _strict(schema: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """What a Shape refuses: unknown keys, and none or several of those of which one is said.

    What may be left out may be null.
    """
    schema["additionalProperties"] = False
    for name, field in shape.fields.items():
        if not field.required:
            schema["properties"][name] = {"anyOf": [schema["properties"][name], {"type": "null"}]}
    # Not as `oneOf`, of which generators of clients make a class for each.
    if shape.one_of:
        schema["x-one-of"] = list(shape.one_of)
    if shape.any_of:
        schema["x-any-of"] = list(shape.any_of)
    return schema


class SeveralField(OpenApiSerializerFieldExtension):
    """Words with commas between them."""

    target_class = "clinic.web.rest.input_fields.Several"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return _several(self.target.known)


class TextField(OpenApiSerializerFieldExtension):
    """A string without NUL, and with something in it unless it may be blank."""

    target_class = "clinic.web.rest.input_fields.Text"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        text = self.target
        schema = _TEXT | {"pattern": _ANYTHING if text.allow_blank else _SOMETHING, **text.schema}
        return schema if text.max_length is None else schema | {"maxLength": text.max_length}


class DescribedField(OpenApiSerializerFieldExtension):
    """An object that says itself what it may hold."""

    target_class = "clinic.web.rest.input_fields.Described"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return dict(self.target.schema)


class DayOrInstantField(OpenApiSerializerFieldExtension):
    """A date, or an instant."""

    target_class = "clinic.web.rest.input_fields.DayOrInstant"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"anyOf": [_DAY, _INSTANT]}


class DayField(OpenApiSerializerFieldExtension):
    """A date."""

    target_class = "clinic.web.rest.input_fields.Day"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return dict(_DAY)


class ClockField(OpenApiSerializerFieldExtension):
    """A time of day."""

    target_class = "clinic.web.rest.input_fields.Clock"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return _TEXT | {"pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}


class InstantField(OpenApiSerializerFieldExtension):
    """An instant with its offset."""

    target_class = "clinic.web.rest.input_fields.Instant"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return dict(_INSTANT)
