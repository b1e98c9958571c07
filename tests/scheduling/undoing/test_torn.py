"""An undoing that breaks off leaves nothing, wherever it does; nor does leave."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from clinic.models import Leave
from scheduling.course_changes.cancel import Ending, cancel_rest
from scheduling.models import CourseAct
from tests.support.acts.absences import leave_of
from tests.support.acts.courses import everything_written
from tests.support.acts.holds import a_hold
from tests.support.acts.moves import plan_of
from tests.support.cast import NOW
from tests.support.undoing.picture import last_act, picture, undone

pytestmark = pytest.mark.django_db

ENDING = Ending(reason="Moves away")


class Killed(Exception):
    pass


@contextmanager
def killed_at(statement: str) -> Iterator[None]:
    """The process dies at the first statement that begins like this."""

    def watch(execute, sql, params, many, context):
        if sql.replace('"', "").startswith(statement):
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO scheduling_claim",
        "UPDATE scheduling_courseact",
        "UPDATE scheduling_session",
        "INSERT INTO clinic_auditentry",
        "INSERT INTO scheduling_change",
    ],
)
def test_all_of_an_undoing_is_written_or_nothing(world, course, statement):
    cancel_rest(plan=plan_of(course), ending=ENDING, by=world.reception, now=NOW)
    before, stood = everything_written(), picture()

    with pytest.raises(Killed), killed_at(statement):
        undone(world)

    assert (everything_written(), picture()) == (before, stood)
    assert last_act().undone_at is None
    assert undone(world).undone_at == NOW


def test_leave_is_entered_or_not_at_all(world):
    before = picture()

    with pytest.raises(Killed), killed_at("INSERT INTO clinic_leave"):
        leave_of(world, world.doctors[0])

    assert picture() == before


def test_leave_stands_though_nothing_was_cleared_for_it_and_has_no_way_back(world):
    a_hold(world=world)
    before = picture()

    with pytest.raises(Killed), killed_at("INSERT INTO scheduling_courseact"):
        leave_of(world, world.doctors[0])

    assert Leave.objects.count() == 1
    assert {kind: rows for kind, rows in picture().items() if kind != "Leave"} == {
        kind: rows for kind, rows in before.items() if kind != "Leave"
    }
    assert not CourseAct.objects.exists()
