"""Finding a patient and registering one."""

from datetime import date

import pytest
from django.urls import reverse

from clinic.models import Patient
from tests.support.builders import a_clinic, a_patient, a_site, a_user
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert("x")</script>'


def a_desk(clinic=None, **fields):
    return Desk(a_user(clinic=clinic or a_clinic(**fields)))


def test_a_patient_is_found_by_any_part_of_the_name_without_accents():
    clinic = a_clinic()
    a_patient(clinic=clinic, given_name="Jörg", family_name="Müller", born_on=date(1970, 3, 9))
    a_patient(clinic=clinic, given_name="Anna", family_name="Bakker")
    desk = a_desk(clinic)

    a_patient(clinic=clinic, given_name="Jörgen", family_name="Mulligan")

    page = desk.get("/patients/", search="mull jorg")

    assert "Müller, Jörg" in page.text
    assert "9 Mar 1970" in page.text
    assert "Bakker" not in page.text
    assert "2 patients found for “mull jorg”" in page.text


def test_the_box_in_the_bar_searches_from_every_page():
    clinic = a_clinic()
    patients = [a_patient(clinic=clinic, given_name=name) for name in ("Marit", "Jan")]
    desk = a_desk(clinic)

    page = desk.send(desk.get("/"), "Search", search="vries")

    assert {reverse("patient", args=[patient.uuid]) for patient in patients} <= set(page.seen.links)


def test_patients_stand_by_family_name_twenty_five_a_page():
    clinic = a_clinic()
    for number in range(30):
        a_patient(clinic=clinic, given_name="Anna", family_name=f"Bakker{number:02}")
    desk = a_desk(clinic)

    first, second = desk.get("/patients/", search="bakker"), desk.get("/patients/?search=bakker&page=2")

    assert "1 to 25 of 30" in first.text
    assert "?search=bakker&page=2" in first.seen.links
    assert "Bakker00" in first.text
    assert "Bakker25" not in first.text
    assert "26 to 30 of 30" in second.text


@pytest.mark.parametrize("page", ["0", "-1", "999999999999", "x", ""])
def test_a_page_that_does_not_exist_is_answered_with_one_that_does(page):
    clinic = a_clinic()
    a_patient(clinic=clinic)

    assert "de Vries, Marit" in a_desk(clinic).get("/patients/", page=page).text


@pytest.mark.parametrize("words", ["zzz", "x" * 3000, "\0", "%", "_", "'; --"])
def test_a_search_that_finds_nobody_says_what_to_do(words):
    clinic = a_clinic()
    a_patient(clinic=clinic, given_name="Ada", family_name="Byron")

    page = a_desk(clinic).get("/patients/", search=words)

    assert page.status == 200
    assert "register them" in page.text or "Byron" in page.text


def test_the_list_takes_the_same_number_of_queries_for_one_patient_and_for_many(django_assert_num_queries):
    clinic = a_clinic()
    a_patient(clinic=clinic)
    desk = a_desk(clinic)
    # The first page of a session notes where it is.
    desk.get("/patients/")

    with django_assert_num_queries(6):
        desk.get("/patients/")
    for number in range(20):
        a_patient(clinic=clinic, family_name=f"Smit{number}")
    with django_assert_num_queries(6):
        desk.get("/patients/")


def test_a_patient_is_registered_as_typed_in():
    clinic = a_clinic()
    a_site(clinic=clinic, country="NL")
    desk = a_desk(clinic)
    typed = {
        "given_name": "Elif",
        "family_name": "Yılmaz",
        "born_on": "1988-04-02",
        "phone": "06 12345678",
        "email": "elif@patients.example",
        "language": "nl",
        "message_consent": "yes",
        "zone": "Europe/Istanbul",
        "desk_note": "Comes by train",
    }

    answer = desk.send(desk.get("/patients/new/"), "Register", **typed)

    patient = Patient.objects.get()
    assert answer.location == reverse("patient", args=[patient.uuid])
    assert (str(patient), patient.born_on, patient.phone) == ("Elif Yılmaz", date(1988, 4, 2), "+31612345678")
    assert (patient.email, patient.language, patient.message_consent) == (
        "elif@patients.example",
        "nl",
        "yes",
    )
    assert (patient.zone, patient.desk_note) == ("Europe/Istanbul", "Comes by train")


def test_only_the_names_are_needed():
    desk = a_desk(language="nl")

    answer = desk.send(desk.get("/patients/new/"), "Register", given_name="Elif", family_name="Kaya")

    assert answer.status == 302
    patient = Patient.objects.get()
    assert (patient.language, patient.message_consent) == ("nl", "not_asked")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"given_name": "", "family_name": "?", "desk_note": "Elif"}, "Enter the patient's name."),
        ({"given_name": "?"}, "Enter the patient's name."),
        ({"born_on": "2030-01-01"}, "The date of birth lies in the future."),
        ({"born_on": "yesterday"}, "That is not a date. Write it as 2027-01-31."),
        ({"email": "elif"}, "“elif” is not an e-mail address."),
        ({"phone": "call me"}, "“call me” is not a phone number. Write it with its country code."),
        ({"zone": "Mars"}, "“Mars” is not an IANA time zone such as Europe/Amsterdam."),
        ({"language": "tlh"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed_and_nothing_is_written(wrong, sentence):
    desk = a_desk()
    typed = {"given_name": "Elif", "family_name": "Kaya", **wrong}

    page = desk.send(desk.get("/patients/new/"), "Register", **typed)

    assert page.status in (400, 422)
    assert sentence in page.text
    assert "Elif" in page.html or "Kaya" in page.html
    assert 'role="alert"' in page.html
    assert not Patient.objects.exists()


def test_a_hostile_name_is_only_letters_on_every_page_that_shows_it():
    clinic = a_clinic(name=HOSTILE)
    patient = a_patient(clinic=clinic, given_name=HOSTILE, family_name=HOSTILE, desk_note=HOSTILE)
    desk = Desk(a_user(clinic=clinic, name=HOSTILE))

    pages = [desk.get("/patients/"), desk.get(reverse("patient", args=[patient.uuid]))]
    pages.append(desk.post("/patients/found/", {"search": "script"}))
    pages.append(desk.get("/patients/", search=f"zz{HOSTILE}"))

    for page in pages:
        assert page.status == 200
        assert "<script>" not in page.html
        assert "&lt;script&gt;" in page.html
