"""Imports among the rivals: what they answer, as a client of the REST interface would be told."""

from clinic.models import NamedKind
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from scheduling.importing.outcomes import Fate
from tests.support.acts.imports import bookings_brought
from tests.support.builders import a_patient
from tests.support.cast import NOW
from tests.support.faults.rush import Ask
from tests.support.rest import Answer
from tests.support.worlds import World

_TAKEN = {"time_taken"}


def bringing(world: World, patient: str, *rows: dict[str, str]) -> Ask:
    """Import the rows, all of one patient and one course: 201 if it was brought over, 409 if it was taken."""
    row, name = a_patient(clinic=world.clinic), Name("till", patient)
    name_elsewhere(kind=NamedKind.PATIENT, row=row, name=name, by=world.owner, now=NOW)

    def bring() -> Answer:
        [outcome] = bookings_brought(world, *rows)
        if outcome.fate is Fate.IMPORTED:
            return Answer(201, {}, "")
        codes = {flaw.code for flaw in outcome.flaws}
        return Answer(409 if codes == _TAKEN else 500, {}, str(outcome.flaws))

    return bring
