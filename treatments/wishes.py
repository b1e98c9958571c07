"""Wishes for a course: stored on the plan, or said for one search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from uuid import UUID

from clinic.errors import Malformed
from clinic.sentences import sentence as _
from clinic.time.wall_clock import parse_clock

_APART_MINUTES, _LONGEST_APART_MINUTES = 60, 480
_CLOCK = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_ID = {"type": "string", "format": "uuid"}
# As JSON Schema, for whoever sends them.
WISHES_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "weekdays": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 7}},
        "after": _CLOCK,
        "before": _CLOCK,
        "practitioner": _ID,
        "site": _ID,
        "same_practitioner": {"type": "boolean"},
        "same_hour": {"type": "boolean"},
        "companion": _ID,
        "within_minutes": {"type": "integer", "minimum": 0, "maximum": _LONGEST_APART_MINUTES},
        "hard": {"type": "boolean"},
    },
    "additionalProperties": False,
}
_KEYS = tuple(WISHES_SCHEMA["properties"])


@dataclass(frozen=True, slots=True)
class Wishes:
    """Weekdays are 1 (Monday) to 7; `after` and `before` bound the session on the site's wall clock.

    `companion` is another plan: each session on the date of one of its sessions, at most `within_minutes`
    from it. Hard wishes rule out what does not fit them, soft ones only make it cost more. A site is
    always hard.
    """

    weekdays: frozenset[int] = field(default_factory=frozenset)
    after: time | None = None
    before: time | None = None
    practitioner: UUID | None = None
    site: UUID | None = None
    same_practitioner: bool = False
    same_hour: bool = False
    companion: UUID | None = None
    within_minutes: int = _APART_MINUTES
    hard: bool = False

    def as_json(self) -> dict[str, Any]:
        """The same wishes as they are stored and sent; wishes nobody has are left out."""
        said = {
            "weekdays": sorted(self.weekdays),
            "after": self.after and f"{self.after:%H:%M}",
            "before": self.before and f"{self.before:%H:%M}",
            "practitioner": self.practitioner and str(self.practitioner),
            "site": self.site and str(self.site),
            "same_practitioner": self.same_practitioner,
            "same_hour": self.same_hour,
            "companion": self.companion and str(self.companion),
            "within_minutes": self.companion and self.within_minutes,
            "hard": self.hard,
        }
        return {key: value for key, value in said.items() if value}


def wishes_from(said: Mapping[str, Any]) -> Wishes:
    """Wishes out of JSON. Raises Malformed for unknown keys and for values that mean nothing."""
    if not isinstance(said, Mapping):
        raise Malformed(
            "malformed_wishes", _("Wishes are an object with keys such as “weekdays” and “after”.")
        )
    if unknown := sorted(str(key) for key in said if key not in _KEYS):
        raise Malformed(
            "unknown_wish",
            _("Unknown wish “{unknown}”. Known are: {known}.", unknown=unknown[0], known=", ".join(_KEYS)),
        )
    wishes = Wishes(
        weekdays=_weekdays(said.get("weekdays", [])),
        after=_clock(said.get("after")),
        before=_clock(said.get("before")),
        practitioner=_uuid(said.get("practitioner")),
        site=_uuid(said.get("site")),
        same_practitioner=_yes_or_no(said, "same_practitioner"),
        same_hour=_yes_or_no(said, "same_hour"),
        companion=_uuid(said.get("companion")),
        within_minutes=_minutes(said.get("within_minutes")),
        hard=_yes_or_no(said, "hard"),
    )
    if wishes.after and wishes.before and wishes.after >= wishes.before:
        raise Malformed("wishes_contradict", _("The wish “after” must be earlier than the wish “before”."))
    return wishes


def _weekdays(said: Any) -> frozenset[int]:
    days = [_whole(day) for day in said] if isinstance(said, list) else [None]
    if not all(day is not None and 1 <= day <= 7 for day in days):
        raise Malformed(
            "malformed_wishes", _("Weekdays are a list of numbers from 1 (Monday) to 7 (Sunday).")
        )
    return frozenset(day for day in days if day is not None)


def _whole(said: Any) -> int | None:
    """JSON knows one kind of number: 7.0 is 7."""
    is_whole = type(said) is int or (isinstance(said, float) and said.is_integer())
    return int(said) if is_whole else None


def _yes_or_no(said: Mapping[str, Any], key: str) -> bool:
    value = said.get(key, False)
    if not isinstance(value, bool):
        raise Malformed("malformed_wishes", _("The wish “{key}” is true or false.", key=key))
    return value


def _minutes(said: Any) -> int:
    if said is None:
        return _APART_MINUTES
    minutes = _whole(said)
    if minutes is None or not 0 <= minutes <= _LONGEST_APART_MINUTES:
        raise Malformed(
            "malformed_wishes",
            _("The wish “within_minutes” is 0 to {most} minutes.", most=_LONGEST_APART_MINUTES),
        )
    return minutes


def _clock(said: Any) -> time | None:
    if said in (None, ""):
        return None
    return parse_clock(str(said))


def _uuid(said: Any) -> UUID | None:
    if said in (None, ""):
        return None
    try:
        return UUID(str(said))
    except ValueError:
        raise Malformed("malformed_id", _("“{said}” is not a UUID.", said=said)) from None
