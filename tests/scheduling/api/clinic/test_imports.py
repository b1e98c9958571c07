"""Tables of another system over REST: a dry run that tells everything, then what it said."""

import pytest

from clinic.identity.actors import Scope
from clinic.models import Patient
from clinic.web.rest.bodies import LARGEST_BODY
from scheduling.models import Session
from tests.support.acts.courses import everything_written
from tests.support.acts.imports import a_patient_row, a_session_row, course_rows, table
from tests.support.builders import a_key
from tests.support.rest import RestClient, a_client_of
from tests.support.worlds import a_course_world

pytestmark = pytest.mark.django_db


def text(*rows: dict[str, str]) -> str:
    return "".join(table(rows))


PATIENTS = text(a_patient_row())
BOOKINGS = text(a_session_row())
FINE = {"imported": 1, "changed": 0, "known": 0, "refused": 0, "flaws": [], "differences": []}


def test_a_dry_run_tells_what_would_be_and_writes_nothing(world):
    before = everything_written()

    answer = a_client_of(world).post("import/", {"patients": PATIENTS, "bookings": BOOKINGS})

    assert answer.status == 200
    assert answer.json == {"applied": False, "patients": FINE, "bookings": FINE}
    assert everything_written() == before


def test_what_is_applied_is_there_once_however_often_it_is_sent(world):
    rest, tables = a_client_of(world), {"patients": PATIENTS, "bookings": BOOKINGS, "applies": True}

    first, again = rest.post("import/", tables), rest.post("import/", tables)

    known = FINE | {"imported": 0, "known": 1}
    assert first.json == {"applied": True, "patients": FINE, "bookings": FINE}
    assert again.json == {"applied": True, "patients": known, "bookings": known}
    assert Session.objects.filter(patient__family_name="Bakker", status="booked").count() == 1
    [session] = rest.get("sessions/", external="till:C1/1").json["results"]
    assert session["starts_at"] == "2027-01-11T10:00:00+01:00"


def test_every_flaw_is_told_with_its_line_and_the_rest_is_imported(world):
    rows = [
        *course_rows("2027-01-11", "2027-01-25", course="C1", sessions="4"),
        a_session_row(course="V2", starts_at="2027-02-30 10:00"),
    ]
    bookings = text(*rows)

    answer = a_client_of(world).post("import/", {"patients": PATIENTS, "bookings": bookings, "applies": True})

    told = answer.json["bookings"]
    assert (told["imported"], told["refused"]) == (2, 1)
    [flaw] = told["flaws"]
    assert (flaw["line"], flaw["code"], flaw["about"]) == (4, "malformed_time", "till:V2")
    assert flaw["detail"]
    assert Session.objects.filter(plan__isnull=False, status="booked").count() == 2


def test_a_table_may_begin_with_a_byte_order_mark_and_come_alone(world):
    answer = a_client_of(world).post("import/", {"patients": "\ufeff" + PATIENTS, "applies": True})

    assert answer.json == {"applied": True, "patients": FINE}
    assert Patient.objects.filter(family_name="Bakker").count() == 1


def test_dates_are_read_in_the_order_that_is_told(world):
    rest, patients = a_client_of(world), text(a_patient_row(born_on="29-2-1984"))

    asked = rest.post("import/", {"patients": patients, "applies": True}).json["patients"]
    told = rest.post("import/", {"patients": patients, "applies": True, "dates": "dmy"}).json["patients"]

    assert [flaw["code"] for flaw in asked["flaws"]] == ["date_order_wanted"]
    assert told == FINE


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"patients": "x", "dates": "ydm"},
        {"applies": True},
        {"patients": 5},
        {"patients": "x", "applies": "yes"},
    ],
)
def test_what_is_no_table_is_refused(world, said):
    assert a_client_of(world).post("import/", said).status == 400


def test_a_table_that_is_too_large_is_not_read(world):
    answer = a_client_of(world).post("import/", {"patients": PATIENTS + "," * LARGEST_BODY})

    assert (answer.status, answer.code) == (413, "body_too_large")


def test_a_key_for_bookings_imports_nothing(world):
    key = RestClient(a_key(clinic=world.clinic, scopes=[Scope.BOOKING_WRITE, Scope.PATIENTS_WRITE])[1])

    assert key.post("import/", {"patients": PATIENTS}).status == 403


def test_what_a_clinic_imports_is_its_own(world):
    other = a_course_world()

    a_client_of(world).post("import/", {"patients": PATIENTS, "applies": True})
    told = a_client_of(other).post("import/", {"bookings": BOOKINGS}).json["bookings"]

    assert [flaw["code"] for flaw in told["flaws"]] == ["unknown_patient"]


def test_an_empty_table_is_told_as_one(world):
    answer = a_client_of(world).post("import/", {"bookings": ""})

    assert answer.status == 200, answer.text
    [flaw] = answer.json["bookings"]["flaws"]
    assert flaw["code"] == "table_empty"
