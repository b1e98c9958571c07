"""Finding patients by whatever is known of them."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.identity.actors import Role
from clinic.models import Clinic, NamedKind, Patient, PatientGram
from clinic.people.care import take_into_care
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from clinic.people.finding.find import MOST_RANKED, find_patients
from tests.support.builders import a_clinic, a_patient, a_practitioner, a_site, an_actor, an_owner
from tests.support.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    clinic = a_clinic()
    a_site(clinic=clinic, country="NL")
    return clinic


def person(clinic: Clinic, given_name: str, family_name: str, **known) -> Patient:
    said = {"email": ""} | known
    return a_patient(clinic=clinic, given_name=given_name, family_name=family_name, **said)


def found(clinic: Clinic, words: str, **who) -> list[str]:
    return [
        str(patient) for patient in find_patients(by=an_actor(clinic=clinic, **who), words=words).patients
    ]


@pytest.fixture
def joost(clinic: Clinic) -> Patient:
    for given_name, family_name in (("Anna", "Bakker"), ("Ömer", "Yıldız"), ("Mei", "Li")):
        person(clinic, given_name, family_name, phone="+31698765432", born_on=date(1980, 1, 2))
    joost = person(
        clinic,
        "Joost",
        "Oosterhuis",
        phone="+31612345678",
        email="j.oosterhuis@Patients.example",
        born_on=date(1970, 3, 9),
    )
    name_elsewhere(
        kind=NamedKind.PATIENT, row=joost, name=Name("till", "K-1041"), by=an_owner(clinic=clinic), now=NOW
    )
    return joost


@pytest.mark.parametrize(
    "words",
    [
        # The name: any part, any order, as the list prints it.
        "oosterhuis", "joo", "huis", "OOSTERHUIS JOOST", "Oosterhuis, Joost", "joost oost", "jóóst",
        # Slips.
        "oosterhus", "oosterhuiss", "oostrehuis", "oosterjuis", "osterhuys", "josot", "joots", "oostrehius",
        "oostreh", "oosterhuis joots",
        # The phone, in any writing.
        "678", "5678", "345678", "0612345678", "06-12345678", "06 12 34 56 78", "+31 6 12345678",
        "+31612345678", "0031 6 1234 5678", "+31 (0)6 12 34 56 78", "(06) 12345678", "06123", "06-1234",
        # The address.
        "j.oosterhuis@patients.example", "j.oost", "oosterhuis@", "huis@pat", "@patients.example",
        "J.OOSTERHUIS@",
        # The day of birth.
        "9-3-1970", "09-03-1970", "9/3/1970", "9.3.1970", "1970-03-09", "09031970", "9 Mar 1970", "9 3 1970",
        "9-3-70", "1970", "oosterhuis 1970", "joost 9-3-1970", "9 March 1970 joost",
        # What a till calls him.
        "K-1041", "k-1041", "till:K-1041", "joost K-1041",
        # Several at once.
        "joost 5678", "5678 oosterhuis 1970",
    ],
)  # fmt: skip
def test_one_is_found_by_whatever_is_known(clinic, joost, words):
    assert found(clinic, words) == ["Joost Oosterhuis"]


@pytest.mark.parametrize(
    "words",
    [
        "osterhs joost", "osetrhusi x", "jo0st1", "kost", "joost bakker", "0612345679", "12345",
        "+32612345678",
        "10-3-1970", "9-4-1970", "31-31-1970", "K-1042", "1041", "k-104", "@clinic.example", "j.bakker@",
        "%", "_",
        "' OR 1=1 --", "\u200d", "", "   ", "maritde", "x" * 100,
    ],
)  # fmt: skip
def test_nobody_is_found_by_what_does_not_fit(clinic, joost, words):
    assert found(clinic, words) == []


PEOPLE = [
    ("Anne-Marie", "de Groot", ["anne marie", "annemarie", "degroot", "groot anne", "anemarie"]),
    ("Sinéad", "O’Connor", ["sinead", "oconnor", "o'connor", "oconor", "connor"]),
    ("Günther", "Strauß", ["gunther", "strauss", "straus", "gunter strauss"]),
    ("Søren", "Kierkegård", ["soren", "kierkegard", "kirkegard", "kierkegarrd"]),
    ("IJsbrand", "van den Berg", ["ijsbrand", "van den berg", "vandenberg", "berg ijs"]),
    ("Łukasz", "Wiśniewski", ["lukasz", "wisniewski", "wisnewski", "wisneiwski"]),
    ("Nguyễn", "Thị Minh Khai", ["nguyen", "ngyuen", "minh khai", "thiminhkhai"]),
    ("عبد الله", "الأحمد", ["عبد", "الاحمد"]),
    ("नमिता", "शर्मा", ["नमिता", "शर्मा"]),
    ("李", "小龍", ["李", "小龍"]),
    ("Мария", "Иванова", ["мария", "иванова", "иавнова"]),
    ("Işıl", "Yılmaz", ["isil", "yilmaz", "yilmas"]),
    ("Prince", "", ["prince", "pirnce"]),
]


@pytest.mark.parametrize(("given_name", "family_name", "typed"), PEOPLE)
def test_names_of_many_languages_are_found_slips_and_all(clinic, given_name, family_name, typed):
    patient = person(clinic, given_name, family_name)
    person(clinic, "Zoë", "Quax")

    for words in typed:
        assert found(clinic, words) == [str(patient)], words


KIN = [
    *((f"O{mark}Brien", "o'brien") for mark in "'`´‘’ʼ′＇"),
    *((f"Anne{mark}Marie", "anne-marie") for mark in "-‐‑–—−－"),
    ("O'Brien", "o’brien"),
    ("OBrien", "o'brien"),
    ("O'Brien", "obrien"),
    ("Anne Marie", "Anne-Marie"),
    ("Anne-Marie", "anne marie"),
]


@pytest.mark.parametrize(("name", "words"), KIN)
def test_any_apostrophe_and_hyphen_finds_its_kin(clinic, name, words):
    patient = person(clinic, name, "de Vries")

    assert found(clinic, words) == [str(patient)]


def test_one_or_two_letters_are_how_a_name_begins(clinic, joost):
    assert found(clinic, "li") == ["Mei Li"]
    assert found(clinic, "o") == ["Joost Oosterhuis", "Ömer Yıldız"]
    assert found(clinic, "jo oo") == ["Joost Oosterhuis"]
    assert found(clinic, "oo joost") == ["Joost Oosterhuis"]
    assert found(clinic, "st") == []


def test_the_likest_stands_first_and_equals_stand_by_name(clinic):
    for given_name, family_name in (
        ("Bo", "Hansen"), ("Cas", "Jansen"), ("Ada", "Jansen"), ("Dirk", "Jansens"), ("Eef", "Wiljansen"),
    ):  # fmt: skip
        person(clinic, given_name, family_name)

    assert found(clinic, "jansen") == [
        "Ada Jansen",
        "Cas Jansen",
        "Dirk Jansens",
        "Eef Wiljansen",
        "Bo Hansen",
    ]


def test_the_only_one_without_a_slip_is_the_sole_one(clinic, joost):
    by = an_actor(clinic=clinic)

    assert find_patients(by=by, words="oosterhuis").sole == joost
    assert find_patients(by=by, words="oosterhuiss").sole is None
    person(clinic, "Ida", "Oosterhuizen")
    assert find_patients(by=by, words="oosterhui").sole is None


def test_numbers_and_days_are_read_as_in_the_clinics_country():
    clinic = a_clinic()
    a_site(clinic=clinic, country="US", zone="America/New_York")
    person(clinic, "Ann", "March", born_on=date(1970, 3, 9), phone="+12125550123")

    assert found(clinic, "3/9/1970") == found(clinic, "(212) 555-0123") == ["Ann March"]
    assert found(clinic, "9/3/1970") == []


def test_a_clinic_without_a_site_finds_too():
    clinic = a_clinic()
    person(clinic, "Ann", "March", born_on=date(1970, 3, 9), phone="+12125550123")

    assert found(clinic, "march") == found(clinic, "1970-03-09") == found(clinic, "0123") == ["Ann March"]


def test_of_very_many_the_likest_are_found_and_it_is_told_that_there_are_more(clinic):
    for number in range(MOST_RANKED + 5):
        person(clinic, f"A{number:03}", "Bakker")
    zed = person(clinic, "Zed", "Bakker")

    crowd = find_patients(by=an_actor(clinic=clinic), words="bakker")

    assert len(crowd.patients) == MOST_RANKED
    assert crowd.is_cut
    assert find_patients(by=an_actor(clinic=clinic), words="bakker zed").patients[0] == zed


def test_an_equal_patient_of_another_clinic_is_never_found_nor_crowds_out(clinic, joost):
    elsewhere = a_clinic()
    a_site(clinic=elsewhere, country="NL")
    for _ in range(MOST_RANKED + 1):
        person(elsewhere, "Joost", "Oosterhuis", phone="+31612345678", born_on=date(1970, 3, 9))

    for words in ("oosterhuis", "0612345678", "9-3-1970", "joots"):
        assert find_patients(by=an_actor(clinic=clinic), words=words).patients == (joost,)
    assert found(elsewhere, "K-1041") == []


def test_a_practitioner_finds_their_own_patients_alone(clinic, joost):
    doctor, other = (a_practitioner(clinic=clinic, name=name) for name in ("Dr Osei", "Dr Lund"))
    own = person(clinic, "Joost", "Oosterhuis")
    take_into_care(patient=own, practitioner_ids=[doctor.pk, other.pk], now=NOW)
    actor = an_actor(clinic=clinic, role=Role.PRACTITIONER, practitioner=doctor)

    assert find_patients(by=actor, words="oosterhuis").patients == (own,)
    assert find_patients(by=actor, words="9-3-1970").patients == ()
    assert find_patients(by=actor, words="K-1041").patients == ()


def test_a_practitioner_without_a_diary_finds_nobody(clinic, joost):
    assert found(clinic, "oosterhuis", role=Role.PRACTITIONER) == []


def test_as_many_queries_whoever_is_there_and_whatever_is_asked(clinic, joost):
    by = an_actor(clinic=clinic)
    counts = set()
    for _ in range(2):
        for words in (
            "oosterhuis",
            "li",
            "0612345678",
            "9-3-1970",
            "K-1041",
            "nobody",
            "j.oost",
            "a b c d e f",
        ):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                find_patients(by=by, words=words)
            counts.add(len(asked) if words != "nobody" else len(asked) + 2)
        for number in range(30):
            person(clinic, f"Joost{number}", "Oosterhuis")

    assert counts == {4}


def test_every_gram_is_of_the_clinic_of_its_patient(clinic, joost):
    person(a_clinic(), "Ida", "Smit")

    rows = PatientGram.objects.values_list("clinic_id", "patient__clinic_id")

    assert rows
    assert all(own == patients for own, patients in rows)
