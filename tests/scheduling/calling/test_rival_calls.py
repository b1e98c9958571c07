"""Many desks at one line of the call list at the same moment: one calls, and what was told is told once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from clinic.identity.actors import Actor
from clinic.models import AuditEntry, Patient
from scheduling.calling.phone import begin_call, reach
from scheduling.messages.sending import send_due
from scheduling.models import Message, PhoneCall
from tests.support.acts.courses import a_booked_course
from tests.support.acts.moves import move
from tests.support.cast import NOW
from tests.support.database.rivals import outcomes
from tests.support.worlds import World, a_course_world

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DESKS = 6


def desks_at_one_line() -> tuple[World, list[Actor]]:
    world = a_course_world()
    course = a_booked_course(world=world, now=NOW - timedelta(days=7))
    Patient.objects.update(mail_problem="comes_back")
    move(world, course[3], days=1)
    send_due(now=NOW)
    return world, [replace(world.reception, reference=f"desk {one}") for one in range(DESKS)]


def test_one_calls_however_many_desks_begin():
    world, desks = desks_at_one_line()

    said = outcomes([partial(begin_call, patient=world.patient, by=desk, now=NOW) for desk in desks])

    assert sorted(said) == ["being_called"] * (DESKS - 1) + ["done"]
    assert PhoneCall.objects.count() == 1


def test_they_are_told_once_however_many_desks_say_so():
    world, desks = desks_at_one_line()

    said = outcomes([partial(reach, patient=world.patient, seen="", by=desk, now=NOW) for desk in desks])

    assert sorted(said) == ["done"] + ["nothing_to_say"] * (DESKS - 1)
    assert Message.objects.filter(state="told").count() == 1
    assert AuditEntry.objects.filter(act="told_patient").count() == 1
