"""What stands in the way of an import is told, all of it, by line."""

import pytest

from scheduling.importing.outcomes import Fate
from tests.support.acts.courses import everything_written
from tests.support.acts.imports import (
    a_patient_row,
    a_session_row,
    bookings_brought,
    course_rows,
    dry,
    fates,
    flaws,
    patients_brought,
)
from tests.support.builders import a_site
from tests.support.worlds import a_course_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patients_are_known")]

AHEAD = ("2027-01-11", "2027-01-25", "2027-02-08", "2027-02-22")


EVERY_FLAW = [
    ({"patient": ""}, ["id_missing", "unknown_patient"]),
    ({"course": ""}, ["id_missing"]),
    ({"system": "The Till"}, ["malformed_external_id"]),
    ({"protocol": "prp-mesotherapy"}, ["protocol_or_type"]),
    ({"session_type": "haircut"}, ["unknown_session_type"]),
    ({"session_type": "", "protocol": "haircut"}, ["unknown_protocol"]),
    ({"session_type": "", "protocol": "prp-mesotherapy", "sessions": "9"}, ["sessions_out_of_range"]),
    ({"session_type": "", "protocol": "prp-mesotherapy", "number": "2"}, ["number_missing"]),
    ({"number": "zero", "sessions": "61"}, ["malformed_number", "malformed_number"]),
    ({"starts_at": "11-1-2027 10:00"}, ["date_order_wanted"]),
    ({"starts_at": "11-1-2027 25:00"}, ["date_order_wanted"]),
    ({"starts_at": "tomorrow"}, ["malformed_time"]),
    ({"status": "missed"}, ["done_in_the_future"]),
    ({"starts_at": "2027-03-28 02:30"}, ["no_such_time"]),
    ({"starts_at": "2027-10-31 02:30"}, ["time_twice"]),
    ({"starts_at": "2027-01-11 10:00+05:00"}, ["offset_wrong"]),
    ({"starts_at": "2027-01-11 03:00"}, ["outside_hours"]),
    ({"starts_at": "2027-01-04 08:00"}, ["starts_in_the_past"]),
    ({"starts_at": "2030-01-11 10:00"}, ["too_far_ahead"]),
    ({"status": "done"}, ["done_in_the_future"]),
    ({"status": "paid"}, ["malformed_status"]),
    ({"patient": "P9"}, ["unknown_patient"]),
    ({"site": "Nowhere"}, ["unknown_site"]),
    ({"practitioner": "Dr Nobody", "room": "Attic"}, ["unknown_practitioner", "unknown_room"]),
    ({"room": "Draw chair 1"}, ["resource_cannot_serve"]),
    ({"practitioner": "Amara", "site": "nowhere"}, ["unknown_site"]),
]


@pytest.mark.parametrize(("cells", "codes"), EVERY_FLAW)
def test_whatever_is_wrong_is_told_with_its_line_and_nothing_is_written(world, cells, codes):
    before = everything_written()
    row = a_session_row(**cells)

    assert [code for _, code in flaws(dry(world, row))][: len(codes)] == codes
    assert fates(bookings_brought(world, row)) == [Fate.REFUSED]
    assert everything_written() == before


def test_all_that_is_wrong_with_a_course_is_told_at_once(world):
    one, two, three, four = course_rows("2027-01-11", "2027-01-11", "2027-01-24", "2027-02-08", done=0)
    two["practitioner"], four["status"], four["number"] = "Dr Nobody", "paid", "5"

    told = dry(world, one, two, three, four)

    assert {code for _, code in flaws(told)} >= {
        "out_of_order",
        "unknown_practitioner",
        "outside_hours",
        "malformed_status",
        "number_missing",
    }


def test_a_course_whose_lines_are_scattered_is_told(world):
    first, second, *_ = course_rows(*AHEAD)

    told = dry(world, first, a_session_row(course="V1", starts_at="2027-01-12 10:00"), second)

    assert (4, "course_scattered") in flaws(told)


def test_lines_of_one_course_that_disagree_are_told(world):
    first, second, *_ = course_rows(*AHEAD)
    second["patient"] = "P2"

    assert flaws(dry(world, first, second)) == [(3, "course_differs")]


def test_two_lines_of_one_number_are_told(world):
    first, second, *_ = course_rows(*AHEAD)
    second["number"] = "1"

    assert (3, "number_twice") in flaws(dry(world, first, second))


def test_a_room_of_another_site_is_told(world):
    a_site(clinic=world.clinic, name="Elsewhere")

    told = dry(world, a_session_row(site="Elsewhere", room="Treatment room 1"))

    assert (2, "unknown_room") in flaws(told)


def test_another_clinics_patients_are_unknown(world):
    theirs = a_course_world(zone="Europe/Lisbon")
    patients_brought(theirs, a_patient_row(id="P7"))

    assert flaws(bookings_brought(world, a_session_row(patient="P7"))) == [(2, "unknown_patient")]
