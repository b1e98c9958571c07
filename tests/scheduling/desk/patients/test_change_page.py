"""Changing what is known of a patient, at the desk."""

import pytest
from django.urls import reverse

from clinic.models import Patient
from tests.support.desk import doctors_desk, reception
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(world) -> str:
    return reverse("patient-change", args=[world.patient.uuid])


def typed_again(page, **typed):
    """The form as it stands with some of it typed over; what is typed on several lines is left empty."""
    return {**page.form("Save").fields, **typed}


def test_the_patients_page_leads_to_the_form_and_saving_leads_back(world, address):
    desk = reception(world)
    patient = reverse("patient", args=[world.patient.uuid])

    assert address in desk.get(patient).seen.links
    answer = desk.send(desk.get(address), "Save", phone="06 12345678", consent_how="on_paper")

    assert answer.location == patient
    stands = Patient.objects.get(pk=world.patient.pk)
    assert (stands.phone, stands.consent_how, stands.given_name) == ("+31612345678", "on_paper", "Marit")
    assert "Saved." in desk.get(patient).text


def test_saving_without_a_change_writes_nothing_and_says_so(world, address):
    desk, version = reception(world), world.patient.version

    page = desk.follow(desk.send(desk.get(address), "Save"))

    assert "Nothing was different" in page.text
    assert Patient.objects.get(pk=world.patient.pk).version == version


def test_of_two_desks_the_second_sees_what_stands_and_saves_knowingly(world, address):
    first, second = reception(world), reception(world)
    stale = second.get(address)
    first.send(first.get(address), "Save", phone="06 12345678")

    told = second.post(address, typed_again(stale, phone="06 87654321"))

    assert told.status == 409
    assert "Somebody else changed Marit de Vries meanwhile." in told.text
    assert "It stands so now: +31612345678" in told.text
    assert Patient.objects.get(pk=world.patient.pk).phone == "+31612345678"
    assert second.send(told, "Save").status == 302
    assert Patient.objects.get(pk=world.patient.pk).phone == "+31687654321"


def test_a_form_that_names_no_version_saves_nothing(world, address):
    assert reception(world).post(address, {**typed(), "version": ""}).status == 409


def typed(**otherwise):
    return {"given_name": "Mara", "language": "en", "message_consent": "yes", **otherwise}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"given_name": "", "family_name": ""}, "Enter the patient's name."),
        ({"born_on": "2030-01-01"}, "The date of birth lies in the future."),
        ({"email": "marit@"}, "“marit@” is not an e-mail address."),
        ({"phone": "call me"}, "“call me” is not a phone number."),
        ({"zone": "Mars"}, "“Mars” is not an IANA time zone"),
        ({"language": "tlh"}, "Select a valid choice."),
        ({"consent_on": "2030-01-01"}, "The day on which the patient said so lies in the future."),
        (
            {"message_consent": "not_asked", "consent_how": "at_desk"},
            "Say whether the patient wants messages",
        ),
    ],
)
def test_what_is_wrong_is_said_under_its_field_and_nothing_is_written(world, address, wrong, sentence):
    version = world.patient.version

    page = reception(world).post(address, {**typed(**wrong), "version": str(version)})

    assert page.status in (400, 422)
    assert sentence in page.text
    assert 'class="errorlist"' in page.html
    assert Patient.objects.get(pk=world.patient.pk).version == version


def test_intake_is_asked_by_those_who_treat_and_stays_when_reception_saves(world, address):
    doctor, desk = doctors_desk(world), reception(world)

    doctor.send(doctor.get(address), "Save", intake_smoking="Ten a day")
    page = desk.get(address)
    desk.send(page, "Save", phone="06 12345678", intake_smoking="Never")

    assert "Intake" not in page.text
    assert "Ten a day" in doctor.get(address).html
    assert Patient.objects.get(pk=world.patient.pk).intake_facts == {"intake:smoking": "Ten a day"}


def test_intake_can_be_taken_down_as_somebody_is_registered(world):
    typed_in = {"given_name": "Elif", "language": "en", "message_consent": "not_asked"}

    doctors_desk(world).post("/patients/new/", {**typed_in, "intake_stress": "Moved house"})

    assert Patient.objects.get(given_name="Elif").intake_facts == {"intake:stress": "Moved house"}


def test_who_was_erased_has_no_such_page(world, address):
    Patient.objects.filter(pk=world.patient.pk).update(erased_at="2027-01-04T08:00:00Z")

    assert reception(world).get(address).location == reverse("patient", args=[world.patient.uuid])


def test_a_patient_of_another_clinic_is_as_unknown_as_nobody(world):
    foreign = reverse("patient-change", args=[a_course_world().patient.uuid])

    assert reception(world).get(foreign).status == 404
