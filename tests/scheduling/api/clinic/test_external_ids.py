"""A till's and a hospital's own ids over REST."""

from uuid import uuid4

import pytest

from clinic.errors import NotAllowed
from clinic.identity.actors import Role, Scope
from clinic.models import AuditEntry, ExternalId, NamedKind
from clinic.people.external_id_kinds import name_of
from clinic.people.external_ids import name_elsewhere, rows_named
from tests.support.acts.courses import a_booked_course
from tests.support.builders import a_key, a_patient, an_actor
from tests.support.cast import NOW
from tests.support.rest import Answer, RestClient, a_client_of, all_at_once
from tests.support.worlds import a_course_world, a_plan

pytestmark = pytest.mark.django_db

TILL = {"system": "till", "value": "K-1041"}


def named(rest: RestClient, row, *, kind: str = "patient", **said) -> Answer:
    return rest.post("external-ids/", {**TILL, "kind": kind, "id": str(row.uuid), **said})


def test_a_patient_is_found_by_what_the_till_calls_them(world, rest):
    a_patient(clinic=world.clinic, family_name="Other")

    answer = named(rest, world.patient)

    assert answer.status == 201
    assert answer.json == {**TILL, "kind": "patient", "id": str(world.patient.uuid)}
    [found] = rest.get("patients/", external="till:K-1041").json["results"]
    assert found["id"] == str(world.patient.uuid)
    assert rest.get("patients/", external="till:K-9").json["results"] == []
    assert AuditEntry.objects.filter(act="named_elsewhere", about=world.patient.uuid).count() == 1


def test_the_same_name_again_is_harmless(world, rest):
    named(rest, world.patient)

    answer = named(rest, world.patient)

    assert answer.status == 200
    assert ExternalId.objects.count() == 1
    assert AuditEntry.objects.filter(act="named_elsewhere").count() == 1


def test_a_name_that_is_anothers_is_refused(world, rest):
    named(rest, world.patient)

    answer = named(rest, a_patient(clinic=world.clinic))

    assert (answer.status, answer.code) == (409, "external_id_taken")


def test_one_name_may_be_of_rows_of_several_kinds_and_one_row_may_have_many(world, rest):
    plan = a_plan(world=world)

    answers = [
        named(rest, world.patient),
        named(rest, world.patient, system="hospital"),
        named(rest, plan, kind="plan"),
        named(rest, world.doctors[0], kind="resource"),
    ]

    assert [answer.status for answer in answers] == [201] * 4


def test_a_session_is_found_by_its_name(world, rest):
    first, second, *_ = a_booked_course(world=world)
    named(rest, first, kind="session", value="a:b")

    [found] = rest.get("sessions/", external="till:a:b").json["results"]

    assert found["id"] == str(first.uuid) != str(second.uuid)


@pytest.mark.parametrize(
    "said", [{"system": "Till"}, {"system": "t:l"}, {"value": " "}, {"value": "x" * 201}]
)
def test_a_malformed_name_is_refused(world, rest, said):
    answer = named(rest, world.patient, **said)

    assert answer.status == 400
    assert answer.code in ("malformed", "malformed_external_id")


def test_a_row_of_another_clinic_is_unknown_and_so_is_its_name(world, rest):
    theirs = a_course_world(zone="Europe/Lisbon")
    named(a_client_of(theirs), theirs.patient)

    answer = named(rest, theirs.patient)

    assert (answer.status, answer.code) == (404, "unknown_patient")
    assert rest.get("patients/", external="till:K-1041").json["results"] == []
    assert named(rest, world.patient).status == 201


def test_an_unknown_row_is_said_by_its_kind(rest, world):
    world.patient.uuid = uuid4()

    assert named(rest, world.patient, kind="session").code == "unknown_session"
    assert named(rest, world.patient, kind="till").code == "malformed"


def test_naming_needs_its_scope_or_a_desk(world):
    _, secret = a_key(clinic=world.clinic, scopes=[Scope.BOOKING_WRITE])
    auditor = an_actor(clinic=world.clinic, role=Role.AUDITOR)

    assert named(RestClient(secret), world.patient).code == "scope_missing"
    with pytest.raises(NotAllowed):
        name_elsewhere(
            kind=NamedKind.PATIENT,
            row=world.patient,
            name=name_of(**TILL),
            by=auditor,
            now=NOW,
        )


def test_many_names_are_looked_up_in_one_query(world, rest, django_assert_num_queries):
    named(rest, world.patient)
    asked = [name_of(system="till", value=value) for value in ("K-1041", "K-2", "K-3")]

    with django_assert_num_queries(1):
        found = rows_named(clinic_id=world.clinic.pk, kind=NamedKind.PATIENT, names=asked)

    assert found == {asked[0]: world.patient.uuid}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_ten_rows_that_want_one_name_at_once_one_gets_it():
    world = a_course_world()
    secret = a_key(clinic=world.clinic)[1]
    patients = [a_patient(clinic=world.clinic) for _ in range(10)]

    def naming_of(patient):
        return lambda: named(RestClient(secret, now=None), patient)

    answers = all_at_once([naming_of(patient) for patient in patients])

    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
