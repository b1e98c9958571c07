"""Request bodies: JSON, bounded before anything looks at it."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

LARGEST_BODY = 16 * 1024
DEEPEST_NESTING = 12


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = f"The body is longer than {LARGEST_BODY // 1024} KB."


class BoundedJSONParser(BaseParser):
    """UTF-8 JSON of at most 16 KB, without NaN, deep nesting or half characters."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge
        try:
            said = json.loads(
                body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_once_each
            )
            # A lone surrogate is valid JSON but no text: it could be neither stored nor sent back.
            json.dumps(said, ensure_ascii=False).encode("utf-8")
        except _KeyTwice as twice:
            raise ParseError(f"The key “{twice}” stands twice in one object.") from None
        except (ValueError, RecursionError):
            raise ParseError("The body is not JSON in UTF-8.") from None
        if _is_deeper_than(said, DEEPEST_NESTING):
            raise ParseError(f"The body is nested more than {DEEPEST_NESTING} levels deep.")
        return said


class _KeyTwice(Exception):
    """Which of the two is meant nobody knows, and programs choose differently (RFC 8259, 4)."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _KeyTwice(next(key for key in keys if keys.count(key) > 1)[:50])
    return said


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _is_deeper_than(said: Any, levels: int) -> bool:
    if not isinstance(said, dict | list):
        return False
    inside = said.values() if isinstance(said, dict) else said
    return levels == 0 or any(_is_deeper_than(part, levels - 1) for part in inside)
