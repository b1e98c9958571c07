"""Patients over REST."""

from typing import Any
from uuid import uuid4

import pytest

from clinic.models import AuditEntry, Diary, ExternalId, Patient
from tests.support.builders import a_clinic, a_key, a_patient, a_site
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db


def a_client_of(clinic):
    return RestClient(secret=a_key(clinic=clinic)[1])


def test_a_patient_needs_no_more_than_a_name():
    clinic = a_clinic()
    rest = a_client_of(clinic)

    answer = rest.post("patients/", {"given_name": "Marit", "family_name": "de Vries"})

    assert answer.status == 201
    kept = rest.get(answer.headers["Location"]).json
    assert answer.json == kept | {"may_be": [], "may_be_others": False}
    assert kept | {"id": None} == {
        "id": None,
        "version": 1,
        "given_name": "Marit",
        "family_name": "de Vries",
        "born_on": None,
        "email": "",
        "phone": "",
        "language": "en",
        "zone": "",
        "message_consent": "not_asked",
        "mail_problem": "",
        "desk_note": "",
        "intake_facts": {},
        "consent_on": None,
        "consent_how": "",
    }


def test_everything_that_is_known_of_a_patient_can_be_said():
    clinic = a_clinic()
    a_site(clinic=clinic)
    rest = a_client_of(clinic)
    said = {
        "given_name": "José",
        "family_name": "Núñez",
        "born_on": "1984-02-29",
        "email": "jose@patients.example",
        "phone": "+34 612 345 678",
        "language": "es",
        "zone": "Europe/Madrid",
        "message_consent": "yes",
        "desk_note": "Prefers mornings.",
        "intake_facts": {"smoking": False, "medicines": ["none"]},
        "consent_on": "2026-12-24",
        "consent_how": "on_paper",
    }

    answer = rest.post("patients/", said)

    assert answer.status == 201
    given: dict[str, Any] = {"id": None, "version": 1, "mail_problem": "", "phone": "+34612345678"}
    assert answer.json | {"id": None} == said | given | {"may_be": [], "may_be_others": False}


def test_mail_and_phone_may_be_shared():
    clinic = a_clinic()
    rest = a_client_of(clinic)
    shared = {"email": "family@patients.example", "phone": "+31612345678", "family_name": "Bakker"}

    answers = [rest.post("patients/", shared | {"given_name": name}) for name in ("Ida", "Ivo")]

    assert [answer.status for answer in answers] == [201, 201]


@pytest.mark.parametrize("words", ["vries", "marit", "VRIES marit", "de vríes", "  mar  "])
def test_a_patient_is_found_by_parts_of_the_name_in_any_spelling(words):
    clinic = a_clinic()
    marit = a_patient(clinic=clinic, given_name="Marit", family_name="de Vries")
    a_patient(clinic=clinic, given_name="Noor", family_name="Jansen")

    answer = a_client_of(clinic).post("patients/search/", {"name": words})

    assert [patient["id"] for patient in answer.json["results"]] == [str(marit.uuid)]


@pytest.mark.parametrize("words", ["nobody", "%", "_", "' OR 1=1 --", "\\", "vries jan"])
def test_a_search_that_fits_nobody_finds_nobody(words):
    clinic = a_clinic()
    a_patient(clinic=clinic, given_name="Marit", family_name="de Vries")

    answer = a_client_of(clinic).post("patients/search/", {"name": words})

    assert answer.json == {"results": [], "cursor": None, "more": False}


def test_a_name_in_an_address_is_refused_with_the_way_to_send_it():
    clinic = a_clinic()

    answer = a_client_of(clinic).get("patients/", search="vries")

    assert (answer.status, answer.code) == (400, "malformed")
    assert "POST" in answer.json["detail"]
    assert "/patients/search/" in answer.json["detail"]


