"""Patients as another system knows them: registered if they are new here, else changed."""

from datetime import datetime

from clinic.identity.actors import Actor
from clinic.identity.permissions import Act, refuse_unless_may
from clinic.lookup import find
from clinic.models import NamedKind, Patient
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import NameTaken, rows_named
from clinic.people.facts import PatientFacts
from clinic.people.patients import NewPatient, register_patient
from scheduling.people.change import ChangedPatient, change_patient


def patient_named(*, name: Name, by: Actor) -> Patient | None:
    """Whom the other system calls so. Raises Unknown for one whom the actor does not treat."""
    named = rows_named(clinic_id=by.clinic_id, kind=NamedKind.PATIENT, names=[name])
    return find(Patient.objects.seen_by(by), uuid=named[name]) if named else None


def put_patient(
    *, name: Name, said: PatientFacts, version: int | None, by: Actor, now: datetime
) -> ChangedPatient:
    """Register the patient whom the other system calls so, or change what differs; twice is once.

    Raises what `register_patient` and `change_patient` raise, and NotAllowed for whoever may not do both.
    """
    refuse_unless_may(by=by, act=Act.CHANGE_PATIENT)
    refuse_unless_may(by=by, act=Act.REGISTER_PATIENT)
    known = patient_named(name=name, by=by)
    if known is None:
        try:
            new = NewPatient.of(said, external_ids=(name,))
            return ChangedPatient(register_patient(new=new, by=by, now=now), frozenset(said), is_new=True)
        except NameTaken:
            # The same was put a moment ago.
            known = patient_named(name=name, by=by)
            if known is None:
                raise
    return change_patient(patient=known, said=said, version=version, by=by, now=now)
