"""The lead of a session: who the patient says treats them."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

PRACTITIONER = "practitioner"
Person = TypeVar("Person", bound=Hashable)


def lead_of(
    serving: Mapping[Person, Iterable[tuple[int, int]]], *, leaves: int, arrives: int = 0
) -> Person | None:
    """The practitioner who has the last of the patient's time; None where nobody serves while they are there.

    `serving` are half-open stretches of each practitioner; the patient is there from `arrives` until
    `leaves`, all in one unit from one beginning. What somebody does before or after counts for nothing. Of
    two who are there until the end, the one who is there longer.
    """
    with_patient = {
        person: [
            (max(start, arrives), min(end, leaves))
            for start, end in stretches
            if start < leaves and end > arrives
        ]
        for person, stretches in serving.items()
    }
    present = {person: stretches for person, stretches in with_patient.items() if stretches}

    def last_of_their_time(person: Person) -> tuple[int, int]:
        stretches = present[person]
        return max(end for _, end in stretches), sum(end - start for start, end in stretches)

    return max(present, key=last_of_their_time, default=None)
