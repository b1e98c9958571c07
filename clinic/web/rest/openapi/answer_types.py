"""JSON Schema of the types of answers: TypedDicts become components of the OpenAPI schema."""

import inspect
import types
from collections.abc import Mapping
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from clinic.web.rest.json_types import Form, Words

_PLAIN: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}


def schema_of(said: Any, registry: ComponentRegistry) -> dict[str, Any]:
    """The schema of a type, with each TypedDict in it registered under its name. Raises TypeError."""
    if said in _PLAIN:
        return dict(_PLAIN[said])
    origin, arguments = get_origin(said), get_args(said)
    if origin in (NotRequired, Required):
        return schema_of(arguments[0], registry)
    if origin is Annotated:
        return schema_of(arguments[0], registry) | _marks(arguments[1:])
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(one, registry) for one in arguments]}
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0], registry)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1], registry)}
    if is_typeddict(origin or said):
        return _component(origin or said, arguments, registry)
    raise TypeError(f"{said} is no type of an answer.")


def _marks(marks: tuple[Any, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for mark in marks:
        if isinstance(mark, Form):
            told["format"] = mark.name
        elif isinstance(mark, Words):
            known = ", ".join(f"`{word}`" for word in mark.known)
            # Not an enumeration: a word that is new would break clients that were made of it.
            told |= {"description": f"{known}; more may come.", "x-known-values": list(mark.known)}
    return told


def _component(kind: Any, arguments: tuple[Any, ...], registry: ComponentRegistry) -> dict[str, Any]:
    name = kind.__name__.removesuffix("Json") + "".join(
        one.__name__.removesuffix("Json") for one in arguments
    )
    component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=(kind, arguments))
    if component in registry:
        return dict(registry[component].ref)
    registry.register(component)
    filled = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=False))
    hints = get_type_hints(kind, include_extras=True)
    component.schema = {
        "type": "object",
        "description": inspect.cleandoc(kind.__doc__ or "").partition("\n")[0],
        "properties": {key: schema_of(_filled(one, filled), registry) for key, one in hints.items()},
        "required": sorted(kind.__required_keys__),
    }
    return dict(component.ref)


def _filled(said: Any, filled: Mapping[Any, Any]) -> Any:
    """With the type that a generic TypedDict was given."""
    if isinstance(said, TypeVar):
        return filled[said]
    if get_origin(said) is list:
        return types.GenericAlias(list, (_filled(get_args(said)[0], filled),))
    return said
