"""Patients over REST: changed, and put as another system knows them."""

from functools import partial
from uuid import uuid4

import pytest

from clinic.identity.actors import Scope
from clinic.models import ExternalId, NamedKind, Patient
from clinic.people.external_id_kinds import Name
from clinic.people.external_ids import name_elsewhere
from scheduling.privacy.erasure import erase_patient
from tests.support.builders import a_key
from tests.support.cast import NOW
from tests.support.rest import RestClient, a_client_of, all_at_once
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db

PUT = "patients/by-external-id/till/K-1041/"
ANNA = {"given_name": "Anna", "family_name": "Bakker", "phone": "06 12345678", "message_consent": "yes"}


@pytest.fixture
def rest(world) -> RestClient:
    return a_client_of(world)


@pytest.fixture
def path(world) -> str:
    return f"patients/{world.patient.uuid}/"


def test_what_is_said_is_changed_and_what_is_not_stays(rest, path):
    before = rest.get(path)

    answer = rest.send(
        "PATCH", path, {"phone": "020 123 4567", "desk_note": "Rings twice"}, If_Match=before.headers["ETag"]
    )

    expected = {"phone": "+31201234567", "desk_note": "Rings twice", "version": before.version + 1}
    assert (answer.status, answer.json) == (200, before.json | expected)
    assert answer.json == rest.get(path).json


def test_what_stands_already_makes_no_new_version(rest, path):
    said = rest.send("PATCH", path, {"phone": "020 123 4567"}).json

    again = rest.send("PATCH", path, {"phone": "+31201234567"})

    assert (again.status, again.json) == (200, said)


def test_what_was_read_can_be_sent_back_less_what_only_the_service_says(rest, path):
    rest.send("PATCH", path, {"born_on": "1984-02-29", "message_consent": "yes"})
    read = rest.get(path).json
    said = {name: it for name, it in read.items() if name not in ("id", "version", "mail_problem")}

    answer = rest.send("PATCH", path, said)

    assert (answer.status, answer.json) == (200, read)


def test_null_takes_a_date_out(rest, path):
    rest.send("PATCH", path, {"born_on": "1984-02-29"})

    assert rest.send("PATCH", path, {"born_on": None}).json["born_on"] is None


