"""Registering patients and finding them again."""

from datetime import UTC, date, datetime

import pytest

from clinic.errors import Malformed, Refused
from clinic.models import Clinic, Diary, Patient
from clinic.people.finding.find import find_patients
from clinic.people.patients import NewPatient, register_patient
from tests.support.builders import a_clinic, a_patient, a_site, an_actor, an_owner
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    clinic = a_clinic(language="nl")
    a_site(clinic=clinic, country="NL")
    return clinic


def registered(clinic: Clinic, **said) -> Patient:
    new = NewPatient(**{"given_name": "Marit", "family_name": "de Vries"} | said)
    patient = register_patient(new=new, by=an_owner(clinic=clinic), now=NOW)
    patient.refresh_from_db()
    return patient


def refused_code(clinic: Clinic, kind: type[Malformed | Refused], **said) -> str:
    with pytest.raises(kind) as refused:
        registered(clinic, **said)
    assert not Patient.objects.exists()
    assert not Diary.objects.exists()
    return refused.value.code


def test_a_patient_needs_only_names(clinic):
    patient = registered(clinic)

    assert (patient.given_name, patient.family_name, patient.clinic) == ("Marit", "de Vries", clinic)
    assert (patient.email, patient.phone, patient.zone, patient.born_on) == ("", "", "", None)
    assert (patient.language, patient.message_consent) == ("nl", "not_asked")
    assert patient.created_at == NOW
    assert patient.diary.clinic == clinic


def test_everything_the_desk_says_is_kept(clinic):
    said = {
        "born_on": date(1984, 2, 29),
        "email": "Marit@Patients.example",
        "language": "de-AT",
        "zone": "America/Havana",
        "message_consent": "yes",
        "desk_note": "Rings twice.\nSecond floor.",
        "intake_facts": {"smokes": False, "medicines": ["aspirin"]},
    }

    patient = registered(clinic, **said)

    assert {key: getattr(patient, key) for key in said} == said


def test_mail_and_phone_may_be_shared(clinic):
    shared = {"email": "family@patients.example", "phone": "+31201234567"}

    parent, child = registered(clinic, **shared), registered(clinic, given_name="Noor", **shared)

    assert parent.email == child.email
    assert parent.phone == child.phone
    assert parent.diary != child.diary


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("020 123 4567", "+31201234567"),
        ("+31 (0)20 123 4567", "+31201234567"),
        ("0031201234567", "+31201234567"),
        ("+90 532 123 45 67", "+905321234567"),
        ("  ", ""),
    ],
)
def test_a_phone_number_is_kept_in_e164(clinic, typed, stored):
    assert registered(clinic, phone=typed).phone == stored


def test_without_a_site_a_phone_number_needs_its_country():
    clinic = a_clinic()

    assert registered(clinic, phone="+31201234567").phone == "+31201234567"
    with pytest.raises(Malformed):
        registered(clinic, phone="020 123 4567")


def test_a_local_number_without_its_area_is_no_number():
    clinic = a_clinic()
    a_site(clinic=clinic, country="US")

    with pytest.raises(Malformed):
        registered(clinic, phone="253 0000")


@pytest.mark.parametrize(
    "phone", ["12", "no phone", "+31 20", "9" * 40, "+49" + "1" * 15, "+999 123 456 789"]
)
def test_what_is_no_phone_number_is_malformed(clinic, phone):
    assert refused_code(clinic, Malformed, phone=phone) == "malformed_phone"


@pytest.mark.parametrize(
    "email",
    [
        "marit",
        "marit@",
        "marit@patients example",
        "marit@patients.example\r\nBcc: all@clinic.example",
        "m" * 250 + "@patients.example",
        "marit@" + ".".join(["patients"] * 31) + ".example",
    ],
)
def test_what_is_no_mail_address_is_malformed(clinic, email):
    assert refused_code(clinic, Malformed, email=email) == "malformed_email"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"zone": "Amsterdam"}, "unknown_zone"),
        ({"language": "Dutch, mostly"}, "malformed_language"),
        ({"language": "en\n"}, "malformed_language"),
        ({"message_consent": "perhaps"}, "malformed_consent"),
        ({"intake_facts": {"note": "a\x00b"}}, "malformed_intake_facts"),
        ({"intake_facts": {"note": "\ud800"}}, "malformed_intake_facts"),
        ({"intake_facts": {"weight": float("nan")}}, "malformed_intake_facts"),
    ],
)
def test_other_nonsense_is_malformed(clinic, said, code):
    assert refused_code(clinic, Malformed, **said) == code


@pytest.mark.parametrize("name", ["", "   ", "\r\n", "\u200b\u200d", "\x00", "–"])
def test_a_patient_without_a_name_is_refused(clinic, name):
    refused = refused_code(clinic, Refused, given_name=name, family_name=name)

    assert refused == "patient_name_missing"


@pytest.mark.parametrize("name", ["\u200d", "–", "12"])
def test_a_name_without_a_letter_is_refused(clinic, name):
    assert refused_code(clinic, Refused, given_name=name) == "patient_name_missing"
    assert refused_code(clinic, Refused, family_name=name) == "patient_name_missing"


@pytest.mark.parametrize("said", [{"family_name": ""}, {"given_name": " ", "family_name": "Marit"}])
def test_one_name_is_a_name(clinic, said):
    patient = registered(clinic, **said)

    assert (str(patient), patient.listed_name, patient.initials) == ("Marit", "Marit", "M.")
    assert find_patients(by=an_actor(clinic=clinic), words="marit").patients == (patient,)


def test_a_name_that_fits_no_column_is_refused(clinic):
    assert refused_code(clinic, Refused, family_name="x" * 101) == "patient_name_too_long"
    assert registered(clinic, family_name="x" * 100).family_name == "x" * 100


def test_a_birth_in_the_future_is_refused(clinic):
    assert refused_code(clinic, Refused, born_on=date(2027, 1, 5)) == "born_in_the_future"
    assert registered(clinic, born_on=date(2027, 1, 4)).born_on == date(2027, 1, 4)


def test_the_future_begins_at_the_clinics_own_midnight():
    clinic = a_clinic()
    a_site(clinic=clinic, zone="Pacific/Auckland", country="NZ")
    late_evening_utc = datetime(2027, 1, 4, 20, 0, tzinfo=UTC)

    baby = a_patient(clinic=clinic, born_on=date(2027, 1, 5), now=late_evening_utc)

    assert baby.born_on == date(2027, 1, 5)


def test_every_problem_is_said_at_once(clinic):
    with pytest.raises(Refused) as refused:
        registered(clinic, given_name="–", family_name="x" * 101, born_on=date(2030, 1, 1))

    assert [problem.code for problem in refused.value.problems] == [
        "patient_name_missing",
        "patient_name_too_long",
        "born_in_the_future",
    ]


def test_control_characters_in_names_become_spaces(clinic):
    patient = registered(clinic, given_name=" Eve\r\nBcc: x ", family_name="de\tVries\x00")

    assert (patient.given_name, patient.family_name) == ("Eve Bcc: x", "de Vries")


def test_a_name_of_long_ligatures_can_be_stored_and_found(clinic):
    patient = registered(clinic, given_name="\ufdfa" * 100, family_name="\ufdfa" * 100)

    assert len(patient.search_key) <= 400
    assert find_patients(by=an_actor(clinic=clinic), words="\ufdfa").patients == (patient,)
