"""Lists: walked by a cursor that no change of a row can upset, or one page in an order that is asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_type_hints

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clinic.errors import Malformed
from clinic.sentences import sentence as _
from clinic.web.rest.contract import Answer, Call
from clinic.web.rest.input_fields import Instant, Shape
from clinic.web.rest.json_types import Found, Page

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 200

RowJson = TypeVar("RowJson")
Kind = TypeVar("Kind", bound=Model)


class ListShape(Shape):
    """What every list may be asked. `orders` are the orders that it knows, each with its columns."""

    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    limit = serializers.IntegerField(min_value=1, max_value=LARGEST_LIMIT, default=DEFAULT_LIMIT)
    cursor = serializers.CharField(required=False, max_length=2000)
    fields_ = serializers.CharField(required=False, max_length=1000)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        order = serializers.ChoiceField(choices=sorted(self.orders), required=False)
        return {**super().get_fields(), **({"order": order} if self.orders else {})}

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if {"order", "cursor"} <= said.keys():
            raise ValidationError("A cursor walks by id: leave out the order, or the cursor.")
        if "order" in said:
            said["order_by"] = self.orders[said["order"]]
        return said


class ChangingShape(ListShape):
    """Of rows that say when they were changed last."""

    updated_since = Instant(required=False)


@dataclass(frozen=True, slots=True)
class Piece(Generic[Kind]):
    """Rows of a list, the cursor of those that follow, and whether there are any.

    Answering raises ValidationError for `fields` that a row has not.
    """

    call: Call
    rows: list[Kind]
    cursor: str | None
    has_more: bool

    def answer(self, show: Callable[[Kind], RowJson]) -> Answer[Page[RowJson]]:
        """To a GET: the address of the next piece comes with it."""
        following = _address(self.call, self.cursor) if self.cursor else None
        page: Page[RowJson] = {"results": self._shown(show), "next": following, "more": self.has_more}
        return Answer(page)

    def answer_to_post(self, show: Callable[[Kind], RowJson]) -> Answer[Found[RowJson]]:
        """To a search by POST: what to send again, with the same words, for the next piece."""
        found: Found[RowJson] = {
            "results": self._shown(show),
            "cursor": self.cursor,
            "more": self.has_more,
        }
        return Answer(found)

    def _shown(self, show: Callable[[Kind], RowJson]) -> list[RowJson]:
        chosen = _chosen(self.call)
        return [chosen(show(row)) for row in self.rows]


def piece_of(call: Call, rows: QuerySet[Kind]) -> Piece[Kind]:
    """The rows after the cursor by id, or the first ones in the order that is asked for.

    A row that lives throughout a walk is seen exactly once, however it moves meanwhile. Raises
    Malformed (`malformed_cursor`).
    """
    asked = _asked(call)
    rows, limit = _updated(rows, asked.get("updated_since")), asked["limit"]
    signer = Signer(salt=f"cursor:{call.path}:{call.by.clinic_id}")
    order = asked.get("order_by", ())
    if cursor := asked.get("cursor"):
        rows = rows.filter(pk__gt=_opened(signer, cursor))
    found = list(rows.order_by(*order, "pk")[: limit + 1])
    has_more, shown = len(found) > limit, found[:limit]
    goes_on = has_more and not order
    return Piece(call, shown, signer.sign_object(shown[-1].pk) if goes_on else None, has_more)


def ranked_piece_of(call: Call, rows: Sequence[Kind]) -> Piece[Kind]:
    """The rows after the cursor, of few that are found anew each time and stand in an order of their own.

    The cursor counts them: who is found meanwhile may shift the rest. Raises Malformed (`malformed_cursor`).
    """
    asked = _asked(call)
    signer = Signer(salt=f"ranked:{call.path}:{call.by.clinic_id}")
    first = _opened(signer, cursor) if (cursor := asked.get("cursor")) else 0
    end = first + asked["limit"]
    has_more = len(rows) > end
    return Piece(call, list(rows[first:end]), signer.sign_object(end) if has_more else None, has_more)


def _asked(call: Call) -> Mapping[str, Any]:
    """What a list is asked stands in the query, or in the body of a search."""
    return call.asked if "limit" in call.asked else call.said


def _updated(rows: QuerySet[Kind], since: Any) -> QuerySet[Kind]:
    # Of what has not said yet when it was changed, nobody knows that it was not.
    return rows.filter(Q(changed_at__gte=since) | Q(changed_at__isnull=True)) if since else rows


def _chosen(call: Call) -> Callable[[Any], Any]:
    """What is left of a row when only some of its keys are asked for."""
    asked = _asked(call).get("fields")
    if asked is None:
        return lambda row: row
    [row_type] = get_args(call.answers[200])
    known, names = get_type_hints(row_type), asked.split(",")
    if unknown := [name for name in names if name not in known]:
        raise ValidationError({"fields": [f"Unknown: {unknown[0][:50]}. Known are {', '.join(known)}."]})
    return lambda row: {name: row[name] for name in known if name in names and name in row}


def _opened(signer: Signer, cursor: str) -> int:
    # Signed, so that what is in it needs no second look; salted, so that it is good in one list alone.
    try:
        position: int = signer.unsign_object(cursor)
    except BadSignature:
        raise Malformed(
            "malformed_cursor", _("This cursor is not one of ours. Start from the first page.")
        ) from None
    return position


def _address(call: Call, cursor: str) -> str:
    query = call.request.query_params.copy()
    query["cursor"] = cursor
    return call.request.build_absolute_uri(f"{call.path}?{query.urlencode()}")
