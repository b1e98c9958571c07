"""The protocols that the service must carry, as rows of a clinic's catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.cast import NOW
from tests.support.worlds import World
from treatments.models import Protocol, Step

Steps = Sequence[Mapping[str, Any]]

_FIRST: dict[str, Any] = {"anchor": "start", "later_days": 42}
_TOLERANCE = {"earlier_days": 3, "later_days": 4}


def _weeks(anchor: str, *weeks: int) -> list[dict[str, Any]]:
    return [_FIRST, *({"anchor": anchor, "interval_days": 7 * n, **_TOLERANCE} for n in weeks)]


def _monthly(months: int) -> dict[str, Any]:
    return {"repeats": True, "interval_months": months, **_TOLERANCE}


_REVIEW = {"kind": "review", "booking": "when_due", **_TOLERANCE}
# Name → its steps, and how many treatments are prescribed at first.
CARRIED: dict[str, tuple[Steps, int]] = {
    "every two weeks": ([_FIRST, {"repeats": True, "interval_days": 14, **_TOLERANCE}], 4),
    "one and two reviews": (
        [
            _FIRST,
            {**_REVIEW, "anchor": "first", "interval_months": 1},
            {**_REVIEW, "anchor": "first", "interval_months": 7, "earlier_months": 1, "later_months": 1},
        ],
        1,
    ),
    "monthly": ([_FIRST, _monthly(1)], 4),
    "three monthly and a booster": ([_FIRST, _monthly(1), {"interval_months": 3, **_TOLERANCE}], 4),
    "weeks 0 1 2 3 5 7 11": (_weeks("previous", 1, 1, 1, 2, 2, 4), 4),
    "weeks 0 1 2 3 5 7 11 from the first": (_weeks("first", 1, 2, 3, 5, 7, 11), 4),
    "weekly with a review": (
        [
            _FIRST,
            {"repeats": True, "interval_days": 7, **_TOLERANCE},
            {**_REVIEW, "anchor": "last", "interval_days": 42},
        ],
        4,
    ),
    "every half year": ([_FIRST, _monthly(6)], 3),
}


def a_protocol(
    *, world: World, steps: Steps, key: str = "carried", session_type: str = "mesotherapy", **fields: Any
) -> Protocol:
    """A protocol of 1 to 12 sessions whose steps say that; the next version if there is one of that key."""
    older = Protocol.objects.filter(clinic=world.clinic, key=key)
    version = older.count() + 1
    older.update(is_current=False)
    protocol: Protocol = Protocol.objects.create(
        **{
            "clinic": world.clinic,
            "key": key,
            "version": version,
            "name": "Carried",
            "min_sessions": 1,
            "max_sessions": 12,
            "changed_at": NOW,
            **fields,
        }
    )
    Step.objects.bulk_create(
        [
            Step(
                clinic=world.clinic,
                protocol=protocol,
                position=position,
                session_type=world.session_types[
                    "review" if said.get("kind") == "review" else said.get("session_type", session_type)
                ],
                **{name: value for name, value in said.items() if name != "session_type"},
            )
            for position, said in enumerate(steps, start=1)
        ]
    )
    world.protocols[key] = protocol
    return protocol
