"""`Idempotency-Key`: the same POST again gets the same answer, and nothing is done twice."""

import pytest
from django.db import connection

from clinic.models import IdempotentReply
from scheduling.models import Claim, Session
from tests.support.builders import a_patient
from tests.support.rest import RestClient, a_client_of, all_at_once, first_proposal, prescribed
from tests.support.worlds import a_course_world
from treatments.models import Plan

KEY = "9f0c1d9e-1b7e-4f4b-8a0e-6d1f5f0f2a11"


def a_session(world, **other):
    return {
        "patient": str(world.patient.uuid),
        "session_type": str(world.session_types["consultation"].uuid),
        "starts_at": "2027-01-05T10:00:00+01:00",
    } | other


def assert_same(first, again):
    assert again.text == first.text
    assert again.status == first.status
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers.get(name) == first.headers.get(name)


@pytest.mark.django_db
def test_booking_a_course_again_with_the_same_key_gives_the_same_answer():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    said = {"proposal": first_proposal(rest, plan)["id"]}

    first = rest.post(f"plans/{plan['id']}/book/", said, Idempotency_Key=KEY)
    claims = Claim.objects.count()
    again = rest.post(f"plans/{plan['id']}/book/", said, Idempotency_Key=KEY)

    assert first.status == 201
    assert first.headers["ETag"]
    assert_same(first, again)
    assert Claim.objects.count() == claims


@pytest.mark.django_db
def test_an_answer_is_the_same_with_a_key_and_without():
    world = a_course_world()
    rest = a_client_of(world)

    with_key = rest.post("sessions/", a_session(world), Idempotency_Key=KEY)
    read = rest.get(with_key.headers["Location"])

    # The act is named in the answer to it alone.
    assert read.json == {name: said for name, said in with_key.json.items() if name != "act"}
    assert with_key.headers["Content-Type"] == read.headers["Content-Type"]


@pytest.mark.django_db
def test_a_session_and_a_plan_are_written_once_a_key():
    world = a_course_world()
    rest = a_client_of(world)
    prescription = {
        "patient": str(world.patient.uuid),
        "protocol": str(world.protocols["prp-mesotherapy"].uuid),
        "sessions": 4,
    }

    sessions = [rest.post("sessions/", a_session(world), Idempotency_Key="session") for _ in range(3)]
    plans = [rest.post("plans/", prescription, Idempotency_Key="plan") for _ in range(3)]

    for answers in (sessions, plans):
        assert answers[0].status == 201
        assert_same(answers[0], answers[1])
        assert_same(answers[0], answers[2])
    assert Session.objects.filter(plan=None).count() == 1
    assert Plan.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_with_another_request_is_refused():
    world = a_course_world()
    rest = a_client_of(world)
    rest.post("sessions/", a_session(world), Idempotency_Key=KEY)

    other_body = rest.post(
        "sessions/", a_session(world, starts_at="2027-01-05T11:00:00+01:00"), Idempotency_Key=KEY
    )
    other_path = rest.post("plans/", a_session(world), Idempotency_Key=KEY)

    assert (other_body.status, other_body.code) == (422, "idempotency_key_reused")
    assert (other_path.status, other_path.code) == (422, "idempotency_key_reused")
    assert Session.objects.count() == 1


@pytest.mark.django_db
def test_the_same_request_in_another_spelling_is_the_same():
    world = a_course_world()
    rest = a_client_of(world)
    said = a_session(world)

    first = rest.post("sessions/", said, Idempotency_Key=KEY)
    again = rest.post("sessions/", dict(reversed(said.items())), Idempotency_Key=KEY)

    assert_same(first, again)


@pytest.mark.django_db
@pytest.mark.damages_diaries
def test_a_refused_act_is_not_recorded_and_may_be_tried_again_with_its_key():
    world = a_course_world()
    rest = a_client_of(world)
    elsewhere_then = a_session(world)
    blocking = rest.post("sessions/", a_session(world))
    refused = rest.post("sessions/", elsewhere_then, Idempotency_Key=KEY)
    assert (refused.status, refused.code) == (409, "time_taken")
    assert not IdempotentReply.objects.exists()

    Claim.objects.filter(session__uuid=blocking.json["id"]).delete()
    connection.cursor().execute("DELETE FROM scheduling_page")
    again = rest.post("sessions/", elsewhere_then, Idempotency_Key=KEY)

    assert again.status == 201


@pytest.mark.django_db
def test_two_clients_may_use_the_same_key():
    world = a_course_world()
    noor = a_patient(clinic=world.clinic, given_name="Noor")

    mine = a_client_of(world).post("sessions/", a_session(world), Idempotency_Key=KEY)
    theirs = a_client_of(world).post(
        "sessions/", a_session(world, patient=str(noor.uuid)), Idempotency_Key=KEY
    )

    assert (mine.status, theirs.status) == (201, 201)
    assert mine.json["id"] != theirs.json["id"]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "clé", "a\tb"])
def test_a_key_that_cannot_be_one_is_refused(key):
    world = a_course_world()

    answer = a_client_of(world).post("sessions/", a_session(world), Idempotency_Key=key)

    assert (answer.status, answer.code) == (400, "malformed_idempotency_key")
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_a_malformed_body_is_not_recorded():
    world = a_course_world()

    answer = a_client_of(world).post("sessions/", "{", Idempotency_Key=KEY)

    assert (answer.status, answer.code) == (400, "malformed")
    assert not IdempotentReply.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_with_one_key_have_one_effect_and_one_answer():
    world = a_course_world()
    secret = a_client_of(world).secret

    def ask():
        return RestClient(secret=secret, now=None).post("sessions/", a_session(world), Idempotency_Key=KEY)

    answers = all_at_once([ask] * 10)

    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert Session.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_with_one_key_for_a_course_book_it_once():
    world = a_course_world()
    rest = a_client_of(world)
    plan = prescribed(rest, world)
    said = {"proposal": first_proposal(rest, plan)["id"]}

    def ask():
        own = RestClient(secret=rest.secret, now=None)
        return own.post(f"plans/{plan['id']}/book/", said, Idempotency_Key=KEY)

    answers = all_at_once([ask] * 10)

    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert Session.objects.filter(status="booked").count() == 4