def test_patients_come_in_pages_that_hold_each_once_or_by_name():
    clinic = a_clinic()
    rest = a_client_of(clinic)
    for family_name in ("Bakker", "Aydin", "Çelik", "Bakker", "de Vries"):
        for given_name in ("Zoë", "Anna", "Anna"):
            a_patient(clinic=clinic, given_name=given_name, family_name=family_name)
    whole = rest.get("patients/").json["results"]
    found, address = [], "/api/v1/patients/?limit=4"

    while address:
        page = rest.get(address).json
        found += page["results"]
        address = page["next"]

    assert found == whole
    assert len({patient["id"] for patient in found}) == 15
    names = [patient["family_name"] for patient in rest.get("patients/", order="name").json["results"]]
    assert names.index("Aydin") < names.index("Bakker")


def test_a_page_holds_fifty_unless_asked_and_never_more_than_two_hundred():
    clinic = a_clinic()
    rest = a_client_of(clinic)
    for number in range(201):
        a_patient(clinic=clinic, family_name=f"Patient {number:03}")

    assert len(rest.get("patients/").json["results"]) == 50
    assert len(rest.get("patients/", limit=200).json["results"]) == 200
    assert rest.get("patients/", limit=201).status == 400


def test_pages_of_a_search_stay_inside_the_search():
    clinic = a_clinic()
    rest = a_client_of(clinic)
    for given_name in ("Ada", "Bo", "Cas"):
        a_patient(clinic=clinic, given_name=given_name, family_name="Smit")
        a_patient(clinic=clinic, given_name=given_name, family_name="Visser")

    asked = {"name": "smit", "limit": 2}
    first = rest.post("patients/search/", asked).json
    last = rest.post("patients/search/", asked | {"cursor": first["cursor"]}).json

    found = [(p["given_name"], p["family_name"]) for p in first["results"] + last["results"]]
    assert found == [("Ada", "Smit"), ("Bo", "Smit"), ("Cas", "Smit")]
    assert last["cursor"] is None


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"given_name": "", "family_name": ""}, 422, "patient_name_missing"),
        ({"given_name": "  ", "family_name": "\u200b"}, 422, "patient_name_missing"),
        ({"given_name": None}, 400, "malformed"),
        ({"given_name": 7}, 400, "malformed"),
        ({"given_name": "x" * 101}, 422, "patient_name_too_long"),
        ({"given_name": "a\u0000b"}, 400, "malformed"),
        ({"family_name": "\u200d"}, 422, "patient_name_missing"),
        ({"external_ids": ["Till:P1"]}, 400, "malformed_external_id"),
        ({"external_ids": ["till"]}, 400, "malformed_external_id"),
        ({"external_ids": "till:P1"}, 400, "malformed"),
        ({"born_on": "29-02-1984"}, 400, "malformed"),
        ({"born_on": "2027-02-29"}, 400, "malformed"),
        ({"born_on": "2027-01-06"}, 422, "born_in_the_future"),
        ({"email": "not an address"}, 400, "malformed_email"),
        ({"email": "a@b.example\r\nBcc: all@b.example"}, 400, "malformed_email"),
        ({"email": f"{'x' * 300}@b.example"}, 400, "malformed_email"),
        ({"phone": "call me"}, 400, "malformed_phone"),
        ({"zone": "Europe/Atlantis"}, 400, "unknown_zone"),
        ({"zone": "../../etc/passwd"}, 400, "unknown_zone"),
        ({"message_consent": "perhaps"}, 400, "malformed_consent"),
        ({"message_consent": "yes", "consent_how": "by_pigeon"}, 400, "malformed_consent_way"),
        ({"message_consent": "yes", "consent_on": "2027-01-05"}, 422, "consent_in_the_future"),
        ({"consent_how": "at_desk"}, 422, "consent_not_asked"),
        ({"intake_facts": {"intake:smoking": "no"}}, 403, "scope_missing"),
        ({"language": "Dutch, please"}, 400, "malformed_language"),
        ({"intake_facts": {"note": "a\u0000b"}}, 400, "malformed_intake_facts"),
        ({"intake_facts": "smokes"}, 400, "malformed"),
        ({"clinic": str(uuid4())}, 400, "malformed"),
        ({"id": str(uuid4())}, 400, "malformed"),
        ({"mail_problem": "none"}, 400, "malformed"),
    ],
)
def test_what_cannot_be_is_refused_and_nobody_is_registered(wrong, status, code):
    clinic = a_clinic()
    a_site(clinic=clinic)
    diaries = Diary.objects.count()

    answer = a_client_of(clinic).post("patients/", {"given_name": "Marit", "family_name": "de Vries"} | wrong)

    assert (answer.status, answer.code) == (status, code)
    assert not Patient.objects.exists()
    assert Diary.objects.count() == diaries


