"""The one writer of `PatientGram`: by what patients are found follows from what is known of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef

from clinic.changelog.log import one_act
from clinic.models import ExternalId, NamedKind, Patient, PatientGram
from clinic.people.finding.grams import Known, grams_of

AT_ONCE = 500


def index_patients(patients: Iterable[Patient]) -> None:
    """Note by what these are found, as they are written by now; whoever was erased by nothing.

    Called within the act that wrote a name, a day of birth, a phone number, an address or a name elsewhere.
    Five queries at most, whatever their number. Locks: patients.
    """
    keys = sorted({patient.pk for patient in patients})
    # Two acts on one patient take turns: each writes what follows from what both have written.
    locked = list(Patient.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    wanted = _wanted(locked)
    rows = PatientGram.objects.filter(patient__in=keys).values_list("pk", "patient_id", "gram")
    standing = {(patient_id, gram): pk for pk, patient_id, gram in rows}
    gone = [pk for of, pk in standing.items() if of not in wanted]
    if gone:
        PatientGram.objects.filter(pk__in=gone).delete()
    clinics = {patient.pk: patient.clinic_id for patient in locked}
    PatientGram.objects.insert(
        [
            PatientGram(clinic_id=clinics[patient_id], patient_id=patient_id, gram=gram)
            for patient_id, gram in sorted(wanted - standing.keys())
        ]
    )


def index_unindexed(*, clinic_id: int) -> int:
    """Index whom nothing finds: an earlier release registered them beside this one. How many there were."""
    grams = PatientGram.objects.filter(patient=OuterRef("pk"))
    rows = Patient.objects.of_clinic(clinic_id).filter(~Exists(grams), erased_at__isnull=True).order_by("pk")
    count, last = 0, 0
    while some := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        with one_act():
            index_patients(some)
        count, last = count + len(some), some[-1].pk
    return count


def _wanted(patients: Collection[Patient]) -> set[tuple[int, str]]:
    ids = _ids(patients)
    return {
        (patient.pk, gram)
        for patient in patients
        if not patient.is_erased
        for gram in grams_of(known_of(patient, ids=ids[patient.pk]))
    }


def known_of(patient: Patient, *, ids: Iterable[str] = ()) -> Known:
    return Known(
        patient.given_name,
        patient.family_name,
        patient.born_on,
        patient.phone,
        patient.email,
        tuple(ids),
    )


def _ids(patients: Collection[Patient]) -> dict[int, list[str]]:
    """What other systems call each of them. One query."""
    keys = {(patient.clinic_id, patient.uuid): patient.pk for patient in patients}
    clinics, uuids = {clinic_id for clinic_id, _ in keys}, [uuid for _, uuid in keys]
    rows = ExternalId.objects.filter(clinic__in=clinics, kind=NamedKind.PATIENT, named__in=uuids)
    found: dict[int, list[str]] = defaultdict(list)
    for clinic_id, uuid, value in rows.values_list("clinic_id", "named", "value"):
        if (key := keys.get((clinic_id, uuid))) is not None:
            found[key].append(value)
    return found
