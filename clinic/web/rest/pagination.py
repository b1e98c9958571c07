"""Lists in pieces: `{results, next}`, each piece found by where the last one ended, never by counting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.errors import Malformed

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a list, and the address of those that follow."""

    rows: Sequence[Any]
    following: str | None

    def answer(self, show: Callable[[Any], dict[str, Any]]) -> Response:
        return Response({"results": [show(row) for row in self.rows], "next": self.following})


def piece_of(request: Request, rows: QuerySet[Any], *, by: Sequence[str], asked: Mapping[str, Any]) -> Piece:
    """The rows after the cursor in the order of the fields `by`, which together must be unique.

    `asked` holds `limit` and `cursor` (see ListShape). Raises Malformed (`malformed_cursor`).
    """
    rows = rows.order_by(*by)
    signer = Signer(salt=f"cursor:{rows.model._meta.label}:{','.join(by)}")
    if asked["cursor"]:
        rows = rows.filter(_after(rows, by, _opened(signer, asked["cursor"])))
    found = list(rows[: asked["limit"] + 1])
    shown, is_last = found[: asked["limit"]], len(found) <= asked["limit"]
    following = None if is_last else _address(request, signer.sign_object(_position(shown[-1], by)))
    return Piece(shown, following)


def _position(row: Model, by: Sequence[str]) -> list[str]:
    return [str(getattr(row, name)) for name in by]


def _opened(signer: Signer, cursor: str) -> list[str]:
    # Signed, so that what is in it needs no second look.
    try:
        position: list[str] = signer.unsign_object(cursor)
    except BadSignature:
        raise Malformed(
            "malformed_cursor", "This cursor is not one of ours. Start from the first page."
        ) from None
    return position


def _after(rows: QuerySet[Any], by: Sequence[str], position: Sequence[str]) -> Q:
    """(a, b, c) > (x, y, z), said so that an index on a can be used."""
    values = {name: _field(rows, name).to_python(text) for name, text in zip(by, position, strict=True)}
    after = Q()
    for depth, name in enumerate(by):
        same = {earlier: values[earlier] for earlier in by[:depth]}
        after |= Q(**same, **{f"{name}__gt": values[name]})
    return Q(**{f"{by[0]}__gte": values[by[0]]}) & after


def _field(rows: QuerySet[Any], name: str) -> Any:
    made = rows.query.annotations.get(name)
    return made.output_field if made is not None else rows.model._meta.get_field(name)


def _address(request: Request, cursor: str) -> str:
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
