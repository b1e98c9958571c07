"""The contract of an endpoint: who may ask, what it hears, what it answers and refuses.

Parsing, the schema, the reference and the tests are made from it, so that they cannot part.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import Any, Generic, Required, TypedDict, TypeVar, Unpack, get_args, get_type_hints

from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from clinic.access.speakers import on_word_of
from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.web.clock import now
from clinic.web.rest.auth import actor_of
from clinic.web.rest.idempotency import ToldOnce, answered_once, refuse_useless_key
from clinic.web.rest.input_fields import Shape, parsed, parsed_query
from clinic.web.rest.versions import is_unchanged, refuse_if_stale, refuse_if_unnamed, tag_of

Body = TypeVar("Body")


class Does(Enum):
    """What an endpoint does to what there is."""

    # Nothing.
    READS = "reads"
    # Something new, or an errand: an Idempotency-Key keeps it from being done twice.
    MAKES = "makes"
    # What its path names: If-Match says how that stood when it was read, or the answer is 428.
    CHANGES = "changes"
    # The same, but harmless twice: If-Match is heard and not asked for.
    REPEATS = "repeats"


@dataclass(frozen=True, slots=True)
class Call:
    """What an endpoint is asked: by whom, in the body (`said`) and in the query (`asked`), as values."""

    request: Request
    by: Actor
    said: Mapping[str, Any]
    asked: Mapping[str, Any]
    answers: Mapping[int, Any]

    @property
    def path(self) -> str:
        return self.request.path

    def refuse_if_stale(self, *, version: int) -> None:
        """Raise VersionStale if the client names versions of what its path names, none of them this one."""
        refuse_if_stale(self.request, version=version)


@dataclass(frozen=True, slots=True)
class Answer(Generic[Body]):
    """What goes out. `version` is that of what the path names, or of what was made; it becomes the ETag.

    A body with a secret goes out once: with the same Idempotency-Key again it is `kept` that is answered.
    """

    body: Body
    status: int = 200
    version: int | None = None
    location: str = ""
    kept: Body | None = None


View = Callable[..., Answer[Any]]
Endpoint = Callable[..., HttpResponse]
_READING = ("GET", "HEAD")


class Terms(TypedDict, total=False):
    """What `speaks` is told besides the name and the act; each is a field of Contract."""

    answers: Required[Mapping[int, Any]]
    does: Does
    body: type[Shape]
    query: type[Shape]
    refuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """What an endpoint hears, does and says.

    `name` is what programs call the operation, and never changes. `answers` are the bodies by status,
    `refuses` the codes that do not follow from the rest (`clinic.web.rest.openapi.refusals`). `summary` and
    `description` are the function's own.
    """

    name: str
    act: Act
    summary: str
    description: str
    answers: Mapping[int, Any]
    does: Does = Does.READS
    body: type[Shape] = Shape
    query: type[Shape] = Shape
    refuses: tuple[str, ...] = ()

    @property
    def keeps_replies(self) -> bool:
        """Whether it honours an Idempotency-Key."""
        return self.does is not Does.READS

    def call(self, request: Request, by: Actor) -> Call:
        """What was asked, as values, and by whom, on whose word.

        Raises ValidationError, and what `on_word_of` raises.
        """
        said = {} if request.method in _READING else parsed(self.body, request.data)
        if (member := said.pop("on_word_of", None)) is not None:
            by = on_word_of(by=by, member=member, now=now())
        return Call(request, by, said, parsed_query(self.query, request.query_params), self.answers)


def speaks(name: str, act: Act, **terms: Unpack[Terms]) -> Callable[[View], Endpoint]:
    """Make an endpoint of a plain function that takes a Call and the ids of its path.

    Its annotation says what it answers with, as the terms do: `-> Answer[A]`, or `Answer[A] | Answer[B]`.
    """

    def mark(view: View) -> Endpoint:
        summary, _, description = inspect.cleandoc(view.__doc__ or "").partition("\n")
        contract = Contract(name, act, summary.removesuffix("."), description.strip(), **terms)
        assert {*contract.answers.values()} == _annotated(view), view

        @wraps(view)
        def endpoint(request: Request, **path: Any) -> HttpResponse:
            by = actor_of(request)
            refuse_unless_may(by=by, act=act)
            if contract.does is Does.CHANGES:
                refuse_if_unnamed(request)
            if not contract.keeps_replies:
                refuse_useless_key(request)
                return _response(request, view(contract.call(request, by), **path))
            return answered_once(
                request, by, lambda: _response(request, view(contract.call(request, by), **path))
            )

        setattr(endpoint, "contract", contract)  # noqa: B010  (a mark of ours on a function)
        return endpoint

    return mark


def _annotated(view: View) -> set[Any]:
    """The bodies that the function says it answers with: `-> Answer[A] | Answer[B]`."""
    said = get_type_hints(view, include_extras=True)["return"]
    kinds = [said] if getattr(said, "__origin__", None) is Answer else get_args(said)
    return {body for kind in kinds for body in get_args(kind)}


def _response(request: Request, answer: Answer[Any]) -> HttpResponse:
    content = JSONRenderer().render(answer.body)
    reads = request.method in _READING
    tag = tag_of(answer.version, content if reads else None)
    headers = {"ETag": tag} if tag else {}
    if reads and is_unchanged(request, tag=tag):
        return HttpResponse(status=304, headers=headers)
    if answer.location:
        headers["Location"] = answer.location
    if answer.kept is None:
        return HttpResponse(content, JSONRenderer.media_type, answer.status, headers=headers)
    told = ToldOnce(content, JSONRenderer.media_type, answer.status, headers=headers)
    told.kept = JSONRenderer().render(answer.kept)
    return told
