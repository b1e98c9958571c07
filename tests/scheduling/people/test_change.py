"""What is known of a patient is changed: who may, what is kept, and what stands in the trail and the log."""

import json
from datetime import date
from typing import cast

import pytest

from clinic.errors import ClinicError, NotAllowed, Refused, Unknown
from clinic.identity.actors import Role
from clinic.models import AuditDetail, AuditEntry, Change, Patient
from clinic.people.care import take_into_care
from clinic.people.facts import PatientFacts
from clinic.people.finding.find import find_patients
from scheduling.people.change import PatientChanged, change_patient
from scheduling.privacy.export import export_patient
from tests.support.builders import a_patient, an_actor
from tests.support.cast import NOW
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

EVERYTHING = {
    "given_name": "Marijke",
    "family_name": "Oosterhuis",
    "born_on": date(1984, 2, 29),
    "email": "marijke@patients.example",
    "phone": "+31612345678",
    "language": "nl",
    "zone": "Europe/London",
    "message_consent": "no",
    "consent_on": date(2026, 12, 24),
    "consent_how": "on_paper",
    "desk_note": "Comes by train",
}


def changed(world, *, by=None, version=None, **said):
    return change_patient(
        patient=world.patient,
        said=cast(PatientFacts, said),
        version=version,
        by=by or world.reception,
        now=NOW,
    )


def as_it_stands(world):
    return Patient.objects.filter(pk=world.patient.pk).values().get()


def told_of_the_change():
    entry = AuditEntry.objects.get(act="changed_patient")
    return json.loads(AuditDetail.objects.get(entry_uuid=entry.uuid).values)


def test_every_fact_can_be_changed(world):
    done = changed(world, **EVERYTHING)

    stands = as_it_stands(world)
    assert {name: stands[name] for name in EVERYTHING} == EVERYTHING
    assert done.columns == EVERYTHING.keys()


def test_a_new_name_is_found_and_the_old_one_is_not(world):
    changed(world, given_name="Márijke", family_name="O’Neill")

    assert find_patients(by=world.reception, words="oneill marij").sole == world.patient
    assert not find_patients(by=world.reception, words="vries").patients


def test_only_what_differs_is_written_and_stands_in_the_trail_and_the_log_once(world):
    version, changes = world.patient.version, Change.objects.filter(kind="patient").count()
    said = {"given_name": " Marit ", "phone": "020 123 4567", "desk_note": ""}

    for _ in range(2):
        changed(world, **said)

    assert told_of_the_change() == {"before": {"phone": ""}, "after": {"phone": "+31201234567"}}
    assert as_it_stands(world)["version"] == version + 1
    assert Change.objects.filter(kind="patient").count() == changes + 1


def test_of_two_desks_the_second_is_told_what_stands_now_and_nothing_is_lost(world):
    seen = world.patient.version
    changed(world, version=seen, phone="020 123 4567", desk_note="Rings twice")

    with pytest.raises(PatientChanged) as refused:
        changed(world, version=seen, phone="020 765 4321", given_name="Marit")

    assert refused.value.code == "patient_changed"
    assert refused.value.details == {"version": seen + 1, "stands": {"phone": "+31201234567"}}
    assert as_it_stands(world)["phone"] == "+31201234567"


def test_who_says_what_stands_already_is_refused_by_no_version(world):
    seen = world.patient.version
    changed(world, version=seen, phone="020 123 4567")

    assert changed(world, version=seen, phone="020 123 4567").columns == frozenset()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"given_name": "", "family_name": " "}, "patient_name_missing"),
        ({"family_name": "x" * 101}, "patient_name_too_long"),
        ({"born_on": date(2027, 1, 5)}, "born_in_the_future"),
        ({"email": "marit@"}, "malformed_email"),
        ({"phone": "call me"}, "malformed_phone"),
        ({"language": "Dutch, please"}, "malformed_language"),
        ({"language": "es"}, "unknown_language"),
        ({"language": ""}, "unknown_language"),
        ({"zone": "Mars"}, "unknown_zone"),
        ({"message_consent": "perhaps"}, "malformed_consent"),
        ({"consent_how": "by_pigeon"}, "malformed_consent_way"),
        ({"consent_on": date(2027, 1, 5)}, "consent_in_the_future"),
        ({"message_consent": "not_asked", "consent_on": date(2026, 1, 5)}, "consent_not_asked"),
        ({"intake_facts": {"note": "a\x00b"}}, "malformed_intake_facts"),
        ({"intake_facts": {"intake:stress": "x" * 501}}, "intake_fact_too_long"),
    ],
)
def test_what_cannot_be_changes_nothing(world, said, code):
    before = as_it_stands(world)

    with pytest.raises(ClinicError) as refused:
        changed(world, by=world.owner, **{"desk_note": "New", **said})

    assert refused.value.code == code
    assert as_it_stands(world) == before


