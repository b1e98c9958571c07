"""What becomes of the lines of an import."""

from dataclasses import dataclass
from enum import StrEnum

from clinic.people.external_id_kinds import Name
from scheduling.importing.csv_tables import Flaw


class Fate(StrEnum):
    IMPORTED = "imported"
    CHANGED = "changed"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a table says otherwise of a patient who is known: a column, what stands, and what is said."""

    line: int
    column: str
    stands: str
    said: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became, or in a dry run would become, of one patient or one course, and of how many lines."""

    fate: Fate
    line: int
    name: Name | None
    flaws: tuple[Flaw, ...] = ()
    line_count: int = 1
    differences: tuple[Difference, ...] = ()


def database_busy(line: int) -> Flaw:
    sentence = "The database was too busy. Import the table again: what is there is not imported twice."
    return Flaw(line, "database_busy", sentence)