def test_who_read_an_old_version_changes_nothing(rest, path):
    tag = rest.get(path).headers["ETag"]
    rest.send("PATCH", path, {"desk_note": "First"})

    stale = rest.send("PATCH", path, {"desk_note": "Second"}, If_Match=tag)
    unsaid = rest.send("PATCH", path, {"desk_note": "Second"}, If_Match=None)

    assert (stale.status, stale.code) == (412, "version_stale")
    assert (unsaid.status, unsaid.code) == (428, "version_missing")
    assert Patient.objects.get().desk_note == "First"


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"given_name": "", "family_name": ""}, 422, "patient_name_missing"),
        ({"born_on": "2027-01-06"}, 422, "born_in_the_future"),
        ({"email": "marit@"}, 400, "malformed_email"),
        ({"phone": "call me"}, 400, "malformed_phone"),
        ({"language": "es"}, 400, "unknown_language"),
        ({"zone": "Mars"}, 400, "unknown_zone"),
        ({"consent_how": "by_pigeon"}, 400, "malformed_consent_way"),
        ({"external_ids": ["till:K-1"]}, 400, "malformed"),
        ({"mail_problem": ""}, 400, "malformed"),
        ({"intake_facts": {"intake:smoking": "no"}}, 403, "scope_missing"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(rest, path, wrong, status, code):
    version = Patient.objects.get().version

    answer = rest.send("PATCH", path, {"desk_note": "New"} | wrong)

    assert (answer.status, answer.code) == (status, code)
    assert Patient.objects.get().version == version


def test_a_key_reads_and_merges_what_programs_wrote_and_never_what_is_asked_at_intake(rest, path):
    Patient.objects.update(intake_facts={"job": "baker", "intake:smoking": "Ten a day"})

    answer = rest.send("PATCH", path, {"intake_facts": {"job": None, "height": 170}})

    assert answer.json["intake_facts"] == {"height": 170}
    assert "Ten a day" not in rest.get(f"{path}export/").text
    assert Patient.objects.get().intake_facts == {"intake:smoking": "Ten a day", "height": 170}


def test_a_patient_of_another_clinic_is_as_unknown_as_nobody(rest):
    foreign = a_course_world().patient

    answers = [rest.send("PATCH", f"patients/{uuid}/", {"phone": ""}) for uuid in (foreign.uuid, uuid4())]

    assert {(answer.status, answer.code) for answer in answers} == {(404, "unknown_patient")}


def test_a_program_that_only_reads_changes_nobody(world, path):
    reads = RestClient(a_key(clinic=world.clinic, scopes=[Scope.PATIENTS_READ])[1])

    assert reads.send("PATCH", path, {"phone": ""}).code == "scope_missing"
    assert reads.send("PUT", PUT, ANNA).code == "scope_missing"


def test_put_registers_who_is_new_then_changes_them_and_the_same_twice_is_once(rest):
    made = rest.send("PUT", PUT, ANNA)
    same = rest.send("PUT", PUT, ANNA)
    changed = rest.send("PUT", PUT, {"phone": "020 123 4567"})

    assert [answer.status for answer in (made, same, changed)] == [201, 200, 200]
    assert (
        same.json
        == made.json
        == rest.get(made.headers["Location"]).json
        | {
            "version": 1,
            "phone": "+31612345678",
        }
    )
    assert changed.json == made.json | {"version": 2, "phone": "+31201234567"}
    assert ExternalId.objects.get().named == Patient.objects.get(given_name="Anna").uuid


def test_put_of_a_stale_version_changes_nothing(rest):
    tag = rest.send("PUT", PUT, ANNA).headers["ETag"]
    rest.send("PUT", PUT, ANNA | {"desk_note": "First"})

    answer = rest.send("PUT", PUT, ANNA | {"desk_note": "Second"}, If_Match=tag)

    assert (answer.status, answer.code) == (412, "version_stale")


@pytest.mark.parametrize(
    ("path", "said", "code"),
    [
        (PUT, {"phone": "06 12345678"}, "patient_name_missing"),
        (PUT, {"given_name": "Anna", "email": "anna@"}, "malformed_email"),
        ("patients/by-external-id/Till/K-1/", ANNA, "malformed_external_id"),
        (f"patients/by-external-id/till/{'K' * 201}/", ANNA, "malformed_external_id"),
    ],
)
def test_put_of_what_cannot_be_registers_nobody(rest, path, said, code):
    assert rest.send("PUT", path, said).code == code
    assert Patient.objects.count() == 1


def test_an_id_with_strokes_and_spaces_is_one(rest):
    rest.send("PUT", "patients/by-external-id/till/K/10%2041/", ANNA)

    assert ExternalId.objects.get().value == "K/10 41"


def test_put_brings_nobody_back_who_was_erased(world, rest):
    name = Name("till", "K-1041")
    name_elsewhere(kind=NamedKind.PATIENT, row=world.patient, name=name, by=world.owner, now=NOW)
    erase_patient(patient=world.patient, by=world.owner, now=NOW)

    answer = rest.send("PUT", PUT, ANNA)

    assert (answer.status, answer.code) == (409, "external_id_erased")


def test_an_id_of_another_clinic_is_theirs(rest):
    theirs = a_client_of(a_course_world())
    theirs.send("PUT", PUT, ANNA)

    assert rest.send("PUT", PUT, ANNA | {"given_name": "Ans"}).status == 201
    assert Patient.objects.filter(given_name="Anna").count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_is_put_by_two_programs_at_once_is_registered_once(rest):
    answers = all_at_once([lambda: rest.send("PUT", PUT, ANNA)] * 4)

    assert sorted(answer.status for answer in answers) == [200, 200, 200, 201]
    assert Patient.objects.filter(given_name="Anna").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_programs_that_read_the_same_one_changes(rest, path):
    tag = rest.get(path).headers["ETag"]

    answers = all_at_once(
        [partial(rest.send, "PATCH", path, {"desk_note": note}, If_Match=tag) for note in "abc"]
    )

    assert min(answer.status for answer in answers) == 200
    assert {answer.status for answer in answers} <= {200, 409, 412}
    assert Patient.objects.get().version == 2
