"""Undoing an act puts back exactly what was: every column, claim, page, hold, wait and reminder."""

import pytest

from scheduling.diaries.integrity import flaws
from scheduling.models import FreedTime
from tests.support.undoing.kinds import KINDS
from tests.support.undoing.picture import counts, last_act, picture, undone

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("act", KINDS)
def test_an_act_that_is_undone_leaves_everything_as_it_was(world, act):
    doing = act(world)
    FreedTime.objects.all().delete()
    before = picture()
    doing()

    undone(world)

    after = picture()
    # What the act itself had taken is free again, for whoever waits.
    assert before | {"freed": after["freed"]} == after
    assert list(flaws()) == []


@pytest.mark.parametrize("act", KINDS)
def test_an_act_and_its_undoing_are_two_versions(world, act):
    doing = act(world)
    doing()
    left = counts()

    undone(world)

    written = [kept["pk"] for kept in last_act().before["sessions"]]
    now = counts()
    assert written
    assert all(now["sessions"][pk][0] == left["sessions"][pk][0] + 1 for pk in written)
    assert all(now["plans"][pk] > left["plans"][pk] for pk in now["plans"])
