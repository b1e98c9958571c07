"""Clinics that cannot see each other: foreign ids in what is said about a session."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.acts.courses import everything_written
from tests.support.builders import a_key
from tests.support.matrix.rows import Rows, rows_of_a_clinic
from tests.support.rest import RestClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Rows:
    return rows_of_a_clinic()


@pytest.fixture
def theirs() -> Rows:
    return rows_of_a_clinic(family_name="Kwikstaart")


def walk_ins_with(ours: Rows, theirs: Rows) -> Iterator[dict[str, Any]]:
    own = {
        "patient": str(ours.patient.uuid),
        "session_type": str(ours.world.session_types["consultation"].uuid),
    }
    yield own | {"patient": str(theirs.patient.uuid)}
    yield own | {"session_type": str(theirs.world.session_types["consultation"].uuid)}
    yield own | {"site": str(theirs.world.site.uuid)}
    yield {"patient": str(ours.patient.uuid), "session": str(theirs.session.uuid)}


def attendance_with(theirs: Rows) -> Iterator[tuple[str, dict[str, Any]]]:
    used = {"used": {"doctor": str(theirs.world.doctors[0].uuid)}}
    yield "arrive", used
    yield "start", used
    yield "complete", used | {"outcome": "given"}
    yield "change-type", {"session_type": str(theirs.world.session_types["consultation"].uuid)}
    yield "give-time", {"practitioner": str(theirs.world.doctors[0].uuid)}


def test_a_foreign_id_said_of_a_session_is_a_404_and_nothing_is_written(ours, theirs):
    rest = RestClient(a_key(clinic=ours.world.clinic)[1])
    before = everything_written()

    answers = [rest.post("sessions/walk-in/", said) for said in walk_ins_with(ours, theirs)]
    answers += [
        rest.post(f"sessions/{ours.session.uuid}/{act}/", said) for act, said in attendance_with(theirs)
    ]

    assert [answer.status for answer in answers] == [404] * len(answers)
    assert "Kwikstaart" not in "".join(answer.text for answer in answers)
    assert everything_written() == before
