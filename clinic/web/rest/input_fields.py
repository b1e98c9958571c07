"""The shape of what a client says: unknown keys are refused, types are never guessed."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clinic.web.rest.pagination import DEFAULT_LIMIT, LARGEST_LIMIT

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
# Beyond these a calendar has nothing to say, and arithmetic on dates runs off its end.
_FIRST_YEAR, _LAST_YEAR = 1850, 2199


class Shape(serializers.Serializer[Any]):
    """Base of everything that is parsed. What it does not declare cannot be said."""

    def to_internal_value(self, said: Any) -> Any:
        if isinstance(said, Mapping):
            unknown = [str(key)[:50] for key in said if key not in self.fields]
            if unknown:
                raise ValidationError({key: [f"Unknown key “{key}”."] for key in unknown})
        return super().to_internal_value(said)


class ListShape(Shape):
    """What every list may be asked."""

    limit = serializers.IntegerField(min_value=1, max_value=LARGEST_LIMIT, default=DEFAULT_LIMIT)
    cursor = serializers.CharField(default="", max_length=2000)


def parsed(shape: type[Shape], said: Any) -> dict[str, Any]:
    """What was said, as values. Raises ValidationError (400 `malformed`)."""
    form = shape(data=said)
    form.is_valid(raise_exception=True)
    values: dict[str, Any] = form.validated_data
    return values


def parsed_query(shape: type[Shape], said: QueryDict) -> dict[str, Any]:
    """The same for the query part of an address, in which each key may stand once."""
    if twice := sorted(key for key, values in said.lists() if len(values) > 1):
        raise ValidationError({twice[0][:50]: ["Give this once."]})
    return parsed(shape, said.dict())


class Text(serializers.CharField):
    """A string; numbers are not turned into one."""

    def to_internal_value(self, said: Any) -> str:
        if not isinstance(said, str):
            raise ValidationError("A string is needed.")
        return super().to_internal_value(said)


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction; “5” and true are none."""

    def to_internal_value(self, said: Any) -> int:
        if type(said) is not int:
            raise ValidationError("A whole number is needed.")
        return super().to_internal_value(said)


class YesNo(serializers.BooleanField):
    """A JSON true or false; “yes” and 1 are none."""

    def to_internal_value(self, said: Any) -> bool:
        if type(said) is not bool:
            raise ValidationError("True or false is needed.")
        return said


class Id(serializers.UUIDField):
    """A public id."""

    def to_internal_value(self, said: Any) -> UUID:
        if not isinstance(said, str):
            raise ValidationError("A UUID as a string is needed.")
        return super().to_internal_value(said)


class Day(serializers.DateField):
    """A date, YYYY-MM-DD."""

    def to_internal_value(self, said: Any) -> date:
        try:
            day = date.fromisoformat(said) if isinstance(said, str) and _DATE.fullmatch(said) else None
        except ValueError:
            day = None
        if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValidationError(f"A date such as 2027-01-04 is needed, {_FIRST_YEAR} to {_LAST_YEAR}.")
        return day


class Instant(serializers.DateTimeField):
    """An RFC 3339 instant with its offset, as UTC."""

    def to_internal_value(self, said: Any) -> datetime:
        try:
            instant = (
                datetime.fromisoformat(said.upper()).astimezone(UTC)
                if isinstance(said, str) and _INSTANT.fullmatch(said)
                else None
            )
        except (ValueError, OverflowError):
            instant = None
        if instant is None or not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
            raise ValidationError("An instant with its offset such as 2027-01-04T09:00:00+01:00 is needed.")
        return instant


class DayOrInstant(serializers.Field[date | datetime, Any, Any, Any]):
    """A date, or an instant with its offset."""

    def to_internal_value(self, said: Any) -> date | datetime:
        is_day = isinstance(said, str) and len(said) <= len("2027-01-04")
        return Day().to_internal_value(said) if is_day else Instant().to_internal_value(said)
