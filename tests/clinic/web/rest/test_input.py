"""One rule for whatever a client says: what is no value of its kind is refused, everywhere alike."""

import pytest

from tests.support.matrix.doors import address, doors
from tests.support.matrix.rows import rows_of_a_clinic
from tests.support.openapi.bodies import body_for
from tests.support.rest import a_client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    return rows_of_a_clinic()


@pytest.fixture
def rest(rows):
    return a_client_of(rows.world)


def asked(where, **query):
    return where + ("&" if "?" in where else "?") + "&".join(f"{key}={value}" for key, value in query.items())


def test_an_unknown_key_of_the_query_is_refused_at_every_door(rows, rest):
    for door in (door for door in doors() if not door.is_page):
        for said in ({"nonsense": "1"}, {"format": "json"}):
            where = asked(address(door, rows), **said)
            answer = rest.ask(door.method, where, body_for(door, rows))
            assert (answer.status, answer.code) == (400, "malformed"), door


def test_an_unknown_key_of_the_body_is_refused_at_every_door(rows, rest):
    for door in (door for door in doors() if not door.is_page and door.method != "GET"):
        answer = rest.ask(door.method, address(door, rows), {**body_for(door, rows), "nonsense": 1})
        assert (answer.status, answer.code) == (400, "malformed"), door


def test_a_key_that_stands_twice_is_refused(rest):
    answer = rest.post("patients/", '{"given_name": "A", "family_name": "B", "given_name": "C"}')

    assert (answer.status, answer.code) == (400, "malformed")
    assert "given_name" in answer.json["detail"]


def test_null_says_as_much_as_nothing(rest):
    said = {"given_name": "A", "family_name": "B", "email": None, "desk_note": None, "message_consent": None}

    answer = rest.post("patients/", said)

    assert answer.status == 201
    assert (answer.json["email"], answer.json["message_consent"]) == ("", "not_asked")
    assert rest.post("patients/", said | {"given_name": None}).status == 400


@pytest.mark.parametrize("query", ["cursor=", "limit=", "order=", "updated_since=", "order=nonsense"])
def test_an_empty_word_of_the_query_is_none(rest, query):
    answer = rest.get(f"/api/v1/patients/?{query}")

    assert (answer.status, answer.code) == (400, "malformed")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("2027-01-05T10:00:00+01:00", 201),
        ("2027-01-05T10:00:00.000000+01:00", 201),
        ("2027-01-05t09:00:00z", 201),
        ("2027-01-05T10:00:00.5+01:00", 422),
        ("2027-01-05T10:00:00", 400),
        ("2027-01-05T10:00:00+24:00", 400),
        ("2027-01-05T10:00:00-00:61", 400),
        ("2027-01-05 10:00:00+01:00", 400),
        (1799139600, 400),
    ],
)
def test_an_instant_has_an_offset_and_no_other_form(rows, rest, said, status):
    body = {
        "patient": str(rows.world.patient.uuid),
        "session_type": str(rows.world.session_types["consultation"].uuid),
        "starts_at": said,
    }

    assert rest.post("sessions/", body).status == status


def test_an_id_is_the_same_in_capitals_and_has_one_form(rows, rest):
    plan = str(rows.plan.uuid)

    assert rest.get("sessions/", plan=plan.upper()).status == 200
    assert rest.get(f"plans/{plan.upper()}/").status == 200
    for other in (plan.replace("-", ""), f"urn:uuid:{plan}", f"{{{plan}}}", "1"):
        assert rest.get("sessions/", plan=other).status == 400