def test_a_name_keeps_no_line_breaks():
    clinic = a_clinic()

    answer = a_client_of(clinic).post(
        "patients/", {"given_name": "Marit\r\nBcc: x@y.example", "family_name": "de\tVries"}
    )

    assert answer.json["given_name"] == "Marit Bcc: x@y.example"
    assert answer.json["family_name"] == "de Vries"


def test_a_name_that_grows_when_its_accents_are_taken_off_is_still_stored():
    clinic = a_clinic()

    # One letter that is eighteen without its ligature.
    answer = a_client_of(clinic).post(
        "patients/", {"given_name": "\ufdfa" * 100, "family_name": "\ufdfa" * 100}
    )

    assert answer.status == 201


def test_a_patient_of_another_clinic_is_as_unknown_as_nobody():
    clinic, elsewhere = a_clinic(), a_clinic()
    foreign = a_patient(clinic=elsewhere, family_name="Elsewhere")
    rest = a_client_of(clinic)

    by_id = rest.get(f"patients/{foreign.uuid}/")
    nobody = rest.get(f"patients/{uuid4()}/")
    listed = rest.post("patients/search/", {"name": "Elsewhere"})

    assert (by_id.status, by_id.code) == (nobody.status, nobody.code) == (404, "unknown_patient")
    assert by_id.text == nobody.text
    assert listed.json["results"] == []


@pytest.mark.parametrize("search", ["x" * 101, "a\x00b"])
def test_a_search_that_cannot_be_one_is_malformed(search):
    clinic = a_clinic()

    answer = a_client_of(clinic).post("patients/search/", {"name": search})

    assert (answer.status, answer.code) == (400, "malformed")


def test_listing_takes_as_many_queries_for_fifty_patients_as_for_one(django_assert_num_queries):
    clinic = a_clinic()
    rest = a_client_of(clinic)
    a_patient(clinic=clinic)
    with django_assert_num_queries(3):
        assert len(rest.get("patients/").json["results"]) == 1

    for number in range(60):
        a_patient(clinic=clinic, family_name=f"Patient {number}")

    with django_assert_num_queries(3):
        assert len(rest.get("patients/").json["results"]) == 50


def test_a_till_registers_a_patient_under_its_own_id_in_one_call():
    rest = a_client_of(a_clinic())
    said = {"given_name": "Marit", "family_name": "", "external_ids": ["till:K-1", "lab:7", "till:K-1"]}

    answer = rest.post("patients/", said)

    for name in ("till:K-1", "lab:7"):
        [found] = rest.get("patients/", external=name).json["results"]
        assert found["id"] == answer.json["id"]
    assert AuditEntry.objects.filter(act="named_elsewhere").count() == 2


def test_an_id_that_is_another_patients_registers_nobody():
    rest = a_client_of(a_clinic())
    rest.post("patients/", {"given_name": "Marit", "family_name": "", "external_ids": ["till:K-1"]})

    answer = rest.post(
        "patients/", {"given_name": "Jo", "family_name": "", "external_ids": ["lab:7", "till:K-1"]}
    )

    assert (answer.status, answer.code) == (409, "external_id_taken")
    assert Patient.objects.count() == Diary.objects.count() == ExternalId.objects.count() == 1
