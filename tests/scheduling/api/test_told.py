"""How patients hear of an act over REST: `told`, and `tell` as it was before."""

from datetime import timedelta

import pytest

from clinic.models import Patient
from scheduling.booking.book_course import book_course
from scheduling.messages.call_list import call_list
from scheduling.messages.sending import send_due
from scheduling.models import Heard, Message, Session, Telling
from tests.support.acts.courses import a_booked_course, offers
from tests.support.acts.delays import a_consultation, agreed, at, late
from tests.support.acts.moves import later
from tests.support.acts.waits import an_offer
from tests.support.cast import NOW
from tests.support.rest import a_client_of
from tests.support.worlds import a_plan

pytestmark = pytest.mark.django_db

WHY = {"reason": "Flu", "cancelled_by": "clinic"}


@pytest.fixture
def session(world) -> Session:
    """Of a course whose patient no mail reaches."""
    session = a_booked_course(world=world, sessions=5)[1]
    Patient.objects.update(email="")
    return session


def calls(world) -> int:
    send_due(now=NOW)
    return len(call_list(by=world.reception, now=NOW))


def news() -> int:
    return Message.objects.filter(kind="notice").count()


@pytest.mark.parametrize("told", [None, *Telling])
def test_a_move_says_how_the_patient_hears_of_it(world, session, told):
    said = {"starts_at": later(session, 1).isoformat(), "alone": True} | ({"told": told} if told else {})

    answer = a_client_of(world).post(f"sessions/{session.uuid}/move/", said)

    assert answer.status == 200, answer.text
    assert calls(world) == (told in (None, Telling.BY_MAIL))
    assert news() == (told != Telling.SILENT)


@pytest.mark.parametrize(
    ("said", "is_silent"),
    [
        ({}, False),
        ({"tell": True}, False),
        ({"tell": False}, True),
        ({"told": "silent"}, True),
        ({"tell": False, "told": "silent"}, True),
        ({"tell": True, "told": "silent"}, True),
        ({"told": "by_mail"}, False),
        ({"tell": False, "told": "by_mail"}, False),
    ],
)
@pytest.mark.parametrize("path", ["sessions/{session}/cancel/", "plans/{plan}/cancel/"])
def test_to_tell_nobody_is_said_as_before_or_as_silent(world, session, said, is_silent, path):
    path = path.format(session=session.uuid, plan=session.plan.uuid)
    what = {"what": "rest"} if "plans" in path else {}

    answer = a_client_of(world).post(path, {**WHY, **what, **said})

    assert answer.status == 200, answer.text
    assert (news() == 0) is is_silent
    assert calls(world) == (not is_silent)


@pytest.mark.parametrize("told", ["nobody", 1, True, ["known"], ""])
def test_what_is_none_of_the_three_is_malformed(world, session, told):
    answer = a_client_of(world).post(f"sessions/{session.uuid}/cancel/", {**WHY, "told": told})

    assert (answer.status, answer.code) == (400, "malformed")
    session.refresh_from_db()
    assert session.status == "booked"


def test_a_key_that_knows_of_it_is_believed_by_every_act(world, session):
    rest, plan = a_client_of(world), session.plan
    assert plan
    acts = [
        ("amend", {"sessions": 4, "reason": "Enough"}),
        ("pause", {"reason": "Abroad", "give_back": True}),
    ]

    for path, said in acts:
        answer = rest.post(f"plans/{plan.uuid}/{path}/", {**said, "told": "known"})
        assert answer.status == 200, answer.text

    assert calls(world) == 0
    assert news() == 1


@pytest.mark.parametrize(("said", "expected"), [({}, 0), ({"told": "silent"}, 0), ({"told": "by_mail"}, 1)])
def test_what_was_done_elsewhere_is_told_if_that_is_asked(world, said, expected):
    plan = a_plan(world=world)
    calendar = offers(plan=plan, first_on=(NOW + timedelta(days=7)).date())[0]
    first = book_course(plan=plan, proposal=calendar, by=world.reception, now=NOW)[0]
    Patient.objects.update(email="")

    answer = a_client_of(world).post(
        f"sessions/{first.uuid}/elsewhere/", {"on": "2027-01-04", "place": "Utrecht", **said}
    )

    assert answer.status == 200, answer.text
    assert calls(world) == expected


@pytest.mark.parametrize(("said", "is_silent"), [({"tell": False}, True), ({"told": "known"}, False)])
def test_a_day_that_is_pushed_says_it_in_both_ways(world, said, is_silent):
    a_consultation(world, at(11, day=4), patient=world.patient)
    Patient.objects.update(email="")
    seen = agreed(late(world), now=NOW)
    expected = {str(uuid): version for uuid, version in seen.expected.items()}

    answer = a_client_of(world).post(
        f"resources/{world.doctors[0].uuid}/delay/", {"minutes": 20, "expected": expected, **said}
    )

    assert answer.status == 200, answer.text
    assert (calls(world), news()) == (0, not is_silent)


def test_an_offer_is_accepted_without_a_body_and_with_one(world):
    rest, offer = a_client_of(world), an_offer(world=world)
    Patient.objects.update(email="")
    Message.objects.filter(kind="offer").delete()

    answer = rest.post(f"offers/{offer.uuid}/accept/", {"told": "known"})

    assert answer.status == 200, answer.text
    assert calls(world) == 0
    assert Heard.objects.get(session__uuid=answer.json["id"]).starts_at == offer.starts_at
