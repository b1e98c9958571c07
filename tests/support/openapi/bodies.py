"""A body for every endpoint that asks for one before it looks for what its path names."""

from typing import Any

from tests.support.matrix.doors import Door
from tests.support.matrix.rows import Rows

# By the name of the path.
_SAID: dict[str, dict[str, Any]] = {
    "api-amend": {"sessions": 5},
    "api-book": {"proposal": "anything"},
    "api-enter-leave": {"starts_at": "2027-01-04T09:00:00+01:00"},
    "api-close-site": {"starts_at": "2027-01-04T09:00:00+01:00", "ends_at": "2027-01-05T09:00:00+01:00"},
    "api-leave-end": {"at": "2027-01-04T09:00:00+01:00"},
    "api-closure-end": {"at": "2027-01-04T09:00:00+01:00"},
    "api-complete": {"outcome": "given"},
    "api-correct": {"why": "The sheet says otherwise", "missed": True},
    "api-cancel": {"cancelled_by": "clinic", "reason": "Flu"},
    "api-cancel-course": {"cancelled_by": "clinic", "reason": "Flu", "what": "rest"},
    "api-elsewhere": {"on": "2027-01-01", "place": "Utrecht"},
    "api-concerns": {"topic": "other"},
    "api-delay": {"minutes": 5, "expected": {}},
    "api-delay-preview": {"minutes": 5},
    "api-feeds": {"label": "Everything"},
    "api-hold": {"proposal": "anything"},
    "api-import": {"patients": "system,id,given_name,family_name\n"},
    "api-phone-tried": {"outcome": "not_reached"},
    "api-wait-rank": {"rank": 1},
    "api-move": {"proposal": "anything"},
    "api-move-preview": {"starts_at": "2027-02-01T09:00:00+01:00"},
    "api-patient-address": {"email": "anna@patients.example"},
    "api-pause": {"reason": "Abroad"},
    "api-ripple": {"proposal": "anything"},
    "api-site-hours": {"from": "2027-01-04", "hours": []},
    "api-resource-hours": {"from": "2027-01-04", "hours": []},
    "api-site-day": {"hours": []},
    "api-resource-day": {"hours": []},
    "api-one-busy": {"starts_at": "2027-01-04T09:00:00+01:00", "ends_at": "2027-01-04T10:00:00+01:00"},
    "api-holidays": {"on": "2027-04-27"},
    "api-resources": {"kind": "practitioner", "name": "Dr Ito"},
    "api-site": {"address": "Keizersgracht 1"},
    "api-sites": {"name": "West", "zone": "Europe/Amsterdam"},
    "api-skill": {"name": "Prepares blood"},
    "api-skills": {"name": "Prepares blood"},
}


def body_for(door: Door, rows: Rows) -> dict[str, Any]:
    """A body that would do, were the id one of these rows."""
    if door.method == "DELETE":
        return {}
    if door.name == "api-word-answer":
        return {"member": str(rows.word.said_by.uuid), "answer": "right"}
    if door.name == "api-change-type":
        return {"session_type": str(rows.world.session_types["consultation"].uuid)}
    return _SAID.get(door.name, {})
