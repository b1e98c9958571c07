"""The shape of what a client says: unknown keys are refused, types are never guessed."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar
from uuid import UUID

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.settings import api_settings

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
# Beyond these a calendar has nothing to say, and arithmetic on dates runs off its end.
_FIRST_YEAR, _LAST_YEAR = 1850, 2199


class Shape(serializers.Serializer[Any]):
    """Base of everything that is parsed. What it does not declare cannot be said.

    null says as much as nothing, unless the field itself has a null. Of the keys in `one_of` one, and one
    only, is said, of those in `any_of` one at least. A trailing underscore keeps a name from Python’s own
    words: `from_` is “from”.
    """

    one_of: ClassVar[tuple[str, ...]] = ()
    any_of: ClassVar[tuple[str, ...]] = ()
    # Keys that were once, each with what to do instead.
    gone: ClassVar[Mapping[str, str]] = {}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name.removesuffix("_"): field for name, field in super().get_fields().items()}

    def to_internal_value(self, said: Any) -> Any:
        if isinstance(said, Mapping):
            unknown = [str(key)[:50] for key in said if key not in self.fields]
            if unknown:
                raise ValidationError({key: [self.gone.get(key, f"Unknown key “{key}”.")] for key in unknown})
            said = {key: value for key, value in said.items() if value is not None or self._means_null(key)}
            if self.one_of and len(said.keys() & {*self.one_of}) != 1:
                raise _of_the_whole(f"Say one of these, and only one: {', '.join(self.one_of)}.")
            if self.any_of and not said.keys() & {*self.any_of}:
                raise _of_the_whole(f"Say at least one of these: {', '.join(self.any_of)}.")
        return super().to_internal_value(said)

    def _means_null(self, key: str) -> bool:
        return self.fields[key].required or self.fields[key].allow_null


def _of_the_whole(sentence: str) -> ValidationError:
    return ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [sentence]})


def parsed(shape: type[Shape], said: Any) -> dict[str, Any]:
    """What was said, as values. Raises ValidationError (400 `malformed`)."""
    form = shape(data=said)
    form.is_valid(raise_exception=True)
    values: dict[str, Any] = form.validated_data
    return values


def parsed_query(shape: type[Shape], said: QueryDict) -> dict[str, Any]:
    """The same for the query part of an address, in which each key may stand once."""
    for key, values in sorted(said.lists()):
        if len(values) > 1:
            raise ValidationError({key[:50]: ["Give this once."]})
        if values == [""]:
            raise ValidationError({key[:50]: ["Leave this out, or say something."]})
    return parsed(shape, said.dict())


class Text(serializers.CharField):
    """A string; numbers are not turned into one.

    `schema` is what the schema says of it beyond that, where the use case knows more than this shape.
    """

    def __init__(self, *, schema: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.schema = schema or {}

    def to_internal_value(self, said: Any) -> str:
        if not isinstance(said, str):
            raise ValidationError("A string is needed.")
        return super().to_internal_value(said)


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction, of which 5.0 is one; “5” and true are none."""

    def to_internal_value(self, said: Any) -> int:
        if type(said) is float and said.is_integer():
            said = int(said)
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
    """A public id, in the form in which answers have it; capitals are as good as small letters."""

    def to_internal_value(self, said: Any) -> UUID:
        if not isinstance(said, str) or not _UUID.fullmatch(said):
            raise ValidationError("A UUID such as 2a91a461-43b7-4ac7-8d0a-4f931913a461 is needed.")
        return UUID(said)


class WaivingShape(Shape):
    """A `reason` sets aside what the key's scopes let it; with `on_word_of`, what that member may.

    The contract takes the word out of what was said: who acts is then on it (`Call.by`).
    """

    reason = Text(required=False, allow_blank=True)
    on_word_of = Id(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """What is asked for stands before why, and on whose word."""
        fields = super().get_fields()
        last = {name: fields.pop(name) for name in ("reason", "on_word_of")}
        return {**fields, **last}


class Described(serializers.DictField):
    """An object that is read where it is used; `schema` is what the schema says of it."""

    def __init__(self, *, schema: Mapping[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.schema = schema


class Several(serializers.Field[frozenset[str], Any, Any, Any]):
    """Words of a query, with commas between them."""

    def __init__(self, *, known: Iterable[str], **options: Any) -> None:
        super().__init__(**options)
        self.known = tuple(known)

    def to_internal_value(self, said: Any) -> frozenset[str]:
        words = frozenset(str(said).split(","))
        if unknown := sorted(words - {*self.known}):
            raise ValidationError(f"Unknown: {unknown[0][:50]}. Known are {', '.join(self.known)}.")
        return words


class YesNoWord(serializers.BooleanField):
    """“true” or “false” in a query."""

    def to_internal_value(self, said: Any) -> bool:
        if said not in ("true", "false"):
            raise ValidationError("true or false is needed.")
        return bool(said == "true")


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


class Clock(serializers.TimeField):
    """A time of day, HH:MM by twenty-four hours."""

    def to_internal_value(self, said: Any) -> time:
        if not isinstance(said, str) or not _CLOCK.fullmatch(said):
            raise ValidationError("A time of day such as 09:30 is needed.")
        return time.fromisoformat(said)


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