def test_one_name_may_go_but_not_both(world):
    changed(world, family_name="")

    with pytest.raises(Refused):
        changed(world, given_name="")
    assert as_it_stands(world)["given_name"] == "Marit"


def test_what_stands_already_is_not_asked_whether_it_is_right(world):
    """A language and a number of an earlier release."""
    Patient.objects.update(language="es", phone="12")

    changed(world, language="es", phone="12", desk_note="New")

    assert as_it_stands(world)["desk_note"] == "New"


def test_a_new_answer_is_of_today_and_keeps_no_date_and_way_of_the_old_one(world):
    changed(world, message_consent="no", consent_on=date(2026, 12, 24), consent_how="by_phone")

    changed(world, message_consent="yes")

    stands = as_it_stands(world)
    assert (stands["consent_on"], stands["consent_how"]) == (date(2027, 1, 4), "")
    changed(world, message_consent="not_asked")
    assert as_it_stands(world)["consent_on"] is None


@pytest.mark.parametrize("role", list(Role))
def test_whoever_registers_patients_changes_them(world, role):
    take_into_care(patient=world.patient, practitioner_ids=[world.doctors[0].pk], now=NOW)
    own = world.doctors[0] if role is Role.PRACTITIONER else None
    by = an_actor(clinic=world.clinic, role=role, practitioner=own)

    if role is Role.AUDITOR:
        with pytest.raises(NotAllowed):
            changed(world, by=by, desk_note="New")
    else:
        assert changed(world, by=by, desk_note="New").columns == {"desk_note"}


def test_a_practitioner_changes_no_patient_of_a_colleague_and_no_clinic_those_of_another(world):
    colleague = an_actor(clinic=world.clinic, role=Role.PRACTITIONER, practitioner=world.doctors[1])
    elsewhere = a_course_world().reception

    for by in (colleague, elsewhere):
        with pytest.raises(Unknown) as refused:
            changed(world, by=by, desk_note="New")
        assert refused.value.code == "unknown_patient"


def test_who_was_erased_is_not_changed(world):
    Patient.objects.filter(pk=world.patient.pk).update(erased_at=NOW)

    with pytest.raises(Refused) as refused:
        changed(world, given_name="Marit")
    assert refused.value.code == "patient_erased"


def test_intake_facts_are_merged_by_those_who_treat_and_programs_keep_their_own(world):
    Patient.objects.update(intake_facts={"job": "baker", "intake:stress": "None"})

    changed(world, by=world.owner, intake_facts={"intake:smoking": "Ten a day ", "intake:stress": ""})

    assert as_it_stands(world)["intake_facts"] == {"job": "baker", "intake:smoking": "Ten a day"}
    assert told_of_the_change() == {
        "before": {"intake_facts": {"intake:stress": "None"}},
        "after": {"intake_facts": {"intake:smoking": "Ten a day"}},
    }


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMINISTRATOR])
def test_reception_neither_writes_nor_takes_along_what_was_asked_at_intake(world, role):
    by = an_actor(clinic=world.clinic, role=role)
    changed(world, by=world.owner, intake_facts={"intake:smoking": "Ten a day"})

    with pytest.raises(NotAllowed):
        changed(world, by=by, intake_facts={"intake:smoking": "No"})
    document = export_patient(patient=world.patient, by=by, now=NOW).document

    assert "Ten a day" not in json.dumps(document)
    assert document["left_out"] == ["questions", "intake_facts"]
    assert as_it_stands(world)["intake_facts"] == {"intake:smoking": "Ten a day"}


def test_another_patient_stays_as_they_are(world):
    other = a_patient(clinic=world.clinic, family_name="Jansen")

    changed(world, family_name="Bakker")

    assert Patient.objects.get(pk=other.pk).family_name == "Jansen"
