"""What must hold of rest: no act brings two courses of a patient too near, but with a reason."""

from collections.abc import Iterator
from itertools import combinations

from scheduling.models import SCHEDULED, Outcome, SessionStatus
from tests.support.faults.pictures import Picture, Row
from tests.support.worlds import World
from treatments.models import SessionType

Pair = tuple[int, int]


def too_near(before: Picture, after: Picture, *, world: World, **_: object) -> Iterator[str]:
    kinds = dict(SessionType.objects.filter(clinic=world.clinic).values_list("pk", "key"))
    for pair in _near(after, kinds) - _near(before, kinds):
        one, other = (after.sessions[key] for key in pair)
        if not any(_is_excused(before.sessions.get(row["id"]), row) for row in (one, other)):
            yield f"Sessions {pair} on {one['local_date']} and {other['local_date']} are too near."


def _near(picture: Picture, kinds: dict[int, str]) -> set[Pair]:
    """Sessions of different courses, or of none, that lack their rest."""
    counted = [row for row in picture.sessions.values() if _counts(row)]
    return {
        (one["id"], other["id"])
        for one, other in combinations(sorted(counted, key=lambda row: (row["local_date"], row["id"])), 2)
        if one["patient_id"] == other["patient_id"]
        and (one["plan_id"] is None or one["plan_id"] != other["plan_id"])
        and _lacks_rest(one, other, kinds)
    }


def _counts(row: Row) -> bool:
    is_dated = row["status"] in SCHEDULED and row["local_date"] is not None
    return is_dated and bool(row["outcome"] != Outcome.NOT_GIVEN)


def _lacks_rest(one: Row, other: Row, kinds: dict[int, str]) -> bool:
    earlier, later = kinds[one["session_type_id"]], kinds[other["session_type_id"]]
    apart = (other["local_date"] - one["local_date"]).days
    both_ways = _days(earlier, later) if apart else max(_days(earlier, later), _days(later, earlier))
    return bool(apart < both_ways)


def _days(earlier: str, later: str) -> int:
    """The table of the clinic, as its practice says it."""
    if {earlier, later} & {"consultation", "review"}:
        return 0
    if earlier == "svf-combination":
        return 28
    return 11 if earlier == later else 7


def _is_excused(was: Row | None, row: Row) -> bool:
    """It was set aside; it is a fact; or the patient is here, whatever was planned."""
    came = was is not None and was["status"] == SessionStatus.MISSED
    is_fact = row["is_done_elsewhere"] or row["status"] in (
        SessionStatus.COMPLETED,
        SessionStatus.IN_TREATMENT,
    )
    return came or is_fact or any(entry["code"].startswith("rest_") for entry in row["waived"])
