"""What two checks find: news that nothing tells or nobody heard, and what undoing did not put back."""

import pytest

from scheduling.models import CourseAct, Heard, Message, MessageKind, Session, Telling
from tests.support.acts.courses import a_booked_course
from tests.support.acts.moves import move
from tests.support.cast import NOW
from tests.support.faults.pictures import Picture, taken
from tests.support.faults.told import heard_otherwise, not_put_back, unheard
from tests.support.worlds import World, a_course_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return a_course_world()


@pytest.fixture
def session(world) -> Session:
    """The second of a course."""
    return a_booked_course(world=world)[1]


def found() -> list[str]:
    return list(unheard(Picture(), taken(), now=NOW))


def test_a_course_as_its_patient_knows_it_is_let_through(session):
    assert found() == []


def test_a_move_that_a_notice_waits_to_tell_is_let_through(world, session):
    move(world, session, days=1)

    assert found() == []


def test_a_move_that_nothing_tells_of_is_found(world, session):
    move(world, session, days=1)
    Message.objects.filter(kind=MessageKind.NOTICE).delete()

    [sentence] = found()

    assert "nothing tells them" in sentence


def test_what_is_not_put_back_as_it_stood_is_found(world, session):
    stood = taken()
    move(world, session, days=1)
    act = CourseAct.objects.values().latest("pk")

    [moved, claims, *_] = not_put_back(stood, taken(), act=act)

    assert "starts_at" in moved
    assert "claims" in claims
    assert list(not_put_back(taken(), taken(), act=act)) == []


def test_a_promise_that_nobody_heard_of_is_found(session):
    Heard.objects.filter(session=session).delete()

    [sentence] = found()

    assert "was promised" in sentence


@pytest.mark.parametrize("told", Telling)
def test_what_is_heard_as_the_act_says_is_let_through(world, session, told):
    assert heard_after(world, session, told) == found() == []


def test_what_somebody_knows_and_does_not_count_as_heard_is_found(world, session):
    [sentence] = heard_after(world, session, Telling.BY_MAIL, checked_as=Telling.KNOWN)

    assert "who knows it" in sentence


@pytest.mark.parametrize(
    ("told", "checked_as", "words"),
    [(Telling.SILENT, Telling.KNOWN, "that was not"), (Telling.KNOWN, Telling.SILENT, "is to say")],
)
def test_what_counts_as_written_though_a_mail_goes_and_the_other_way_round_is_found(
    world, session, told, checked_as, words
):
    [sentence] = heard_after(world, session, told, checked_as=checked_as)

    assert words in sentence


def heard_after(
    world: World, session: Session, told: Telling, checked_as: Telling | None = None
) -> list[str]:
    stood = taken()
    move(world, session, days=1, alone=True, told=told)
    return list(heard_otherwise(stood, taken(), telling=checked_as or told, now=NOW))
