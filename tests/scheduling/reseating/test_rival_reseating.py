"""Many desks at once want times that are only there if others change seats."""

from collections import Counter

import pytest

from clinic.models import AuditEntry
from scheduling.diaries.integrity import flaws
from tests.support.builders import a_patient
from tests.support.rest import RestClient, a_client_of, all_at_once
from tests.support.worlds import a_course_world

RIVALS = 24
STARTS = ("14:05", "14:10", "14:35", "14:40", "15:05", "15:10")

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_rivals_who_make_room_for_themselves_neither_overlap_nor_deadlock():
    world = a_course_world()
    rest = a_client_of(world)

    def session_at(clock: str, client: RestClient):
        patient = a_patient(clinic=world.clinic)
        said = {
            "patient": str(patient.uuid),
            "session_type": str(world.session_types["prp"].uuid),
            "starts_at": f"2027-01-05T{clock}:00+01:00",
        }
        return lambda: client.post("sessions/", said)

    for clock in ("14:00", "14:15", "14:30", "14:45", "15:00", "15:15"):
        assert session_at(clock, rest)().status == 201

    def rival(number: int):
        return session_at(STARTS[number % len(STARTS)], RestClient(secret=rest.secret, now=None))

    answers = all_at_once([rival(number) for number in range(RIVALS)])

    told = Counter(answer.status for answer in answers)
    assert told.keys() == {201, 409}, [answer.text for answer in answers]
    assert AuditEntry.objects.filter(act="reseated_visit").exists()
    assert not list(flaws())
